/**
 * Says why a name or address is blocked, or why it is not, zone by zone. Of a zone that is on hold, or that no
 * build has brought up to date, it says what is served, which is not what the lists in force lead to, and what these would
 * make of it.
 */
import { isoTime } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Config } from "../config/types.ts";
import { keyToText } from "../dns/name.ts";
import { shownKey, splitTrigger } from "../indicator/entry/shown-key.ts";
import { readItem } from "../indicator/item.ts";
import { nameOfAction } from "../rpz/action.ts";
import { parsePrefix, prefixOfKey, prefixToText } from "../rpz/address.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import { restOfKey, triggerOfKey } from "../rpz/section.ts";
import type { Snapshots } from "../store/snapshots.ts";
import { passesAllowed } from "./allowed-names.ts";
import { type ListReader, openCurrent, openInputs } from "./inputs.ts";
import { Look, type Target, triggersFor } from "./look.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type PolicyConfig, policyOf, type ZonePolicy } from "./policy.ts";
import type { ServedZone } from "./served-zone.ts";
import { hittingAllowed, hittingProtected } from "./still-hit.ts";

/** What becomes of a zone's verdict when its hold ends. */
export interface VerdictOnHold {
  /** ISO 8601 in UTC. */
  readonly since: string;
  /** Whether what is served can be explained; where what it was built from is gone, only the action is known. */
  readonly reasonsKnown: boolean;
  /** What the zone does once its change is accepted; null where no entry speaks of the name then. */
  readonly whenAccepted: Outcome | null;
  /** Entries among the reasons that have ended since, so that they block no longer: no hold keeps these. */
  readonly ended: readonly { readonly source: string; readonly matched: string }[];
}

/** What becomes of a zone's verdict with the next build, where no hold stops that. */
export interface PendingVerdict {
  /** The serial that is served; null where the zone was never built. */
  readonly servedSerial: number | null;
  /** As of a hold. */
  readonly reasonsKnown: boolean;
  /** What the zone does by the lists and the configuration in force; null where no entry speaks of the name then. */
  readonly whenBuilt: Outcome | null;
}

/** The outcome is what is served. */
export interface ZoneVerdict extends Outcome {
  readonly apex: string;
  /** What the zone compares with the name or address; there may be a verdict for each of several. */
  readonly trigger: RuleTrigger;
  /**
   * The apex of an earlier zone whose rpz-passthru ends a resolver's search, so that this action does not count; null where
   * there is none. The order is that of the zones in the configuration.
   */
  readonly endedBy: string | null;
  /**
   * Triggers of the zone whose rules still hit a query for this name, though an allow list keeps those on the name from it:
   * by the client's address, or by an address in the answer where no rule lets the name pass. So may, of a name that a guard of
   * class `protected` keeps them from, those on its name servers; such a name has a verdict where nothing lists it, too.
   */
  readonly stillHitBy: readonly RuleTrigger[];
  /** Null where the zone is not on hold. */
  readonly onHold: VerdictOnHold | null;
  /** Null where the zone is on hold, and where what is served is what the lists in force lead to. */
  readonly pending: PendingVerdict | null;
}

export interface Explanation {
  readonly name: string;
  /** For each trigger one for each zone of which some entry speaks. */
  readonly verdicts: readonly ZoneVerdict[];
}

/** What explanations are drawn from besides the lists in force: by its policy, what a zone serves that these do not lead to. */
export type FindServed = (policy: ZonePolicy) => ServedZone | undefined;
const allUpToDate: FindServed = () => undefined;

