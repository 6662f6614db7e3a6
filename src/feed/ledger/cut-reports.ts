/**
 * Tells a list with facts whose last line may have been cut by a download that broke off: half a name is another name, and
 * half a row says something else.
 */
import { compareBytes, equalBytes } from "../../base/bytes.ts";
import type { Ledger } from "../../store/ledger.ts";
import { isShorter, type ShrinkingList } from "../cut-line.ts";
import { digestOf } from "./digest.ts";
import type { ReportsOfList } from "./reports.ts";

/**
 * Whether the last line of a source is to be left out: no line feed ends it, the list shrank, and the line names something new
 * or says of a name what no row has.
 */
export function mayReportsBeCut(ledger: Ledger, reports: ReportsOfList, list: ShrinkingList): boolean {
  const { cutKeys } = reports;
  if (cutKeys.length === 0 || !isShorter(list, reports.lines, ({ lines }) => lines)) return false;
  const known = ledger.sourceOf(list.current.source);
  if (known === undefined) return true;
  const digests = new Set(
    cutKeys.flatMap((key) =>
      ledger.rowsAt(known.source, key).flatMap(({ state, digest }) => (state === "withdrawn" ? [] : [digest])),
    ),
  );
  const last = cutKeys.reduce((a, b) => (compareBytes(a, b) < 0 ? b : a));
  for (const { key, flags, text } of reports.walk()) {
    if (compareBytes(key, last) > 0) break;
    if (cutKeys.some((cut) => equalBytes(cut, key)) && !digests.has(digestOf(flags, text))) return true;
  }
  return false;
}
