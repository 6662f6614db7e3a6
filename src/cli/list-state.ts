/** What is known of one list of any role: its snapshot, and whether its file and its reading are what that was taken from. */
import { isoTime } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListSourceConfig } from "../config/types.ts";
import { holdCounts } from "../daemon/source-hold-report.ts";
import { type Feed, fingerprintOf, stateOf, storedName } from "../feed/feed.ts";
import type { FileState } from "../feed/file.ts";
import { computedFrom, type ListHold, listHoldOf } from "../feed/hold.ts";
import { isCompiled, isManualFeed, type ManualFeed } from "../feed/ledger/manual.ts";
import { faultOf, type ListFault } from "../feed/list-fault.ts";
import { staleOf } from "../feed/stale.ts";
import { countFaults, type RejectReason } from "../indicator/rejects.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Snapshot, Snapshots } from "../store/snapshots.ts";
import type { SourceHolds } from "../store/source-holds.ts";

/** What is read of the store for it. */
interface StateStore {
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
  readonly sourceHolds: SourceHolds;
}

export interface ListState {
  readonly snapshot: Snapshot | undefined;
  /**
   * `current`; `on hold`, an allow list or guard list from which nothing goes off; `changed`, the file or how it is read, since
   * the snapshot was taken; `held`, what a source says now waits for a decision; `rejected`, it was decided against; `stale`, nothing
   * has confirmed a source for too long; `unreadable`, snapshot or not; `never taken`.
   */
  readonly state: "current" | "on hold" | "changed" | "held" | "rejected" | "stale" | "unreadable" | "never taken";
  /** What a source's guard holds back, whatever its file says by now. */
  readonly held?: ListHold | undefined;
  /** What is wrong with the list in force. */
  readonly fault: ListFault | undefined;
  /** The state in words for people. */
  readonly says: string;
  /** Octets of the file; undefined where it cannot be read, or there is none. */
  readonly fileBytes: number | undefined;
  /** Rejects that are faults of the list. */
  readonly rejects: number;
}

function stateOfManual(feed: ManualFeed, store: StateStore): ListState {
  const snapshot = store.snapshots.current(feed.list.id);
  const known = { snapshot, fault: undefined, rejects: 0, fileBytes: undefined };
  if (snapshot === undefined) return { ...known, state: "never taken", says: "nothing added, and not built yet" };
  if (!isCompiled(feed, store)) return { ...known, state: "changed", says: "changed since; not built yet" };
  return { ...known, state: "current", says: "current" };
}

/** The same of any source or allow list. */
export function stateOfListed(feed: Feed | ManualFeed, store: StateStore, now: number): ListState {
  if (isManualFeed(feed)) return stateOfManual(feed, store);
  const state = stateOfList(feed, store);
  return feed.role === "block" ? guardedState(feed.list, state, store, now) : state;
}

/** The state of a source with what its guard has to say; `now` is in Unix seconds. */
function guardedState(list: ListSourceConfig, state: ListState, { sourceHolds }: StateStore, now: number): ListState {
  const held = listHoldOf({ holds: sourceHolds }, list.id);
  const stale = staleOf(list, now);
  if (held !== undefined && isOfFile(list, held, state)) {
    const { decision, hold, change } = held;
    if (decision?.verdict === "rejected") {
      const says = `what it says now was rejected by ${decision.by} at ${isoTime(decision.at)}: ${decision.reason}`;
      return { ...state, held, state: "rejected", says };
    }
    const says = `on hold since ${isoTime(hold.since)}, ${holdCounts(change)}; see \`rpzmill source held ${list.id}\``;
    return { ...state, held, state: "held", says };
  }
  if (stale === undefined || state.state !== "current") return { ...state, held };
  return { ...state, held, state: "stale", says: stale.message };
}

/** Whether what is on hold is what the file says now, by the bounds of now. */
function isOfFile(list: ListSourceConfig, { change }: ListHold, { state, snapshot }: ListState): boolean {
  if (state !== "changed" && state !== "never taken") return false;
  try {
    const fingerprint = fingerprintOf({ role: "block", list }, stateOf({ role: "block", list }));
    return change.computedFrom === computedFrom(list, fingerprint, snapshot?.id);
  } catch (error) {
    if (error instanceof OperatorError) return false;
    throw error;
  }
}

export function stateOfList(feed: Feed, { snapshots }: Pick<StateStore, "snapshots">): ListState {
  const snapshot = snapshots.current(storedName(feed));
  const fault = faultOf(feed, snapshot);
  const known = { snapshot, fault, rejects: rejectCount(snapshot) };
  let file: FileState;
  try {
    file = stateOf(feed);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const copy = feed.role === "guard" ? "copy" : "snapshot";
    const kept = snapshot === undefined ? `there is no ${copy}` : `the last good ${copy} is in force`;
    return { ...known, state: "unreadable", says: `${error.message}; ${kept}`, fileBytes: undefined };
  }
  const fileBytes = file.bytes;
  if (snapshot === undefined) {
    return { ...known, state: "never taken", says: "never taken; `rpzmill build` says why", fileBytes };
  }
  if (snapshot.fingerprint !== fingerprintOf(feed, file)) {
    return {
      ...known,
      state: "changed",
      says: "changed since; not built yet, or held: `rpzmill build` says",
      fileBytes,
    };
  }
  if (fault === undefined) return { ...known, state: "current", says: "current", fileBytes };
  return fault.keepsRemoved
    ? { ...known, state: "on hold", says: "on hold: nothing goes off it", fileBytes }
    : { ...known, state: "current", says: "current, but for lines that cannot be read", fileBytes };
}

/** Rejects of a snapshot that are faults of the list. */
function rejectCount(snapshot: Snapshot | undefined): number {
  const kept = Object.entries(snapshot?.rejects ?? {});
  return countFaults(Object.fromEntries(kept.map(([reason, { count }]) => [reason, count])));
}

/** Rejects by reason, most first, but for what is no line or name. */
export function rejectsOf(snapshot: Pick<Snapshot, "rejects"> | undefined) {
  return Object.entries(snapshot?.rejects ?? {})
    .filter(([reason]) => reason !== ("before-loss" satisfies RejectReason))
    .map(([reason, { count, samples }]) => ({ reason, count, samples }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
