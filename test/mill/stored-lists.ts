/** Lists in a store of their own, as a zone is built from them and explained by them. */
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import type { AllowConfig, Config, GuardListConfig, ListSourceConfig } from "../../src/config/types.ts";
import type { ZoneConfig } from "../../src/config/zone-types.ts";
import { keyOfText } from "../../src/dns/name.ts";
import type { Guard } from "../../src/guard/judge.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { EntryBlockWriter } from "../../src/indicator/entry/block.ts";
import { explainName, type ZoneVerdict } from "../../src/mill/explain.ts";
import { openCurrent } from "../../src/mill/inputs.ts";
import { Merge } from "../../src/mill/merge.ts";
import { policyOf } from "../../src/mill/policy.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { type AnyEntries, RuleSink, type Statements } from "./entries.ts";

/** Entries by the octets of their keys, with their flags, or with flags by profile. */
export type KeyEntries = readonly (readonly [Uint8Array, number | Statements])[];
export type Lists = Pick<Config, "sources" | "allow" | "guards" | "zones">;

const list = {
  from: "/list",
  format: "domains",
  where: {},
  wildcard: "subtree",
  limit: { percent: 50, entries: 1000 },
  expandedBytesMax: 1e9,
} as const;

export const sourceOf = (id: string, i: number, more: Partial<ListSourceConfig> = {}): ListSourceConfig => ({
  id,
  ...list,
  category: `c${i % 2}`,
  confidence: 90 - i,
  tlp: "clear",
  pap: "clear",
  localData: "block",
  unknownTld: "keep",
  allowPublicSuffix: false,
  overrideGuards: [],
  trust: "automatic",
  ...more,
});

export const allowOf = (id: string): AllowConfig => ({ id, ...list, strict: true });

export const guardOf = ({ id, class: guardClass }: Guard): GuardListConfig => ({
  id,
  class: guardClass,
  from: "/list",
  format: "domains",
  scope: "exact",
  strict: false,
  builtIn: false,
});

export const zone: ZoneConfig = {
  definedIn: "/zone.yaml",
  apex: "rpz.test",
  take: {
    sources: [],
    categories: ["c0", "c1"],
    minConfidence: 0,
    maxTlp: "amber",
    maxPap: "green",
    audience: "others",
    triggers: ["qname", "response-ip"],
  },
  action: { default: "nxdomain", byCategory: { c0: "nxdomain", c1: "nodata" } },
  ttl: 60,
  soa: { mname: "localhost", rname: "hostmaster.rpz.test", refresh: 60, retry: 30, expire: 600, minimum: 60 },
  ns: ["localhost"],
  transfer: [],
  file: false,
  keep: { versions: 1, seconds: 1 },
  limit: { percent: 50, rules: 5000 },
};

export const byName = (entries: AnyEntries): KeyEntries =>
  [...entries].map(([name, said]) => [keyOfText(name), said] as const);

export class StoredLists {
  readonly #db = openForWriting(":memory:");
  readonly snapshots = new Snapshots(this.#db);

  close(): void {
    this.#db.close();
  }

  /** Makes entries the snapshot that counts for a list. */
  store(id: string, entries: KeyEntries, firstSeen = 1_600_000_000): void {
    const { snapshots } = this;
    const draft = snapshots.begin(id);
    const writer = new EntryBlockWriter((block) => snapshots.writeBlocks(draft, "entries", [block]));
    const sorted = [...entries].sort(([a], [b]) => Buffer.compare(a, b));
    for (const [key, said] of sorted) {
      const statements: Statements = typeof said === "number" ? [[0, said]] : said;
      for (const [profile, flags] of statements) writer.add(key, 0, key.length, flags, firstSeen, profile);
    }
    writer.flush();
    const facts = { fingerprint: "", format: "domains", lines: 0, duplicates: 0, rejects: {}, previous: undefined };
    const counted = { takenAt: 1_700_000_000, entries: writer.total, changes: undefined, ...facts };
    snapshots.commit(draft, counted, "all");
  }

  /** Stores lists as sources s0, s1 … and allow lists a0, a1 …; the guards are those that come with the program. */
  worldOf(sources: readonly KeyEntries[], allow: readonly KeyEntries[]): Lists {
    sources.forEach((entries, i) => this.store(`s${i}`, entries));
    allow.forEach((entries, i) => this.store(`a${i}`, entries));
    return {
      sources: sources.map((_, i) => sourceOf(`s${i}`, i)),
      allow: allow.map((_, i) => allowOf(`a${i}`)),
      guards: builtInGuards.filter((guard) => guard.class === "public-suffix"),
      zones: [zone],
    };
  }

  /** Stores guards in the place of those that a configuration has. */
  withGuards(config: Lists, guards: readonly (Guard & { readonly listed: KeyEntries })[]): Lists {
    for (const { id, listed } of guards) this.store(storedNameOfGuard(id), listed);
    return { ...config, guards: guards.map(guardOf) };
  }

  /** What the merge makes of these lists. */
  merged(config: Lists): RuleSink {
    const sink = new RuleSink();
    const [only = zone] = config.zones;
    new Merge(policyOf(only, config), openCurrent(this.snapshots), sink).run();
    return sink;
  }

  verdictOf(name: string, config: Lists): ZoneVerdict | undefined {
    const { verdicts } = explainName(name, config, this.snapshots);
    if (verdicts.length > 1) throw new Error(`${verdicts.length} verdicts of one zone`);
    return verdicts[0];
  }
}
