/** How many rows of a source are in each state, in words. */
import { number } from "../base/counted.ts";
import { entryStates } from "../feed/ledger/states.ts";
import type { RowCounts } from "../store/ledger-states.ts";
import type { ListedFeed, Store } from "./store.ts";

/** Of a source whose entries have facts, how many of its rows are in each state; undefined of other lists. */
export function rowsOf({ role, list }: ListedFeed, { ledger }: Pick<Store, "ledger">): RowCounts | undefined {
  return role === "block" ? ledger.sourceOf(list.id)?.states : undefined;
}

/** Whether all rows count, so that the number of names says enough. */
export function isPlain(counts: RowCounts): boolean {
  return entryStates.every((state) => state === "current" || (counts[state] ?? 0) === 0);
}

/** `2 current, 3 ended`; empty where there are none. */
export function statesInWords(counts: RowCounts): string {
  return entryStates
    .flatMap((state) => {
      const count = counts[state] ?? 0;
      return count > 0 ? [`${number(count)} ${state === "review" ? waitInWords(count) : state}`] : [];
    })
    .join(", ");
}

function waitInWords(count: number): string {
  return count === 1 ? "waits for review" : "wait for review";
}
