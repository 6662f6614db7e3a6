/**
 * What can be known of an entry besides that it is listed: how sure, how confidential, who says so, what it belongs to.
 * Each may be unknown; then what the source's configuration says of all its entries counts.
 */

/** Traffic Light Protocol 2.0 (FIRST), least confidential first; the place in the list is what is stored. */
export const tlps = ["clear", "green", "amber", "amber+strict", "red"] as const;
export type Tlp = (typeof tlps)[number];

/** Permissible Actions Protocol (MISP taxonomy "PAP"), freest first; the place in the list is what is stored. */
export const paps = ["clear", "green", "amber", "red"] as const;
export type Pap = (typeof paps)[number];

/** Whom MISP lets see something: the place in the list is MISP's number. 5, "inherit", is resolved before it comes here. */
export const distributions = ["organisation", "community", "connected", "all", "sharing-group"] as const;
export type Distribution = (typeof distributions)[number];

export interface Facts {
  /** As the policy of a zone names it: lower case. */
  readonly category?: string;
  /** 0..100 */
  readonly confidence?: number;
  readonly tlp?: Tlp;
  readonly pap?: Pap;
  readonly distribution?: Distribution;
  /** UUID or name of the sharing group, where that is the distribution. */
  readonly sharingGroup?: string;
  /** Who reported it. */
  readonly organisation?: string;
  /** Campaign or malware family. */
  readonly campaign?: string;
  /** Whether the source must not be named to anybody outside (`ex:chr`). */
  readonly hidesSource?: boolean;
}

/** Octets of a name or label among the facts; longer ones are cut. */
const labelBytesMaxDefault = 200;

/** TLP 1 and 2 in the spellings that feeds use: `TLP:AMBER+STRICT`, `tlp:white`, `Amber`; undefined for anything else. */
export function tlpOf(text: string): Tlp | undefined {
  const level = levelOf(text, "tlp");
  const modern =
    level === "white" ? "clear" : level === "amber-strict" || level === "amber strict" ? "amber+strict" : level;
  return tlps.find((tlp) => tlp === modern);
}

/** `PAP:GREEN`, `pap:white`, `Red`; undefined for anything else. */
export function papOf(text: string): Pap | undefined {
  const level = levelOf(text, "pap");
  return paps.find((pap) => pap === (level === "white" ? "clear" : level));
}

function levelOf(text: string, protocol: string): string {
  const level = text.trim().toLowerCase().replaceAll("_", "-");
  return level.startsWith(`${protocol}:`) ? level.slice(protocol.length + 1).trim() : level;
}

/**
 * A confidence of 0..100: a number, a percentage, or a word of STIX 2.1 appendix A ("None / Low / Med / High"), of MISP's
 * taxonomy `misp:confidence-level`, or of the Admiralty scale's reliability (a..e). A fraction such as 0.8 is not taken for
 * a percentage, nor for nothing: it is undefined, since feeds mean either.
 */
export function confidenceOf(text: string): number | undefined {
  const word = text.trim().toLowerCase().replace(/%$/, "").trim();
  if (/^\d{1,3}(?:\.0+)?$/.test(word)) {
    const value = Number(word);
    return value <= 100 ? value : undefined;
  }
  return confidenceWords.get(word.replaceAll("_", "-"));
}

const confidenceWords: ReadonlyMap<string, number> = new Map([
  // STIX 2.1, appendix A
  ["none", 0],
  ["low", 15],
  ["med", 50],
  ["medium", 50],
  ["moderate", 50],
  ["high", 85],
  // MISP taxonomy misp:confidence-level
  ["completely-confident", 100],
  ["usually-confident", 75],
  ["fairly-confident", 50],
  ["rarely-confident", 25],
  ["unconfident", 0],
  // Admiralty scale, reliability of the source
  ["a", 100],
  ["b", 75],
  ["c", 50],
  ["d", 25],
  ["e", 0],
]);

/** MISP's number, or its name. */
export function distributionOf(text: string): Distribution | undefined {
  const word = text.trim().toLowerCase().replaceAll(/[ _]/g, "-");
  return /^[0-4]$/.test(word) ? distributions[Number(word)] : distributions.find((name) => name === word);
}

/** A category, an organisation or a campaign as it is kept: white space made single, cut; undefined where empty. */
export function labelOf(text: string, labelBytesMax: number = labelBytesMaxDefault): string | undefined {
  // Most are one word.
  if (text.length <= labelBytesMax && /^[!-~]+$/.test(text)) return text;
  const plain = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (plain === "") return undefined;
  const octets = Buffer.from(plain);
  return octets.length <= labelBytesMax ? plain : wholeCharacters(octets.subarray(0, labelBytesMax));
}

function wholeCharacters(octets: Buffer): string {
  return new TextDecoder().decode(octets, { stream: true }).trim();
}

/** The stricter of two markings; one that is unknown does not count. */
export function stricter<Level extends string>(levels: readonly Level[], a?: Level, b?: Level): Level | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return levels.indexOf(a) < levels.indexOf(b) ? b : a;
}