/** @throws OperatorError USAGE where `name` is neither a name nor an address */
export function explainName(
  name: string,
  config: PolicyConfig & Pick<Config, "zones">,
  snapshots: Snapshots,
  findServed: FindServed = allUpToDate,
): Explanation {
  const { trigger, rest } = splitTrigger(name);
  const item = readItem(rest);
  // A list may not block every prefix, yet each can be asked about.
  const prefix = parsePrefix(rest.trim()) ?? (item.kind === "address" ? prefixOfKey(item.key) : undefined);
  const target = prefix ?? (item.kind === "name" ? item.key : undefined);
  const possible = target === undefined ? [] : triggersFor(target);
  const asked = trigger === undefined ? possible : possible.filter((one) => one === trigger);
  if (target === undefined || asked.length === 0) {
    throw new OperatorError(
      "USAGE",
      `Cannot explain "${name}": ${item.kind === "reject" ? item.reason : "it is no name and no address of that trigger"}`,
      "Give a domain name of two labels or more, or an IP address; a trigger in front, as in `nsip 192.0.2.1`, asks about its rules alone",
    );
  }
  return explainTarget(target, asked, config, snapshots, findServed);
}

/** The same for the key of a rule, by the lists in force alone. */
export function explainKey(
  key: Uint8Array,
  config: PolicyConfig & Pick<Config, "zones">,
  snapshots: Snapshots,
): Explanation {
  const trigger = triggerOfKey(key);
  const target = prefixOfKey(key) ?? restOfKey(trigger, key).slice();
  return { name: shownKey(key), verdicts: verdictsOn(target, trigger, zonesAsked(config, allUpToDate), snapshots) };
}

/** What one zone does, and whether it ends a resolver's search in that it lets the target pass. */
interface Answer {
  readonly outcome: Outcome;
  readonly onHold: VerdictOnHold | null;
  readonly pending: PendingVerdict | null;
  readonly passes: () => boolean;
}

/** What a zone does of which no entry speaks. */
const silent: Answer = {
  outcome: { action: null, localData: undefined, because: [], stoppedBy: null, guards: [] },
  onHold: null,
  pending: null,
  passes: () => false,
};

function explainTarget(
  target: Target,
  triggers: readonly RuleTrigger[],
  config: PolicyConfig & Pick<Config, "zones">,
  snapshots: Snapshots,
  findServed: FindServed,
): Explanation {
  const name = target instanceof Uint8Array ? keyToText(target) : prefixToText(target);
  const zones = zonesAsked(config, findServed);
  const verdicts = triggers.flatMap((trigger) => verdictsOn(target, trigger, zones, snapshots));
  return { name, verdicts };
}

/** A zone of the configuration, with what it serves that the lists in force do not lead to. */
interface ZoneAsked {
  readonly policy: ZonePolicy;
  readonly zoneServed: ServedZone | undefined;
}

function zonesAsked(config: PolicyConfig & Pick<Config, "zones">, findServed: FindServed): ZoneAsked[] {
  return config.zones.map((zone) => {
    const policy = policyOf(zone, config);
    return { policy, zoneServed: findServed(policy) };
  });
}

/** Whether a zone may have rules of a trigger, as it is configured or as it is served; on names, where it lets allowed ones pass, too. */
function mayHaveRules(trigger: RuleTrigger, policy: ZonePolicy, zoneServed: ServedZone | undefined): boolean {
  if (trigger === "qname" || policy.triggers.includes(trigger)) return true;
  if (zoneServed?.serial === undefined) return false;
  return zoneServed.basis?.policy.triggers.includes(trigger) ?? true;
}

/** What each zone does by its rules of one trigger. */
function verdictsOn(
  target: Target,
  trigger: RuleTrigger,
  zones: readonly ZoneAsked[],
  snapshots: Snapshots,
): ZoneVerdict[] {
  const look = new Look(snapshots, target, trigger);
  const reader = openCurrent(snapshots);
  const verdicts: ZoneVerdict[] = [];
  let endedBy: string | null = null;
  for (const [i, { policy, zoneServed }] of zones.entries()) {
    if (!mayHaveRules(trigger, policy, zoneServed)) continue;
    const wanted = outcomeOf(policy, look, reader);
    const said =
      zoneServed === undefined
        ? answerOf(policy, look, reader, wanted)
        : served(zoneServed, snapshots, target, trigger, wanted);
    const hitting = (): RuleTrigger[] =>
      trigger === "qname" && target instanceof Uint8Array ? hittingProtected(policy, reader, target) : [];
    const answer = said ?? (zoneServed === undefined && hitting().length > 0 ? silent : undefined);
    if (answer === undefined) continue;
    const { outcome, onHold, pending } = answer;
    const ended = outcome.action === null ? null : endedBy;
    const { apexText: apex } = policy;
    const isAllowed = trigger === "qname" && outcome.stoppedBy?.by === "allow";
    const isAsked = endedBy === null && i < zones.length - 1;
    const passes = (isAllowed || isAsked) && answer.passes();
    const isOpen = !isAllowed && outcome.action === null && !answer.passes();
    const stillHitBy = isAllowed ? hittingAllowed(policy, reader, passes) : isOpen ? hitting() : [];
    verdicts.push({ apex, trigger, ...outcome, endedBy: ended, stillHitBy, onHold, pending });
    if (isAsked && passes) endedBy = apex;
  }
  return verdicts;
}

