/**
 * A zone's configuration made ready for the merge: which sources count and in which rank, what each of them does, and a
 * fingerprint of all that decides besides the snapshots. The same can be made again of plain JSON that the store keeps.
 */
import { createHash } from "node:crypto";
import { isComputed } from "../config/guards.ts";
import type { Config, SoaConfig, ZoneConfig } from "../config/types.ts";
import { isForZone, takesSource } from "../config/zone-lists.ts";
import { nameFromText } from "../dns/name.ts";
import { encodeRrs } from "../dns/rr.ts";
import type { Serial } from "../dns/serial.ts";
import { typeNs, typeSoa } from "../dns/types.ts";
import type { Guard } from "../guard/judge.ts";
import { type Action, encodeAction } from "../rpz/action.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import type { Policies } from "../store/policies.ts";
import type { ZoneVersionRow } from "../store/zones.ts";

/** Raise when the same input would give other rules than before. */
const mergeRevision = 3;

export interface PolicySource {
  readonly id: string;
  readonly category: string;
  readonly confidence: number;
  /** Index into `actions`. */
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

/** All that decides besides the snapshots, as plain JSON: `ZonePolicy.text` holds it, with its members in this order. */
export interface PolicyContent {
  readonly mergeRevision: number;
  readonly apex: string;
  readonly ttl: number;
  readonly soa: SoaConfig;
  readonly ns: readonly string[];
  readonly triggers: readonly RuleTrigger[];
  readonly sources: readonly PolicySource[];
  readonly guards: readonly PolicyGuard[];
  readonly allow: readonly string[];
  readonly actions: readonly Action[];
}

export interface ZonePolicy {
  /** Wire name in lower case. */
  readonly apex: Uint8Array;
  /** Lower case, no final dot. */
  readonly apexText: string;
  readonly ttl: number;
  readonly triggers: readonly RuleTrigger[];
  /** By rank: where several sources name one owner, the first of them decides the action. */
  readonly sources: readonly PolicySource[];
  /** Guards of this zone by id; their place here is their number. */
  readonly guards: readonly PolicyGuard[];
  /** Ids of the allow lists, in order. */
  readonly allow: readonly string[];
  /** Distinct actions; 0 is always passthru. */
  readonly actions: readonly Action[];
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
  const sources = config.sources
    .filter((source) => takesSource(zone, source))
    .toSorted((a, b) => b.confidence - a.confidence || (a.id < b.id ? -1 : 1))
    .map(({ id, category, confidence, overrideGuards }) => ({
      id,
      category,
      confidence,
      overrideGuards: guards.map((guard) => guard.id).filter((guard) => overrideGuards.includes(guard)),
      action: numberOf(zone.action.byCategory[category] ?? zone.action.default),
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
    sources,
    guards,
    allow,
    actions,
  });
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
  const content = JSON.parse(text) as PolicyContent;
  return content.mergeRevision === mergeRevision ? makePolicy(content) : undefined;
}

function makePolicy(content: PolicyContent): ZonePolicy {
  const { apex, ttl, triggers, sources, guards, allow, actions } = content;
  const text = JSON.stringify(content);
  return {
    apex: nameFromText(apex),
    apexText: apex,
    ttl,
    triggers,
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
