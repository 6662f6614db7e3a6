/** How sure a source is of a row, out of what it writes: a number, a percentage, a share, or a word. */

/** What the highest number of a column may be. */
export const confidenceScales = [1, 10, 100] as const;
export type ConfidenceScale = (typeof confidenceScales)[number];

/**
 * A confidence of 0..100, rounded down, so that nothing counts as surer than it was said to be: a number on the scale, with
 * a point or a comma in it or not, a percentage, `85/100`, or a word of STIX 2.1 appendix A ("None / Low / Med / High"), of
 * MISP's taxonomy `misp:confidence-level`, of everyday language, or of the Admiralty scale (`B`, or `B2`, of which the letter
 * is the source's reliability). Undefined for anything else: a number beyond the scale, Admiralty's F ("cannot be judged"), and on the scale of
 * 100 what lies between 0 and 1, which is a fraction of something.
 */
export function confidenceOf(text: string, scale: ConfidenceScale = 100): number | undefined {
  const word = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, " ");
  const [, share, whole, percent] = /^(\d{1,4}(?:[.,]\d+)?)(?: ?\/ ?(\d{1,4})| ?(%))?$/.exec(word) ?? [];
  if (share === undefined) return confidenceWords.get(word.replaceAll("-", " ")) ?? admiraltyOf(word);
  const value = Number(share.replace(",", "."));
  const most = percent === undefined ? Number(whole ?? scale) : 100;
  if (value > most || most === 0 || (most === 100 && value > 0 && value < 1)) return undefined;
  // Of 0.29 the hundredfold is 28.999999999999996.
  return Math.floor((100 * value) / most + 1e-9);
}

/** Whether a text is a number between 0 and 1. */
export function isFraction(text: string): boolean {
  return /^\s*0[.,]\d*[1-9]\d*\s*$/.test(text);
}

/** Reliability of the source, with the credibility of what it says behind it or not. */
function admiraltyOf(word: string): number | undefined {
  const [, letter] = /^([a-e])[1-6]?$/.exec(word) ?? [];
  return letter === undefined ? undefined : 25 * ("e".charCodeAt(0) - letter.charCodeAt(0));
}

const wordsByConfidence: Readonly<Record<number, string>> = {
  // STIX 2.1, appendix A, and MISP's taxonomy misp:confidence-level.
  0: "none, unconfident",
  5: "very low, sehr niedrig, sehr gering, très faible, zeer laag, muy bajo, muy baja, molto basso, molto bassa, bardzo niski, bardzo niska",
  15: "low, niedrig, gering, faible, laag, bajo, baja, basso, bassa, niski, niska",
  25: "rarely confident",
  50: "med, medium, moderate, mittel, moyen, moyenne, gemiddeld, medio, media, średni, średnia, fairly confident",
  75: "usually confident",
  // No standard says how much surer than high very high is.
  85: "high, very high, hoch, sehr hoch, élevé, élevée, haute, très élevé, très élevée, hoog, zeer hoog, alto, alta, muy alto, muy alta, molto alto, molto alta, wysoki, wysoka, bardzo wysoki, bardzo wysoka",
  100: "completely confident",
};
const confidenceWords: ReadonlyMap<string, number> = new Map(
  Object.entries(wordsByConfidence).flatMap(([value, words]) =>
    words.split(", ").map((word) => [word, Number(value)] as const),
  ),
);
