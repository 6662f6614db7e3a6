/** When a source is to be compiled next though its list stays as it is. */
import type { Ledger } from "../../store/ledger.ts";
import type { Snapshot } from "../../store/snapshots.ts";

/**
 * Between two snapshots that come of fading alone. Rows that were first seen one by one fade one by one, and each snapshot is
 * kept for as long as history is; a confidence that took days to fall may fall an hour later.
 */
const fadeSeconds = 3600;

/**
 * Unix seconds: what begins or ends does so to the second, and what fades waits for others that do; undefined where nothing will.
 */
export function nextCompile(ledger: Ledger, source: number, { since }: Snapshot): number | undefined {
  const next = ledger.nextDue(source);
  const earliest = since + fadeSeconds;
  if (next === undefined || next >= earliest) return next;
  return ledger.nextDated(source, earliest) ?? earliest;
}
