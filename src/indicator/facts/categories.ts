/**
 * From the words that feeds have for a kind of threat (MISP tags and galaxies, STIX labels and vocabularies, cells of tables) to the
 * categories that zones select by. A source's own table comes first, then one of well-known words.
 */

/** Words in any letter case, each with its category. */
export type CategoryTable = Readonly<Record<string, string>>;

/**
 * Well-known words by category, the more telling category first: of an entry with several words the first one here counts. Words are of the
 * MISP taxonomies rsit, ecsirt, enisa, circl, malware_classification, veris and domain-abuse, of MISP galaxies, and of the open
 * vocabularies of STIX 2.1 (section 10); a tag is looked up whole, then by its value alone.
 */
const wellKnown: readonly (readonly [category: string, words: string])[] = [
  [
    "csam",
    "csam csem child-porn child-pornography child-sexual-abuse child-sexual-exploitation child-sexual-abuse-material child-sexual-exploitation-or-abuse",
  ],
  ["ransomware", "ransomware"],
  [
    "c2",
    "c2 c&c cnc c2-server c2server c&c-server command-and-control command-control c2-domain botnet-cc botnet_cc malware-configuration",
  ],
  ["cryptojacking", "cryptojacking cryptomining cryptominer coinminer coin-miner resource-exploitation crypto-mining"],
  ["botnet", "botnet bot bots botnet-drone infected-system ddos-bot"],
  [
    "phishing",
    "phishing spear-phishing spearphishing phish phishing-attacks phishing-attack credential-phishing credential-harvesting masquerade",
  ],
  ["scam", "scam fraud scams fake-shop fakeshop investment-scam tech-support-scam unauthorized-use-of-resources"],
  ["spyware", "spyware stalkerware keylogger"],
  [
    "malware",
    "malware malicious-code malicious-software malware-distribution malware_distribution malware-download malware_download payload-delivery dropper downloader trojan remote-access-trojan rat worm virus backdoor bootkit rootkit exploit-kit wiper infostealer stealer loader banker malicious-activity adware",
  ],
  ["spam", "spam"],
];

const byWord: ReadonlyMap<string, number> = new Map(
  wellKnown.flatMap(([, words], place) => words.split(" ").map((word) => [word, place] as const)),
);

/** A tag with a value, as in `rsit:fraud="phishing"`, or without, as in `circl:phishing`. */
const tagParts = /^[^"]*[:=]"?([^":=]+)"?$/;

/** Reads words with a source's own table. */
export class Categories {
  readonly #own: ReadonlyMap<string, string>;
  /** Words that were looked up, since many entries have the same. */
  readonly #known = new Map<string, { readonly category: string; readonly place: number } | undefined>();

  constructor(own: CategoryTable = {}) {
    this.#own = new Map(Object.entries(own).map(([word, category]) => [plain(word), category]));
  }

  /** What the source's own table says of a word. */
  own(word: string): string | undefined {
    return this.#own.get(plain(word));
  }

  /** The category of an entry with such words: by the source's table the first that has one, else the most telling one. */
  of(words: Iterable<string>): string | undefined {
    let best: { readonly category: string; readonly place: number } | undefined;
    for (const word of words) {
      const found = this.#find(word);
      if (found !== undefined && (best === undefined || found.place < best.place)) best = found;
    }
    return best?.category;
  }

  #find(word: string) {
    if (this.#known.has(word)) return this.#known.get(word);
    const found = this.#look(word);
    if (this.#known.size === knownMax) this.#known.clear();
    this.#known.set(word, found);
    return found;
  }

  #look(word: string): { readonly category: string; readonly place: number } | undefined {
    const text = plain(word);
    const own = this.#own.get(text);
    if (own !== undefined) return { category: own, place: -1 };
    const place = byWord.get(slug(text)) ?? byWord.get(slug(tagParts.exec(text)?.[1] ?? ""));
    return place === undefined ? undefined : { category: wellKnown[place]?.[0] ?? "", place };
  }
}

const knownMax = 10_000;

function plain(word: string): string {
  return word.trim().toLowerCase();
}

function slug(text: string): string {
  return text.replaceAll(/[\s_]+/g, "-");
}
