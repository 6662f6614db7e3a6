/** What the tags and galaxy clusters of MISP say of an event or an attribute: markings, confidence, family, campaign, category. */
import type { Categories } from "./categories.ts";
import {
  type Facts,
  labelOf,
  type Pap,
  papOf,
  papPrefix,
  paps,
  stricter,
  type Tlp,
  tlpOf,
  tlpPrefix,
  tlps,
} from "./facts.ts";

/** What tags say together. */
export interface TagFacts
  extends Pick<Facts, "category" | "confidence" | "tlp" | "pap" | "campaign" | "family" | "hidesSource"> {
  /** A marking that cannot be read, as it stands; it counts as the strictest. */
  readonly unread?: string;
}

/** Galaxies whose clusters are malware families. */
const familyGalaxies: ReadonlySet<string> = new Set(
  "malpedia ransomware botnet rat stealer banker backdoor tool android exploit-kit tds cryptominers stalkerware mitre-malware mitre-tool mitre-enterprise-attack-malware mitre-enterprise-attack-tool mitre-mobile-attack-malware mitre-mobile-attack-tool".split(
    " ",
  ),
);
/** Galaxies whose clusters are who is behind something. */
const campaignGalaxies: ReadonlySet<string> = new Set(
  "threat-actor mitre-intrusion-set mitre-enterprise-attack-intrusion-set mitre-mobile-attack-intrusion-set mitre-campaign microsoft-activity-group 360net-threat-actor tidal-groups tidal-campaigns".split(
    " ",
  ),
);

const galaxyTag = /^misp-galaxy:([^=]+)="(.*)"$/i;
const admiralty = /^admiralty-scale:source-reliability="?([a-f])"?$/i;
const judgment = /^estimative-language:confidence-in-analytic-judgment="?(\w+)"?$/i;
const judgments: Readonly<Record<string, number>> = { low: 0, moderate: 55, high: 95 };
const hidden = /^tlp:\s*ex:\s*chr$/i;

/**
 * Reads the names of tags, those of what is nearest first: of families and campaigns the first counts, of markings the strictest,
 * and of what is said of the confidence the lowest.
 */
export function readTags(names: readonly string[], categories: Categories): TagFacts {
  let tlp: Tlp | undefined;
  let pap: Pap | undefined;
  let [hidesSource, unread, family, campaign]: [boolean, string | undefined, string?, string?] = [false, undefined];
  let confidence: number | undefined;
  const words: string[] = [];
  for (const name of names) {
    const tag = name.trim().toLowerCase();
    if (hidden.test(tag)) hidesSource = true;
    else if (tlpPrefix.test(tag)) {
      const level = tlpOf(tag);
      if (level === undefined) unread = name;
      tlp = stricter(tlps, tlp, level ?? "red");
    } else if (papPrefix.test(tag)) {
      const level = papOf(tag);
      if (level === undefined) unread = name;
      pap = stricter(paps, pap, level ?? "red");
    } else {
      const said = confidenceIn(tag);
      if (said !== undefined) confidence = Math.min(confidence ?? 100, said);
      const [, galaxy = "", cluster = ""] = galaxyTag.exec(name) ?? [];
      const kind = galaxy.toLowerCase();
      if (familyGalaxies.has(kind)) family ??= labelOf(cluster);
      else if (campaignGalaxies.has(kind)) campaign ??= labelOf(cluster);
      words.push(name);
      // The galaxy is a word, too: whatever ransomware a cluster is, it is ransomware.
      if (galaxy !== "") words.push(galaxy);
    }
  }
  const category = categories.of(words);
  return {
    ...(category === undefined ? {} : { category }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(tlp === undefined ? {} : { tlp }),
    ...(pap === undefined ? {} : { pap }),
    ...(campaign === undefined ? {} : { campaign }),
    ...(family === undefined ? {} : { family }),
    ...(hidesSource ? { hidesSource } : {}),
    ...(unread === undefined ? {} : { unread }),
  };
}

/** Admiralty's F, "cannot be judged", says nothing. */
function confidenceIn(tag: string): number | undefined {
  const letter = admiralty.exec(tag)?.[1];
  if (letter !== undefined) return letter === "f" ? undefined : 25 * ("e".charCodeAt(0) - letter.charCodeAt(0));
  return judgments[judgment.exec(tag)?.[1] ?? ""];
}

/**
 * Whether tags pass the filter of a source: none that stands there with `!` in front, and of those without it one at least. `%` stands for
 * any text, as in MISP.
 */
export function tagFilter(filter: readonly string[]): (names: readonly string[]) => boolean {
  const barred = filter.filter((word) => word.startsWith("!")).map((word) => patternOf(word.slice(1)));
  const wanted = filter.filter((word) => !word.startsWith("!")).map(patternOf);
  const hasOne = (names: readonly string[], patterns: readonly RegExp[]): boolean =>
    names.some((name) => patterns.some((pattern) => pattern.test(name)));
  return (names) => !hasOne(names, barred) && (wanted.length === 0 || hasOne(names, wanted));
}

function patternOf(word: string): RegExp {
  const escaped = word.trim().replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("%", ".*")}$`, "is");
}
