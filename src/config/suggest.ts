/** Finds the word that someone probably meant. */
import { editDistance } from "../base/edit-distance.ts";

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
