/** What a source would bring that is in no store: who has its names already, what guards do to them, and what zones would do with them. */
import { compareStarts } from "../base/bytes.ts";
import { mayTake } from "../config/selection.ts";
import type { Config, ListSourceConfig } from "../config/types.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import type { GuardClass } from "../guard/class.ts";
import { guardClasses } from "../guard/class.ts";
import { type EntryBlocks, EntryCursor } from "../indicator/entry/block.ts";
import { blockSelfBits, flag } from "../indicator/entry/collector.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import { type Counts, noCounts } from "./counts.ts";
import { type GuardEffect, guardHits } from "./guard-hits.ts";
import type { ListReader } from "./inputs.ts";
import { Merge, type NodeSink, none } from "./merge.ts";
import { policyOf } from "./policy.ts";

/** Names shown of each thing. */
const samplesMax = 5;

/** How much of a list another one has. */
export interface Shared {
  readonly id: string;
  /** Names that it has as well. */
  readonly same: number;
  /** Names of the tried list beneath names that it has with all beneath. */
  readonly beneath: number;
  readonly samples: readonly string[];
}

/** Compares a list with others, one after the other, and knows in the end how many of its names no other has. */
export class Overlap {
  readonly #open: () => EntryBlocks;
  readonly #isShared: Uint8Array;
  #shared = 0;

  constructor(open: () => EntryBlocks, names: number) {
    this.#open = open;
    this.#isShared = new Uint8Array(names);
  }

  /** Names that no list has, of those that were compared. */
  get alone(): number {
    return this.#isShared.length - this.#shared;
  }

  /** `self` and `beneath` are the bits by which the other list speaks of a name, and of what lies beneath it. */
  compare(id: string, blocks: EntryBlocks, self: number, beneath: number): Shared {
    const [own, other] = [new EntryCursor(this.#open()), new EntryCursor(blocks)];
    own.rewind();
    other.rewind();
    const cover = new Cover();
    let [same, covered, name] = [0, 0, 0];
    const samples: string[] = [];
    for (; own.live; own.advance()) {
      // The entries of one name stand side by side.
      const isLast = !own.repeats;
      if (!isLast) continue;
      const { key, keyBytes } = own;
      let order = -1;
      while (other.live) {
        order = compareStarts(other.key, other.keyBytes, key, keyBytes);
        if (order >= 0) break;
        if (other.flags & beneath) cover.set(other.key, other.keyBytes);
        other.advance();
      }
      let isSame = false;
      for (let isAt = other.live && order === 0; isAt && other.live; ) {
        if (other.flags & (self | beneath)) isSame = true;
        if (other.flags & beneath) cover.set(other.key, other.keyBytes);
        isAt = other.repeats;
        other.advance();
      }
      const isBeneath = !isSame && cover.holds(key, keyBytes);
      if (isSame) same += 1;
      if (isBeneath) covered += 1;
      if (isSame || isBeneath) {
        if (samples.length < samplesMax) samples.push(shownKey(key.slice(0, keyBytes)));
        if (this.#isShared[name] === 0) this.#shared += 1;
        this.#isShared[name] = 1;
      }
      name += 1;
    }
    return { id, same, beneath: covered, samples };
  }
}

/** The widest name at hand that holds what lies beneath it: in key order a name is a prefix of all that does. */
class Cover {
  readonly #key = new Uint8Array(256);
  #bytes = 0;

  set(key: Uint8Array, keyBytes: number): void {
    if (this.holds(key, keyBytes)) return;
    this.#key.set(key.subarray(0, keyBytes));
    this.#bytes = keyBytes;
  }

  holds(key: Uint8Array, keyBytes: number): boolean {
    if (this.#bytes === 0 || keyBytes <= this.#bytes) return false;
    for (let i = 0; i < this.#bytes; i++) if (key[i] !== this.#key[i]) return false;
    return true;
  }
}

/** Bits by which a source blocks a name, and what lies beneath. */
export const sourceBits = { self: blockSelfBits, beneath: flag.blockBeneath } as const;

/** What guards of a class do to the names of a list. */
export interface ClassHits {
  readonly class: GuardClass;
  readonly stopped: number;
  readonly narrowed: number;
  readonly samples: readonly GuardEffect[];
}

/** By class, the one that is about the best known names first. */
export function hitsByClass(
  source: ListSourceConfig,
  config: Pick<Config, "guards">,
  zone: ZoneConfig,
  reader: ListReader,
): readonly ClassHits[] {
  // Guards of any zone count.
  const guards = config.guards.map(({ zones: _, ...guard }) => guard);
  const policy = policyOf(zone, { sources: [source], allow: [], guards });
  const hits = new Map<GuardClass, { stopped: number; narrowed: number; samples: GuardEffect[] }>();
  for (const effect of guardHits(policy, reader)) {
    let found = hits.get(effect.class);
    if (found === undefined) hits.set(effect.class, (found = { stopped: 0, narrowed: 0, samples: [] }));
    if (effect.verdict === "stop") found.stopped += 1;
    else found.narrowed += 1;
    keepShortest(found.samples, effect);
  }
  return [...hits]
    .map(([guardClass, found]) => ({ class: guardClass, ...found }))
    .toSorted((a, b) => guardClasses.indexOf(a.class) - guardClasses.indexOf(b.class));
}

/** Keeps the few that matter most: names of few labels, then short ones, stand for more than others. */
function keepShortest(samples: GuardEffect[], effect: GuardEffect): void {
  const isLess = (a: string, b: string): boolean => weightOf(a) < weightOf(b);
  let at = samples.length;
  while (at > 0 && isLess(effect.matched, (samples[at - 1] as GuardEffect).matched)) at -= 1;
  if (at < samplesMax) samples.splice(at, 0, effect);
  if (samples.length > samplesMax) samples.pop();
}

function weightOf(name: string): number {
  return 1000 * name.split(".").length + name.length;
}

/** What a zone would do with a list. */
export interface ZoneTrial {
  readonly apex: string;
  /** Rules that the zone has by the lists there are, and those that it would have more, or fewer, with this one. */
  readonly rules: number;
  readonly added: number;
  /** Names that are dropped since a rule above them does the same, that an allow list holds, and that the zone does not select. */
  readonly covered: number;
  readonly allowed: number;
  readonly unselected: number;
}

/** Undefined where the zone takes nothing of the source. */
export function tryZone(
  zone: ZoneConfig,
  config: Pick<Config, "sources" | "allow" | "guards">,
  source: ListSourceConfig,
  reader: ListReader,
): ZoneTrial | undefined {
  if (!mayTake(zone.take, source)) return undefined;
  const merged = (sources: Config["sources"]): CountingSink => {
    const sink = new CountingSink();
    new Merge(policyOf(zone, { ...config, sources }), reader, sink).run();
    return sink;
  };
  const others = config.sources.filter(({ id }) => id !== source.id);
  const [before, after] = [merged(others), merged([...others, source])];
  const more = (name: "covered" | "allowed" | "unselected"): number => after.counts[name] - before.counts[name];
  return {
    apex: zone.apex,
    rules: before.rules,
    added: after.rules - before.rules,
    covered: more("covered"),
    allowed: more("allowed"),
    unselected: more("unselected"),
  };
}

class CountingSink implements NodeSink {
  readonly counts: Counts = noCounts();
  rules = 0;

  node(_key: Uint8Array, _keyBytes: number, self: number, beneath: number): void {
    if (self !== none || beneath !== none) this.rules += 1;
  }
}
