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

/** The same, those that let most people see it first. */
export const distributionsByReach: readonly Distribution[] = [
  "all",
  "connected",
  "community",
  "sharing-group",
  "organisation",
];

export interface Facts {
  /** As the policy of a zone names it: lower case. */
  readonly category?: string;
  /** 0..100 */
  readonly confidence?: number;
  readonly tlp?: Tlp;
  readonly pap?: Pap;
  readonly distribution?: Distribution;
  /** The distribution is that of what contains it, and the strictest one as long as nothing says which that is. */
  readonly inheritsDistribution?: boolean;
  /** UUID or name of the sharing group, where that is the distribution. */
  readonly sharingGroup?: string;
  /** Who reported it. */
  readonly organisation?: string;
  /** What it belongs to: an operation, or who is behind it. */
  readonly campaign?: string;
  /** Malware family. */
  readonly family?: string;
  /** UUID of the MISP event, or of the STIX report or grouping, that it stands in: that of one thing, however it comes. */
  readonly event?: string;
  /** Whether the source must not be named to anybody outside (`ex:chr`). */
  readonly hidesSource?: boolean;
}

/** Octets of a name or label among the facts; longer ones are cut. */
const labelBytesMaxDefault = 200;

/** TLP 1 and 2 in the spellings that feeds use: `TLP:AMBER+STRICT`, `tlp:white`, `Amber`; undefined for anything else. */
export function tlpOf(text: string): Tlp | undefined {
  const level = levelOf(text, tlpPrefix);
  const modern = level === "white" ? "clear" : level.replace(/^amber ?[+ ] ?strict$/, "amber+strict");
  return tlps.find((tlp) => tlp === modern);
}

/** `PAP:GREEN`, `pap:white`, `Red`; undefined for anything else. */
export function papOf(text: string): Pap | undefined {
  const level = levelOf(text, papPrefix);
  return paps.find((pap) => pap === (level === "white" ? "clear" : level));
}

/** How a marking of each protocol starts where it names its protocol; `TLPv2:` is one, `tlpx:` is another word. */
export const tlpPrefix = /^tlp(?: ?v?\d(?:\.\d)?)?(?![a-z])[\s:]*/;
export const papPrefix = /^pap(?![a-z])[\s:]*/;

function levelOf(text: string, prefix: RegExp): string {
  return text.trim().toLowerCase().replaceAll(/[_-]/g, " ").replace(prefix, "");
}

/** MISP's number, or its name, in its own words or the short ones here; `inherit` is 5: what contains it says it. */
export function distributionOf(text: string): Distribution | "inherit" | undefined {
  const word = text.trim().toLowerCase().replaceAll(/[ _]/g, "-");
  if (/^[0-4]$/.test(word)) return distributions[Number(word)];
  return distributions.find((name) => name === word) ?? mispDistributions.get(word);
}

const mispDistributions: ReadonlyMap<string, Distribution | "inherit"> = new Map([
  ["your-organisation-only", "organisation"],
  ["your-organization-only", "organisation"],
  ["this-community-only", "community"],
  ["this-community", "community"],
  ["connected-communities", "connected"],
  ["all-communities", "all"],
  ["sharing-group-only", "sharing-group"],
  ["5", "inherit"],
  ["inherit", "inherit"],
  ["inherit-event", "inherit"],
]);

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
