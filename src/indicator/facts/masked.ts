/**
 * What is shown in the place of a name of category `csam` (child sexual abuse material): to publish where that is, in a log or a
 * report that many read, is to help those who look for it. What is shown identifies nothing, and whoever has the name can still
 * tell that it is meant.
 */
import { createHmac } from "node:crypto";

/** The category whose names are masked. */
export const maskedCategory = "csam";

export function isMaskedCategory(category: string | undefined): boolean {
  return category === maskedCategory;
}

/** Digits of the digest: enough to tell the names of one report apart, and too few to prove anything. */
const digestDigits = 8;

/**
 * `[csam 3f2a9c1d].example`: the top-level domain, which says whom to ask, and a digest under a key of the installation, so that
 * nobody can find the name by trying many. Without a key, or of an address, less.
 */
export function maskedName(name: string, key: Uint8Array | undefined): string {
  const label = /\.([a-z][a-z0-9-]*)$/.exec(name)?.[1];
  const isName = label !== undefined && !label.startsWith("rpz-");
  const digest = key === undefined ? "" : ` ${digestOf(name, key)}`;
  return `[${maskedCategory}${digest}]${isName ? `.${label}` : ""}`;
}

function digestOf(name: string, key: Uint8Array): string {
  return createHmac("sha256", key).update(name).digest("hex").slice(0, digestDigits);
}

/** In the place of a line of which nobody can say what in it is a name. */
export const maskedText = `[${maskedCategory}]`;

/** Words for the category in lists of all kinds; a line with one of them may hold such a name. */
const words = /\bcs[ae]m\b|child[\s_-]*(?:porn|sexual)/i;

export function mentionsMasked(text: string): boolean {
  return words.test(text);
}
