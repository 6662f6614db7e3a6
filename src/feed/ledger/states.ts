/** In which state rows of a source are at a time, and how many of each. */
import type { LedgerFacts } from "../../store/ledger.ts";
import type { RowCounts } from "../../store/ledger-states.ts";
import { type Compiling, countsAt } from "./compile.ts";
import type { KeyRows, WantedRow } from "./sync.ts";

/**
 * `current`: it counts; `review`: a person must decide on it first; `refused`: a person decided against it; `waiting`: not yet; `ended`: no longer; `faded`: too little is left of its confidence; `revoked`: the
 * source took it back; `unreadable`: its times cannot be read, and those of before count, or something cannot be read without
 * which it must not count; `withdrawn`: the source no longer reports it; `unread`: the source is read without facts, so that
 * nothing is known of it since.
 */
export const entryStates = [
  "current",
  "review",
  "refused",
  "waiting",
  "ended",
  "faded",
  "revoked",
  "unreadable",
  "withdrawn",
  "unread",
] as const;
export type EntryState = (typeof entryStates)[number];

/** The state of a row at a time (Unix seconds) at which it counts or does not. */
export function stateOf(
  { state, validFrom, validUntil }: Pick<LedgerFacts, "state" | "validFrom" | "validUntil">,
  counts: boolean,
  { at }: Pick<Compiling, "at">,
): EntryState {
  if (counts) return state === "kept" ? "unreadable" : "current";
  if (state === "review" && validUntil !== undefined && at >= validUntil) return "ended";
  if (state !== "reported" && state !== "kept") return state;
  if (validUntil !== undefined && at >= validUntil) return "ended";
  return validFrom !== undefined && at < validFrom ? "waiting" : "faded";
}

/** States in which a row no longer counts though it is still reported: by its source's own words, by time, or until a person decides. */
const stopped: readonly EntryState[] = ["ended", "faded", "revoked", "review"];

/** Counts rows key by key. */
export class StateTally {
  readonly #counts = new Map<EntryState, number>();
  readonly #stopped = new Map<EntryState, number>();
  readonly #now: Compiling;
  readonly #before: Compiling | undefined;
  readonly #isTotal: boolean;

  /**
   * @param beforeAt up to when rows were compiled before, Unix seconds; undefined where they were not
   * @param isTotal whether all rows are counted, or only by how much those that are given differ
   */
  constructor(now: Compiling, beforeAt: number | undefined, isTotal: boolean) {
    this.#now = now;
    this.#before = beforeAt === undefined ? undefined : { ...now, at: beforeAt };
    this.#isTotal = isTotal;
  }

  /** @param counts whether each of the rows counts now */
  add({ rows, changed }: KeyRows, counts: (row: number) => boolean): void {
    rows.forEach((row, i) => {
      const now = stateOf(row, counts(i), this.#now);
      const before = this.#stateBefore(row, changed);
      if (before !== undefined && !this.#isTotal) add(this.#counts, before, -1);
      add(this.#counts, now, 1);
      if (before === "current" && stopped.includes(now)) add(this.#stopped, now, 1);
    });
  }

  #stateBefore(row: WantedRow, changed: KeyRows["changed"]): EntryState | undefined {
    if (this.#before === undefined) return undefined;
    const was = changed.has(row) ? row.was : row;
    return was === undefined ? undefined : stateOf(was, countsAt(was, this.#before), this.#before);
  }

  /** Rows by state; `known` are those counted before. Undefined where these are needed and not known. */
  counts(known: RowCounts | undefined): RowCounts | undefined {
    if (this.#isTotal) return Object.fromEntries(this.#counts);
    if (known === undefined) return undefined;
    const sums = new Map(Object.entries(known)) as Map<EntryState, number>;
    for (const [state, count] of this.#counts) add(sums, state, count);
    return Object.fromEntries([...sums].filter(([, count]) => count !== 0));
  }

  /** Rows that counted before and no longer do, though they are still reported, by state. */
  get stopped(): RowCounts {
    return Object.fromEntries(this.#stopped);
  }
}

function add(counts: Map<EntryState, number>, state: EntryState, count: number): void {
  counts.set(state, (counts.get(state) ?? 0) + count);
}
