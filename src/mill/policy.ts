/**
 * A zone's configuration made ready for the merge: which sources count and in which order, what becomes of each of their
 * entries, and a fingerprint of all that decides besides the snapshots. The same can be made again of plain JSON that the store keeps.
 */
import { createHash } from "node:crypto";
import { isComputed } from "../config/guards.ts";
import { hasCategories, mayTake, type Refusal, refusalOf, type Selecting } from "../config/selection.ts";
import type { Config } from "../config/types.ts";
import { isForZone } from "../config/zone-lists.ts";
import type { SoaConfig, ZoneConfig } from "../config/zone-types.ts";
import { nameFromText } from "../dns/name.ts";
import { encodeRrs } from "../dns/rr.ts";
import type { Serial } from "../dns/serial.ts";
import { typeNs, typeSoa } from "../dns/types.ts";
import type { Guard } from "../guard/judge.ts";
import type { Facts, Pap, Tlp } from "../indicator/facts/facts.ts";
import { type Action, encodeAction } from "../rpz/action.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import type { Policies } from "../store/policies.ts";
import type { ZoneVersionRow } from "../store/zones.ts";

/** Raise when the same input would give other rules than before. */
const mergeRevision = 3;

export interface PolicySource {
  readonly id: string;
  /** As the three that follow, what counts of entries that do not say it themselves. */
  readonly category: string;
  readonly confidence: number;
  readonly tlp: Tlp;
  readonly pap: Pap;
  /** Whether the zone takes it by its id, whatever the category. */
  readonly isNamed: boolean;
  /** Whether its entries may have categories of their own; where not, all that count do the same. */
  readonly hasCategories: boolean;
  /** Index into `actions`: what its own category leads to. */
  readonly action: number;
  /** Ids of the zone's guards that its entries pass. */
  readonly overrideGuards: readonly string[];
}

/** A guard as a policy has it. */
export interface PolicyGuard extends Guard {
  /**
   * Of an operator's own guard, the list as it was when the zone was put on hold: what it listed stays guarded until the
   * hold ends. Absent of all others.
   */
  readonly before?: true;
}

/** Which entries a zone takes, and what it does with them. */
export interface Selection extends Selecting {
  /** Indices into `actions`, in the order in which they decide; the default comes last. */
  readonly byCategory: readonly (readonly [category: string, action: number])[];
  readonly byDefault: number;
}

/** All that decides besides the snapshots, as plain JSON: `ZonePolicy.text` holds it, with its members in this order. */
export interface PolicyContent {
  readonly mergeRevision: number;
  /** Lower case, no final dot. */
  readonly apex: string;
  readonly ttl: number;
  readonly soa: SoaConfig;
  readonly ns: readonly string[];
  readonly triggers: readonly RuleTrigger[];
  readonly selection: Selection;
  /** Where several sources name one owner, the first of them decides the action. */
  readonly sources: readonly PolicySource[];
  /** Guards of this zone by id; their place here is their number. */
  readonly guards: readonly PolicyGuard[];
  /** Ids of the allow lists, in order. */
  readonly allow: readonly string[];
  /** Distinct actions; 0 is always passthru. */
  readonly actions: readonly Action[];
}

export interface ZonePolicy
  extends Pick<PolicyContent, "ttl" | "triggers" | "selection" | "sources" | "guards" | "allow" | "actions"> {
  /** Wire name in lower case. */
  readonly apex: Uint8Array;
  readonly apexText: string;
  /** Of each action, its RRs in the block codec's form. */
  readonly actionRrs: readonly Uint8Array[];
  /** SOA and NS records at a serial, in the block codec's form. */
  apexRrs(serial: Serial): Uint8Array;
  /** `PolicyContent` as JSON: the policy can be made of it again. */
  readonly text: string;
  /** Of the text: two policies with the same one give the same rules. */
  readonly fingerprint: string;
}

/** What a zone's policy depends on besides the zone itself. */
export type PolicyConfig = Pick<Config, "sources" | "allow" | "guards">;

/**
 * The policy of one zone. Sources rank by confidence, then by id, and guards go by id, so that their order in the file
 * changes nothing.
 */
