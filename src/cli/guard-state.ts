/** What is known of one guard: the state of its list, and who overrides it. */
import { OperatorError } from "../base/errors.ts";
import { builtInIds, isComputed } from "../config/guards.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config, GuardConfig } from "../config/types.ts";
import { guardFeed } from "../feed/guard-list.ts";
import type { ZoneStore } from "../mill/served-zone.ts";
import { type ListState, stateOfList } from "./list-state.ts";

/** The snapshot of its list is the guard's copy; guards without a list are always current. */
export interface GuardState extends ListState {
  readonly guard: GuardConfig;
  /** Names and addresses in force. */
  readonly entries: number;
  /** Ids of the sources that override it. */
  readonly overriddenBy: readonly string[];
}

export function stateOfGuard(guard: GuardConfig, { sources }: Config, store: ZoneStore): GuardState {
  const overriddenBy = sources.filter(({ overrideGuards }) => overrideGuards.includes(guard.id)).map(({ id }) => id);
  if (!isComputed(guard)) {
    const state = stateOfList(guardFeed(guard), store);
    return { ...state, guard, entries: state.snapshot?.entries ?? 0, overriddenBy };
  }
  const { names, lengthMin } = guard.computed;
  const length = lengthMin && `IPv4 prefixes shorter than /${lengthMin.ipv4}, IPv6 than /${lengthMin.ipv6}`;
  return {
    guard,
    snapshot: undefined,
    state: "current",
    fault: undefined,
    says: length ?? "from the zones",
    fileBytes: undefined,
    rejects: 0,
    entries: names.length,
    overriddenBy,
  };
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
