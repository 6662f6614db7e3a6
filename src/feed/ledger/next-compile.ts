/** When a source is to be compiled next though its list stays as it is. */
import type { Ledger } from "../../store/ledger.ts";
import type { Snapshots } from "../../store/snapshots.ts";

/**
 * Between two snapshots that come of fading alone. Rows that were first seen one by one fade one by one, and each snapshot is
 * kept for as long as history is; a confidence that took days to fall may fall an hour later.
 */
const fadeSeconds = 3600;

/**
 * Unix seconds: what begins or ends does so to the second, and what fades waits for others that do; undefined where nothing
 * will, and of a source that has no rows or no snapshot of them.
 */
export function nextCompile(
  name: string,
  { ledger, snapshots }: { readonly ledger: Ledger; readonly snapshots: Pick<Snapshots, "current"> },
): number | undefined {
  const source = ledger.sourceOf(name)?.source;
  const current = snapshots.current(name);
  if (source === undefined || current?.compiledFor === undefined) return undefined;
  const next = ledger.nextDue(source);
  const earliest = current.since + fadeSeconds;
  if (next === undefined || next >= earliest) return next;
  return ledger.nextDated(source, earliest) ?? earliest;
}