export function policyOf(zone: ZoneConfig, config: PolicyConfig): ZonePolicy {
  const actions: Action[] = ["passthru"];
  const numbers = new Map<string, number>([[JSON.stringify("passthru"), 0]]);
  const numberOf = (action: Action): number => {
    const text = JSON.stringify(action);
    const known = numbers.get(text) ?? actions.push(action) - 1;
    numbers.set(text, known);
    return known;
  };
  const guards = config.guards
    .filter((guard) => isForZone(guard, zone))
    .map((guard) => ({
      id: guard.id,
      class: guard.class,
      ...(isComputed(guard) ? { computed: guard.computed } : {}),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { categories, minConfidence, maxTlp, maxPap, audience, campaigns, families, events } = zone.take;
  const byCategory = Object.entries(zone.action.byCategory).map(
    ([category, action]) => [category, numberOf(action)] as const,
  );
  const byDefault = numberOf(zone.action.default);
  const selecting = {
    categories: categories.toSorted(),
    minConfidence,
    maxTlp,
    maxPap,
    audience,
    // Absent where nothing is named, as in policies of before there were any.
    ...(campaigns === undefined ? {} : { campaigns: campaigns.toSorted() }),
    ...(families === undefined ? {} : { families: families.toSorted() }),
    ...(events === undefined ? {} : { events: events.toSorted() }),
  };
  const selection: Selection = { ...selecting, byCategory, byDefault };
  const sources = config.sources
    .filter((source) => mayTake(zone.take, source))
    .toSorted((a, b) => b.confidence - a.confidence || (a.id < b.id ? -1 : 1))
    .map((source) => ({
      id: source.id,
      category: source.category,
      confidence: source.confidence,
      tlp: source.tlp,
      pap: source.pap,
      isNamed: zone.take.sources.includes(source.id),
      hasCategories: hasCategories(source),
      overrideGuards: overriddenBy(source, guards),
      action: actionOfCategory(selection, source.category),
    }));
  const allow = config.allow
    .filter((list) => isForZone(list, zone))
    .map(({ id }) => id)
    .toSorted();
  const { apex, ttl, soa, ns } = zone;
  const triggers = zone.take.triggers.toSorted();
  return makePolicy({
    mergeRevision,
    apex,
    ttl,
    soa,
    ns: ns.toSorted(),
    triggers,
    selection,
    sources,
    guards,
    allow,
    actions,
  });
}

/** Ids of the guards that a source's entries pass. */
function overriddenBy(source: Config["sources"][number], guards: readonly PolicyGuard[]): string[] {
  return guards.map(({ id }) => id).filter((id) => source.overrideGuards.includes(id));
}

function actionOfCategory({ byCategory, byDefault }: Selection, category: string): number {
  return byCategory.find(([name]) => name === category)?.[1] ?? byDefault;
}

/** What a zone does with an entry of a source: the index of an action, or why it does not take it. */
export function actionFor(selection: Selection, source: PolicySource, facts: Facts): number | Refusal {
  const { category, confidence, tlp, pap, isNamed, action } = source;
  const entry = { category, confidence, tlp, pap, ...facts };
  const refusal = refusalOf(selection, isNamed, entry);
  if (refusal !== undefined) return refusal;
  // Entries may have categories still that were read before the source's configuration took these away.
  return source.hasCategories ? actionOfCategory(selection, entry.category) : action;
}

/**
 * Ids of the guards that are an operator's own names: what these list is no source's to judge, and takes effect at once
 * even on a zone on hold.
 */
export function ownGuardsOf(zone: ZoneConfig, { guards }: Pick<PolicyConfig, "guards">): string[] {
  return guards
    .filter((guard) => isForZone(guard, zone))
    .filter((guard) => guard.class === "protected" && !guard.builtIn)
    .map(({ id }) => id);
}

/** A policy with other allow lists and guards, in the order in which they are given. */
export function policyWith(
  policy: ZonePolicy,
  changed: Partial<Pick<PolicyContent, "sources" | "guards" | "allow">>,
): ZonePolicy {
  const content = JSON.parse(policy.text) as PolicyContent;
  return makePolicy({ ...content, ...changed });
}

/**
 * The policy that a version was built with; undefined where it is not known, or merged with in another way than it would be
 * now. `known` is one to try first.
 */
export function policyOfVersion(
  policies: Policies,
  { policy: fingerprint }: Pick<ZoneVersionRow, "policy">,
  known: ZonePolicy,
): ZonePolicy | undefined {
  if (fingerprint === known.fingerprint) return known;
  const text = policies.find(fingerprint);
  return text === undefined ? undefined : policyOfText(text);
}

/** The policy that a text was taken of; undefined where it was merged with in another way than it would be now. */
function policyOfText(text: string): ZonePolicy | undefined {
  const inputs = JSON.parse(text) as PolicyContent | OlderInputs;
  if (inputs.mergeRevision !== mergeRevision) return undefined;
  return makePolicy("selection" in inputs ? inputs : withSelection(inputs));
}

/** A policy of before entries had facts: each entry of its sources counts, and does what its source does. */
type OlderInputs = Omit<PolicyContent, "selection" | "sources"> & {
  readonly sources: readonly Pick<PolicySource, "id" | "category" | "confidence" | "overrideGuards" | "action">[];
};

function withSelection(older: OlderInputs): PolicyContent {
  const { mergeRevision: revision, apex, ttl, soa, ns, triggers, guards, allow, actions } = older;
  const everything = { categories: [], minConfidence: 0, maxTlp: "red", maxPap: "red", audience: "own" } as const;
  const selection: Selection = { ...everything, byCategory: [], byDefault: 0 };
  const sources = older.sources.map(({ id, category, confidence, overrideGuards, action }) => {
    const plain = { tlp: "clear", pap: "clear", isNamed: true, hasCategories: false } as const;
    return { id, category, confidence, ...plain, overrideGuards, action };
  });
  return { mergeRevision: revision, apex, ttl, soa, ns, triggers, selection, sources, guards, allow, actions };
}

function makePolicy(content: PolicyContent): ZonePolicy {
  const { apex, ttl, triggers, selection, sources, guards, allow, actions } = content;
  const text = JSON.stringify(content);
  return {
    apex: nameFromText(apex),
    apexText: apex,
    ttl,
    triggers,
    selection,
    sources,
    guards,
    allow,
    actions,
    actionRrs: actions.map((action) => encodeAction(action, ttl)),
    apexRrs: (serial) => apexRrs(content, serial),
    text,
    fingerprint: createHash("sha256").update(text).digest("hex"),
  };
}

function apexRrs({ soa: fields, ttl, ns: names }: PolicyContent, serial: Serial): Uint8Array {
  const { mname, rname, refresh, retry, expire, minimum } = fields;
  const numbers = Buffer.alloc(20);
  [serial, refresh, retry, expire, minimum].forEach((value, i) => numbers.writeUInt32BE(value, 4 * i));
  const soa = Buffer.concat([nameFromText(mname), nameFromText(rname), numbers]);
  const ns = names.map((name) => ({ type: typeNs, ttl, rdata: nameFromText(name) }));
  return encodeRrs([{ type: typeSoa, ttl, rdata: soa }, ...ns]);
}
