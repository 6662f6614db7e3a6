/** Figures out of samples, and how a row of the report is made of them. */

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One line of the report. `samples` and `against.samples` are in the same `unit` (s, ms, µs, octets, octets/s or octets
 * a record), and what is shown is their medians. The ratio is ours to theirs; `aim` holds it or the figure to a bound.
 */
export function row({ work, unit, samples, against, aim, details = {} }) {
  const value = median(samples);
  const made = { work, unit, value, samples, details };
  if (against !== undefined) {
    const theirs = median(against.samples);
    const best = (of) => (unit === "octets/s" ? Math.max(...of) : Math.min(...of));
    made.against = { ...against, value: theirs };
    made.ratio = value / theirs;
    // Less disturbed by whatever else the machine does.
    made.ratioOfBest = best(samples) / best(against.samples);
  }
  if (aim !== undefined) {
    const judged = aim.of === "ratio" ? made.ratio : value;
    made.aim = { ...aim, met: aim.atMost === undefined ? judged >= aim.atLeast : judged <= aim.atMost };
  }
  return made;
}

/** A count as people say it: `10 k`, `1 M`, `11.6 M`. */
export function sayCount(count) {
  if (count < 999_500) return `${Math.round(count / 1000)} k`;
  return `${Number((count / 1e6).toFixed(count < 99_500_000 ? 1 : 0))} M`;
}
