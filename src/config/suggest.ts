/** Finds the word that someone probably meant. */

/** Edits between two words: insertions, deletions, replacements and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The known word nearest to `word`, letter case aside; undefined where none is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Nobody mistypes a word of this length, and the table of edits grows with its square.
  if (word.length > 64) return undefined;
  const wanted = word.toLowerCase();
  const near = Math.ceil(word.length / 3);
  let best: string | undefined;
  let bestDistance = near + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean "…"?)`, or nothing where no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined || meant === word ? "" : ` (did you mean "${meant}"?)`;
}
