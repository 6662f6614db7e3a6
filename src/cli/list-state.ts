/** What is known of one list of any role: its snapshot, and whether its file and its reading are what that was taken from. */
import { OperatorError } from "../base/errors.ts";
import { type Feed, fingerprintOf, stateOf, storedName } from "../feed/feed.ts";
import type { FileState } from "../feed/file.ts";
import { isCompiled, isManualFeed, type ManualFeed } from "../feed/ledger/manual.ts";
import { faultOf, type ListFault } from "../feed/list-fault.ts";
import { countFaults, type RejectReason } from "../indicator/rejects.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Snapshot, Snapshots } from "../store/snapshots.ts";

/** What is read of the store for it. */
interface StateStore {
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
}

export interface ListState {
  readonly snapshot: Snapshot | undefined;
  /**
   * `current`; `on hold`, an allow list or guard list from which nothing goes off; `changed`, the file or how it is read, since
   * the snapshot was taken; `unreadable`, snapshot or not; `never taken`.
   */
  readonly state: "current" | "on hold" | "changed" | "unreadable" | "never taken";
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
export function stateOfListed(feed: Feed | ManualFeed, store: StateStore): ListState {
  return isManualFeed(feed) ? stateOfManual(feed, store) : stateOfList(feed, store);
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
