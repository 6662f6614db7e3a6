/** What a build did, as plain JSON: what `build --json` prints, and what a build sends to the process that started it. */
import { isoTime } from "../base/clock.ts";
import type { ErrorCode, OperatorError } from "../base/errors.ts";
import { guardListsOf } from "../config/guards.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import type { Config, GuardListConfig } from "../config/types.ts";
import type { GuardClass } from "../guard/class.ts";
import type { Counts } from "../mill/counts.ts";
import { type FirstNames, noNames, noRuleChanges, type RuleChanges } from "../mill/rule-changes.ts";
import type { StoredPart } from "../store/contents.ts";
import type { Snapshot } from "../store/snapshots.ts";
import type { BuildOutcome, ZoneOutcome } from "./build.ts";
import { type HoldReport, reportHold } from "./hold-words.ts";
import { type Override, overridesInForce } from "./overrides.ts";
import type { GuardOutcome, SourceOutcome } from "./refresh-lists.ts";
import { reportSourceHold, type SourceHoldReport } from "./source-hold-report.ts";

export interface ReportedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

export interface SourceReport {
  readonly id: string;
  readonly role: "block" | "allow";
  /** `new`, `same`, `untouched` (not read, since its file is) or `failed`; see `error`. */
  readonly outcome: SourceOutcome["outcome"];
  /** As it was read, or `manual`; where `auto` chose it, `formatReason` says why. */
  readonly format: string;
  readonly formatReason: string | null;
  /** These are of the snapshot in force; 0 where there never was one. */
  readonly lines: number;
  readonly indicators: number;
  readonly duplicates: number;
  /** By reason. */
  readonly rejects: Readonly<Record<string, number>>;
  /**
   * Of a source with facts, how many of its rows are in each state, as of the snapshot in force: `current`, `review`, `refused`, `waiting`, `ended`,
   * `faded`, `revoked`, `unreadable`, `withdrawn`, `unread`; those without any may be absent. Null of other lists.
   */
  readonly states: Readonly<Record<string, number>> | null;
  /** How many entries this build found to have stopped counting though they are still reported, by state. */
  readonly stopped: Readonly<Record<string, number>>;
  /** When the snapshot in force was taken, ISO 8601 in UTC; null where there never was one. */
  readonly takenAt: string | null;
  /** When what it reported begins, ends or fades next, ISO 8601 in UTC; null where nothing will. */
  readonly due: string | null;
  readonly seconds: number;
  /** An allow list on which names stay that it no longer has, or would; see `warning`. */
  readonly onHold: boolean;
  /** What the source's guard holds back: it waits for somebody's decision, or was rejected and is left out. */
  readonly held: SourceHoldReport | null;
  /** That nothing has confirmed the list for too long. */
  readonly stale: ReportedError | null;
  /** What is wrong with the snapshot in force. */
  readonly warning: ReportedError | null;
  readonly error: ReportedError | null;
}

export interface GuardReport {
  readonly id: string;
  readonly class: GuardClass;
  readonly format: string;
  /** Whether the list came with the program. */
  readonly builtIn: boolean;
  /** As a source's. */
  readonly outcome: GuardOutcome["outcome"];
  /** Names and addresses of the copy in force; 0 where there never was one. */
  readonly entries: number;
  /** By reason. */
  readonly rejects: Readonly<Record<string, number>>;
  /** When the copy in force was taken, ISO 8601 in UTC; null where there never was one. */
  readonly takenAt: string | null;
  readonly seconds: number;
  /** Entries stay in force that the list no longer has, or would; see `warning`. */
  readonly onHold: boolean;
  /** What is wrong with the copy in force. */
  readonly warning: ReportedError | null;
  readonly error: ReportedError | null;
}

export interface ZoneReport {
  readonly apex: string;
  /** `failed`: see `error`. `held`: the change is beyond the zone's limit; what allow lists lift is published even so. */
  readonly outcome: "published" | "unchanged" | "held" | "failed";
  /** Null where the zone could not be built and nothing was lifted; what was published before stays served. */
  readonly serial: number | null;
  /** Null where there was none. */
  readonly previousSerial: number | null;
  readonly changed: boolean;
  /** A serial that had been served though the store was behind it, as after an older copy was restored; else null. */
  readonly passedSerial: number | null;
  /** How much was merged: `none`, `ranges` of names, or `all`. */
  readonly merged: "none" | "ranges" | "all";
  readonly rules: number;
  /** With SOA and NS. */
  readonly records: number;
  readonly added: number;
  readonly removed: number;
  /** In rules: a name with its wildcard is one, and a TTL is no part of it. */
  readonly ruleChanges: RuleChanges;
  /** The first of their names; of a zone's first version only in a dry run that lists. */
  readonly firstNames: FirstNames;
  readonly blocksWritten: number;
  /** What did not become a rule, by reason. */
  readonly counts: Readonly<Partial<Counts>>;
  /** What is not published until somebody accepts it; in a dry run counted from what is served now, lifts included. */
  readonly hold: HoldReport | null;
  /**
   * What allow lists and own guards lift of a zone on hold, or of one that could not be built, and what ended of it: published at
   * once; in a dry run, what would be. `ended` counts the names and addresses whose entries ended, were revoked, or are no longer
   * to be passed on, since what is served was built.
   */
  readonly lifts: (Pick<HoldReport, "rules" | "firstNames"> & { readonly ended: number }) | null;
  readonly seconds: number;
  readonly error: ReportedError | null;
}

