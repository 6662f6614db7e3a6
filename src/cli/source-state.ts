/** What is known of one list: its snapshot, and whether its file still is what the snapshot was taken from. */
import { type Stats, statSync } from "node:fs";
import { messageOf } from "../base/errors.ts";
import { faultOf, type ListFault } from "../feed/list-fault.ts";
import { ignoredReasons, type RejectReason } from "../indicator/rejects.ts";
import type { Snapshot } from "../store/snapshots.ts";
import type { FoundList, Store } from "./store.ts";

export interface ListState {
  readonly id: string;
  readonly role: "block" | "allow";
  readonly snapshot: Snapshot | undefined;
  /**
   * `current`; `on hold`, an allow list from which nothing goes off; `changed` since the snapshot was taken; `unreadable`,
   * snapshot or not; `never taken`.
   */
  readonly state: "current" | "on hold" | "changed" | "unreadable" | "never taken";
  /** What is wrong with the list in force. */
  readonly fault: ListFault | undefined;
  /** The state in words for people. */
  readonly says: string;
  /** Octets of the file; undefined where it cannot be read. */
  readonly fileBytes: number | undefined;
  /** Rejects that are faults of the list. */
  readonly rejects: number;
}

export function stateOf(found: FoundList, { snapshots }: Store): ListState {
  const { role, list } = found;
  const snapshot = snapshots.current(list.id);
  const fault = faultOf(found, snapshot);
  const known = { id: list.id, role, snapshot, fault, rejects: faultsIn(snapshot) };
  const kept = snapshot === undefined ? "there is no snapshot" : "the last good snapshot is in force";
  let stats: Stats;
  try {
    stats = statSync(list.from);
    if (!stats.isFile()) throw new Error("it is not a regular file");
  } catch (error) {
    return { ...known, state: "unreadable", says: `${messageOf(error)}; ${kept}`, fileBytes: undefined };
  }
  const fileBytes = stats.size;
  if (snapshot === undefined) {
    return { ...known, state: "never taken", says: "never taken; `rpzmill build` says why", fileBytes };
  }
  // The time of a snapshot has no fractions, so a change within that second cannot be told.
  if (Math.floor(stats.mtimeMs / 1000) > snapshot.takenAt) {
    return {
      ...known,
      state: "changed",
      says: "changed since; not built yet, or held: `rpzmill build` says",
      fileBytes,
    };
  }
  if (known.fault === undefined) return { ...known, state: "current", says: "current", fileBytes };
  return known.fault.keepsRemoved
    ? { ...known, state: "on hold", says: "on hold: nothing goes off it", fileBytes }
    : { ...known, state: "current", says: "current, but for lines that cannot be read", fileBytes };
}

/** Rejects that are faults of the list. */
export function faultsIn(snapshot: Snapshot | undefined): number {
  let total = 0;
  for (const [reason, { count }] of Object.entries(snapshot?.rejects ?? {})) {
    if (!ignoredReasons.has(reason as RejectReason)) total += count;
  }
  return total;
}

/** Rejects by reason, most first. */
export function rejectsOf(snapshot: Snapshot | undefined) {
  return Object.entries(snapshot?.rejects ?? {})
    .map(([reason, { count, samples }]) => ({ reason, count, samples }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
