/** What is known of one guard: its copy, whether its list still is what that was taken from, and who overrides it. */
import { OperatorError } from "../base/errors.ts";
import { builtInIds, isComputed } from "../config/guards.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config, GuardConfig } from "../config/types.ts";
import type { FileState } from "../feed/file.ts";
import { fingerprintOfGuard, guardFeed, stateOfGuard } from "../feed/guard-list.ts";
import { faultOf, type ListFault } from "../feed/list-fault.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { Snapshot } from "../store/snapshots.ts";
import { faultsIn } from "./source-state.ts";
import type { Store } from "./store.ts";

export interface GuardState {
  readonly guard: GuardConfig;
  readonly snapshot: Snapshot | undefined;
  /**
   * `current`; `on hold`, a list from which nothing goes off; `changed`, the list or how it is read, since the copy was
   * taken; `unreadable`; `never taken`.
   */
  readonly state: "current" | "on hold" | "changed" | "unreadable" | "never taken";
  /** What is wrong with the copy in force. */
  readonly fault: ListFault | undefined;
  /** The state in words for people. */
  readonly says: string;
  /** Octets of the file; undefined where it cannot be read. */
  readonly fileBytes: number | undefined;
  /** Names and addresses in force. */
  readonly entries: number;
  /** Rejects that are faults of the list. */
  readonly rejects: number;
  /** Ids of the sources that override it. */
  readonly overriddenBy: readonly string[];
}

export function stateOf(guard: GuardConfig, { sources }: Config, { snapshots }: Store): GuardState {
  const snapshot = snapshots.current(storedNameOfGuard(guard.id));
  const overriddenBy = sources.filter(({ overrideGuards }) => overrideGuards.includes(guard.id)).map(({ id }) => id);
  const known = { guard, snapshot, entries: snapshot?.entries ?? 0, rejects: faultsIn(snapshot), overriddenBy };
  if (isComputed(guard)) {
    const { names, lengthMin } = guard.computed;
    const length = lengthMin && `IPv4 prefixes shorter than /${lengthMin.ipv4}, IPv6 than /${lengthMin.ipv6}`;
    return {
      ...known,
      fault: undefined,
      entries: names.length,
      state: "current",
      says: length ?? "from the zones",
      fileBytes: undefined,
    };
  }
  const fault = faultOf(guardFeed(guard), snapshot);
  const listed = { ...known, fault };
  let file: FileState;
  try {
    file = stateOfGuard(guard);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const kept = snapshot === undefined ? "there is no copy" : "the last good copy is in force";
    return { ...listed, state: "unreadable", says: `${error.message}; ${kept}`, fileBytes: undefined };
  }
  const fileBytes = file.bytes;
  if (snapshot === undefined) {
    return { ...listed, state: "never taken", says: "never taken; `rpzmill build` says why", fileBytes };
  }
  if (snapshot.fingerprint !== fingerprintOfGuard(guard, file)) {
    return {
      ...listed,
      state: "changed",
      says: "changed since; not built yet, or held: `rpzmill build` says",
      fileBytes,
    };
  }
  return fault === undefined
    ? { ...listed, state: "current", says: "current", fileBytes }
    : { ...listed, state: "on hold", says: "on hold: nothing goes off it", fileBytes };
}

/** How a guard's list is read; `computed` where it has none. */
export function formatOf(guard: GuardConfig): string {
  return isComputed(guard) ? "computed" : guard.format;
}

/** Ids of the built-in guards that are not in force. */
export function builtInGuardsOff({ guards }: Config): string[] {
  return builtInIds.filter((id) => !guards.some((guard) => guard.id === id));
}

/** @throws OperatorError NOT_FOUND */
export function findGuard(id: string, config: Config): GuardConfig {
  const found = config.guards.find((guard) => guard.id === id);
  if (found !== undefined) return found;
  const isOff = builtInGuardsOff(config).includes(id);
  const known = config.guards.map((guard) => guard.id);
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${id}": ${isOff ? "this built-in guard is off" : `there is no such guard${didYouMean(id, known)}`}`,
    "See `rpzmill guard list`",
  );
}
