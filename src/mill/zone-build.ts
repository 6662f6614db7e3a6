/** What the build of one zone is given, and what it gives. */
import type { Clock } from "../base/clock.ts";
import type { OperatorError } from "../base/errors.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import type { Serial } from "../dns/serial.ts";
import type { Holds } from "../store/holds.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Policies } from "../store/policies.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";
import { type Counts, countsOf } from "./counts.ts";
import type { Hold } from "./hold.ts";
import type { ZonePolicy } from "./policy.ts";
import type { RebuildJob, Rebuilt } from "./rebuild.ts";
import {
  addRuleChanges,
  type FirstNames,
  noNames,
  noRuleChanges,
  type RuleChanges,
  type RuleListener,
} from "./rule-changes.ts";

export interface ZoneBuild {
  readonly zone: ZoneConfig;
  readonly policy: ZonePolicy;
  /** Ids of those of its guards that `ownGuardsOf` gives. */
  readonly ownGuards: readonly string[];
  /** Ids of those of its sources whose entries people keep. */
  readonly manualSources: readonly string[];
  readonly zones: Zones;
  readonly policies: Policies;
  readonly holds: Holds;
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Builds a zone that has no version yet, on as many cores as there are. */
  readonly buildRange: (job: RebuildJob, inputs: SnapshotIds) => Promise<Rebuilt>;
  /** Seconds for which the rows of a withdrawn version must stay: longer than the longest transfer. */
  readonly readableSeconds: number;
  /** The highest serial that was ever served of the zone; undefined where none is known. */
  readonly servedSerial?: Serial | undefined;
  /** Merge everything again, even what seems unchanged. */
  readonly full: boolean;
  /** Publish a change beyond the zone's limit. */
  readonly accept: boolean;
  /** Only say what would change; `zones` and `policies` write nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (rules: number) => void;
  /** Called with each rule that changes. */
  readonly onRule?: RuleListener | undefined;
  /** Names of rules as they may be shown and kept. */
  readonly shownNames: (names: FirstNames) => FirstNames;
}

export interface ZoneResult {
  readonly apex: string;
  readonly serial: Serial;
  readonly previousSerial: Serial | undefined;
  readonly changed: boolean;
  /** The serial that had been served though the store was behind it; undefined where it was not. */
  readonly servedAhead: Serial | undefined;
  /** How the zone was merged: not at all, over ranges, or over everything. */
  readonly merged: "none" | "ranges" | "all";
  readonly rules: number;
  readonly records: number;
  /** In records. */
  readonly added: number;
  readonly removed: number;
  readonly ruleChanges: RuleChanges;
  readonly first: FirstNames;
  readonly blocksWritten: number;
  readonly counts: Readonly<Counts>;
  /**
   * What is not published until somebody accepts it. The other fields are of what is published, but in a dry run
   * `ruleChanges` and `first` are of all that changes, lifts included, and so are those of the hold.
   */
  readonly hold: Hold | undefined;
  /**
   * What is published though the zone is on hold, or just was; in a dry run, what would be. `ended` counts the names and
   * addresses whose entries in the sources that it is served from have ended since.
   */
  readonly lifts: { readonly ruleChanges: RuleChanges; readonly first: FirstNames; readonly ended: number } | undefined;
  /** Of a dry run: why what people lift of the zone on hold cannot be published; a build fails with it. */
  readonly refused?: OperatorError | undefined;
}

/** The result where the version that is served stays. */
export function unchanged(
  apex: string,
  current: ZoneVersionRow,
  merged: ZoneResult["merged"],
  hold?: Hold,
): ZoneResult {
  const { serial, rules, records } = current;
  const counts = countsOf(current);
  const nothing = { added: 0, removed: 0, ruleChanges: noRuleChanges, first: noNames, blocksWritten: 0 };
  const same = { serial, previousSerial: serial, changed: false, servedAhead: undefined };
  return { apex, ...same, merged, rules, records, counts, ...nothing, hold, lifts: undefined };
}

/** What a lift and the build behind it did together. */
export function together(lift: ZoneResult, rest: ZoneResult): ZoneResult {
  if (!lift.changed) return rest;
  const { lifts } = lift;
  if (!rest.changed) return { ...lift, counts: rest.counts, hold: rest.hold, lifts };
  const sum = (count: "added" | "removed" | "blocksWritten"): number => lift[count] + rest[count];
  const ruleChanges = addRuleChanges(lift.ruleChanges, rest.ruleChanges);
  const { previousSerial } = lift;
  const servedAhead = lift.servedAhead ?? rest.servedAhead;
  const counted = { added: sum("added"), removed: sum("removed"), blocksWritten: sum("blocksWritten"), ruleChanges };
  return { ...rest, ...counted, previousSerial, servedAhead, changed: true, lifts };
}
