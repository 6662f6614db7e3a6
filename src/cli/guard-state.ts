/** What is known of one guard: its copy, whether its list still is what that was taken from, and who overrides it. */
import { OperatorError } from "../base/errors.ts";
import { builtInGuards } from "../config/built-in-guards.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config, GuardListConfig } from "../config/types.ts";
import type { FileState } from "../feed/file.ts";
import { fingerprintOfGuard, guardFeed, stateOfGuard } from "../feed/guard-list.ts";
import { faultOf, type ListFault } from "../feed/list-fault.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { Snapshot } from "../store/snapshots.ts";
import { faultsIn } from "./source-state.ts";
import type { Store } from "./store.ts";

export interface GuardState {
  readonly guard: GuardListConfig;
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
  /** Rejects that are faults of the list. */
  readonly rejects: number;
  /** Ids of the sources that override it. */
  readonly overriddenBy: readonly string[];
}

export function stateOf(guard: GuardListConfig, { sources }: Config, { snapshots }: Store): GuardState {
  const snapshot = snapshots.current(storedNameOfGuard(guard.id));
  const overriddenBy = sources.filter(({ overrideGuards }) => overrideGuards.includes(guard.id)).map(({ id }) => id);
  const fault = faultOf(guardFeed(guard), snapshot);
  const known = { guard, snapshot, fault, rejects: faultsIn(snapshot), overriddenBy };
  let file: FileState;
  try {
    file = stateOfGuard(guard);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const kept = snapshot === undefined ? "there is no copy" : "the last good copy is in force";
    return { ...known, state: "unreadable", says: `${error.message}; ${kept}`, fileBytes: undefined };
  }
  const fileBytes = file.bytes;
  if (snapshot === undefined) {
    return { ...known, state: "never taken", says: "never taken; `rpzmill build` says why", fileBytes };
  }
  if (snapshot.fingerprint !== fingerprintOfGuard(guard, file)) {
    return {
      ...known,
      state: "changed",
      says: "changed since; not built yet, or held: `rpzmill build` says",
      fileBytes,
    };
  }
  return fault === undefined
    ? { ...known, state: "current", says: "current", fileBytes }
    : { ...known, state: "on hold", says: "on hold: nothing goes off it", fileBytes };
}

/** Ids of the built-in guards that are not in force. */
export function builtInGuardsOff({ guards }: Config): string[] {
  return builtInGuards.map(({ id }) => id).filter((id) => !guards.some((guard) => guard.id === id));
}

/** @throws OperatorError NOT_FOUND */
export function findGuard(id: string, config: Config): GuardListConfig {
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