export interface BuildReport {
  /** Nothing was published: the figures are what a build would do. */
  readonly dryRun: boolean;
  readonly zones: readonly ZoneReport[];
  /** What the store keeps of zones and sources that the configuration no longer has. */
  readonly left: readonly StoredPart[];
  /** Sources, then allow lists. */
  readonly sources: readonly SourceReport[];
  /** Guards in force that have a list, built-in ones first. */
  readonly guards: readonly GuardReport[];
  /** Which sources override which guards in force, those without a list too. */
  readonly overrides: readonly Override[];
  readonly seconds: number;
  /** Of the process that built, in octets. */
  readonly peakRssBytes: number;
}

/** The report of an outcome, taken in the process that built. */
export function reportOf(outcome: BuildOutcome, config: Config): BuildReport {
  const { sources, guards, zones, unconfigured, seconds, dryRun } = outcome;
  const formats = new Map(indicatorListsOf(config).map(({ id, format }) => [id, format]));
  return {
    dryRun,
    zones: zones.map(reportZone),
    left: unconfigured,
    sources: sources.map((source) => reportSource(source, formats.get(source.id) ?? "auto")),
    guards: guards.flatMap((outcome) => {
      const guard = guardListsOf(config.guards).find(({ id }) => id === outcome.id);
      return guard === undefined ? [] : [reportGuard(outcome, guard)];
    }),
    overrides: overridesInForce(config),
    seconds,
    // The system counts kibibytes here.
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function reportSource(source: SourceOutcome, configured: string): SourceReport {
  const { snapshot } = source;
  return {
    id: source.id,
    role: source.role,
    outcome: source.outcome,
    format: snapshot?.format ?? configured,
    formatReason: source.formatReason ?? null,
    lines: snapshot?.lines ?? 0,
    indicators: snapshot?.entries ?? 0,
    duplicates: snapshot?.duplicates ?? 0,
    rejects: countsOf(snapshot),
    states: source.states ?? null,
    stopped: source.stopped,
    takenAt: takenAt(snapshot),
    due: source.due === undefined ? null : isoTime(source.due),
    seconds: source.seconds,
    onHold: source.fault?.keepsRemoved ?? false,
    held: reportSourceHold(source.held),
    stale: reportError(source.stale),
    warning: reportError(source.fault?.error),
    error: reportError(source.error),
  };
}

function reportGuard({ outcome, snapshot, seconds, fault, error }: GuardOutcome, guard: GuardListConfig): GuardReport {
  return {
    id: guard.id,
    class: guard.class,
    format: guard.format,
    builtIn: guard.builtIn,
    outcome,
    entries: snapshot?.entries ?? 0,
    rejects: countsOf(snapshot),
    takenAt: takenAt(snapshot),
    seconds,
    onHold: fault?.keepsRemoved ?? false,
    warning: reportError(fault?.error),
    error: reportError(error),
  };
}

function countsOf(snapshot: Snapshot | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(snapshot?.rejects ?? {}).map(([reason, { count }]) => [reason, count]));
}

function takenAt(snapshot: Snapshot | undefined): string | null {
  return snapshot === undefined ? null : isoTime(snapshot.takenAt);
}

function reportZone({ apex, result, error, seconds }: ZoneOutcome): ZoneReport {
  if (result === undefined) {
    const none = { serial: null, previousSerial: null, changed: false, passedSerial: null, merged: "none" as const };
    const changes = { ruleChanges: noRuleChanges, firstNames: noNames };
    const nothing = {
      rules: 0,
      records: 0,
      added: 0,
      removed: 0,
      ...changes,
      blocksWritten: 0,
      counts: {},
    };
    return {
      apex,
      outcome: "failed",
      ...none,
      ...nothing,
      hold: null,
      lifts: null,
      seconds,
      error: reportError(error),
    };
  }
  const { serial, previousSerial, changed, servedAhead, merged, rules, records } = result;
  const { added, removed, ruleChanges, first: firstNames, blocksWritten, counts, lifts } = result;
  return {
    apex,
    outcome: error !== undefined ? "failed" : result.hold !== undefined ? "held" : changed ? "published" : "unchanged",
    serial,
    previousSerial: previousSerial ?? null,
    changed,
    passedSerial: servedAhead ?? null,
    merged,
    rules,
    records,
    added,
    removed,
    ruleChanges,
    firstNames,
    blocksWritten,
    counts,
    hold: reportHold(result.hold),
    lifts: lifts === undefined ? null : { rules: lifts.ruleChanges, firstNames: lifts.first, ended: lifts.ended },
    seconds,
    error: reportError(error),
  };
}

function reportError(error: OperatorError | undefined): ReportedError | null {
  return error === undefined ? null : { code: error.code, message: error.message, remedy: error.remedy };
}

/**
 * Whether a zone could not be built, or there is none, or a list found no room on the disk. One that fails otherwise while
 * its last good snapshot stays is no failure.
 */
export function buildFailed({ zones, sources, guards }: BuildReport): boolean {
  const hadNoSpace = [...sources, ...guards].some(({ error }) => error?.code === "STORE_UNUSABLE");
  return zones.length === 0 || hadNoSpace || zones.some(({ error }) => error !== null);
}

/** 1 where something failed, 3 where a zone is on hold, else 0. */
export function exitCodeOf(report: BuildReport): 0 | 1 | 3 {
  if (buildFailed(report)) return 1;
  return report.zones.some(({ hold }) => hold !== null) ? 3 : 0;
}
