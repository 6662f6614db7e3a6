/** Of the reports of one name, when there are too many: those that decide whether, when and how it counts. */
import type { Collector } from "../../indicator/entry/collector.ts";
import type { EntryReports } from "../../indicator/entry/reports.ts";
import { readReport } from "../../indicator/facts/report.ts";

interface Span {
  readonly entry: number;
  readonly from: number;
  readonly until: number;
  readonly lastSeen: number;
}

/**
 * Gives `max` of the entries, or all. Of each combination of facts come first the few that together cover all the time that
 * its reports cover, and the one seen last; of these and of the rest first what ends last, and at the end what is revoked or cannot be read. So
 * the name counts when it would with all of them.
 */
export function mostTelling(
  { flags }: Collector,
  reports: EntryReports,
  entries: Uint32Array,
  max: number,
): Uint32Array {
  const groups = new Map<string, Span[]>();
  const uncounted: number[] = [];
  for (const entry of entries) {
    const { facts, validFrom, validUntil, lastSeen, ...said } = readReport(reports.textOf(entry));
    if (said.revoked || said.unreadable !== undefined) {
      uncounted.push(entry);
      continue;
    }
    const group = `${flags[entry]} ${facts}`;
    const span = {
      entry,
      from: validFrom ?? Number.NEGATIVE_INFINITY,
      until: validUntil ?? Number.POSITIVE_INFINITY,
      lastSeen: lastSeen ?? Number.POSITIVE_INFINITY,
    };
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [span]);
    else known.push(span);
  }
  const first = new Set<Span>();
  for (const spans of groups.values()) for (const span of cover(spans)) first.add(span);
  const rest = [...groups.values()].flat().filter((span) => !first.has(span));
  const ranked = [...[...first].sort(byEnd), ...rest.sort(byEnd)].map(({ entry }) => entry);
  return Uint32Array.from([...ranked, ...uncounted].slice(0, max));
}

const byEnd = (a: Span, b: Span): number =>
  a.until === b.until ? (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0) : a.until < b.until ? 1 : -1;

/** As few spans as cover what all do, and the one that was seen last. */
function cover(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : byEnd(a, b)));
  const chosen: Span[] = [];
  let seenLast = sorted[0] as Span;
  let covered = Number.NEGATIVE_INFINITY;
  let next: Span | undefined;
  for (const span of sorted) {
    if (span.lastSeen > seenLast.lastSeen) seenLast = span;
    if (span.until <= span.from) continue;
    // What begins after all that was looked at so far: the best of these is needed.
    if (next !== undefined && span.from > covered) {
      chosen.push(next);
      covered = next.until;
      next = undefined;
    }
    if (span.until > covered && (next === undefined || span.until > next.until)) next = span;
  }
  if (next !== undefined) chosen.push(next);
  return chosen.includes(seenLast) ? chosen : [...chosen, seenLast];
}