function answerOf(
  policy: ZonePolicy,
  look: Look,
  reader: ListReader,
  outcome: Outcome | undefined,
): Answer | undefined {
  return outcome && { outcome, onHold: null, pending: null, passes: () => passes(policy, look, reader, outcome) };
}

/** What a zone does that serves something else: the rule by its blocks, the reasons by what these were built from. */
function served(
  { onHoldSince: since, serial, basis, actionAt, hasEnded }: ServedZone,
  snapshots: Snapshots,
  target: Target,
  trigger: RuleTrigger,
  wanted: Outcome | undefined,
): Answer | undefined {
  const action = actionAt(target, trigger);
  const look = basis && new Look(snapshots, target, trigger, basis.inputs);
  const reasons = look && outcomeOf(basis.policy, look, openInputs(snapshots, basis.inputs));
  if (action === undefined && reasons === undefined && wanted === undefined) return undefined;
  // A rule that restores an exception is not one that some entry asked for.
  const restores = action === "passthru" && reasons?.action === null;
  const rule = restores ? undefined : action;
  const outcome: Outcome = {
    action: rule === undefined ? null : nameOfAction(rule),
    localData: typeof rule === "object" ? rule : undefined,
    because: reasons?.because ?? [],
    stoppedBy: rule === undefined ? (reasons?.stoppedBy ?? null) : null,
    guards: reasons?.guards ?? [],
  };
  const endedAmong = (): VerdictOnHold["ended"] => {
    const isReason = (id: string, matched: string): boolean =>
      outcome.because.some((cause) => cause.source === id && cause.matched === matched);
    return (basis?.policy.sources ?? []).flatMap((of) =>
      (look?.hits(of.id) ?? [])
        .filter(({ key, matched }) => isReason(of.id, matched) && hasEnded(of, key))
        .map(({ matched }) => ({ source: of.id, matched })),
    );
  };
  // Of what was never built there is nothing to know.
  const reasonsKnown = basis !== undefined || serial === undefined;
  const next = wanted ?? null;
  const onHold =
    since === undefined ? null : { since: isoTime(since), reasonsKnown, whenAccepted: next, ended: endedAmong() };
  const pending = since === undefined ? { servedSerial: serial ?? null, reasonsKnown, whenBuilt: next } : null;
  return { outcome, onHold, pending, passes: () => action === "passthru" };
}

/**
 * Whether a zone's rule lets the target pass, which ends a resolver's search. An exception has such a rule where something
 * wider is blocked, and nowhere else; but an allowed name has one wherever the zone has rules on name servers.
 */
function passes(policy: ZonePolicy, look: Look, reader: ListReader, { action, stoppedBy }: Outcome): boolean {
  if (action !== null) return action === "passthru";
  if (stoppedBy === null || (stoppedBy.by !== "allow" && stoppedBy.by !== "exception")) return false;
  if (stoppedBy.by === "allow" && look.trigger === "qname" && passesAllowed(policy.triggers)) return true;
  return look.wider().some((wider) => {
    const blocked = outcomeOf(policy, wider, reader)?.action ?? null;
    return blocked !== null && blocked !== "passthru";
  });
}
