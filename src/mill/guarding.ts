/**
 * What a zone's guards leave of what its sources say, source by source, before anything covers anything. The merge, the
 * changed ranges, `explain` and the list of hits all ask here.
 */
import { entriesOfComputed } from "../guard/computed.ts";
import { GuardedNames, type Judgement } from "../guard/guarded-names.ts";
import type { Extent } from "../guard/judge.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import { flag } from "../indicator/entry/collector.ts";
import { type Prefix, prefixOfKey } from "../rpz/address.ts";
import { type AddressTrigger, isAddressTrigger, type NameTrigger } from "../rpz/label.ts";
import { restOfKey, triggerOfKey } from "../rpz/section.ts";
import { type AddressExtent, GuardedAddresses } from "./guarded-addresses.ts";
import { GuardedRanges } from "./guarded-ranges.ts";
import { type Inputs, inputOfGuard, type ListReader } from "./inputs.ts";
import { listedPrefixes } from "./listed-prefixes.ts";
import type { PolicyGuard, PolicySource, ZonePolicy } from "./policy.ts";
import { notTaken, type Ranks } from "./ranks.ts";

/** A rule of one source that a guard stopped or narrowed. */
export interface GuardHit extends Judgement {
  /** Its number in the policy. */
  readonly source: number;
  /** What the rule blocks, as bits of `flag`. */
  readonly flags: number;
}

/** Blocks of an entry, as bits of `flag`. */
const blockBits = flag.blockSelf | flag.blockBeneath | flag.blockUrlHost;

/** What an entry with these bits of `flag` blocks; a name that is listed plainly is more than the host of a URL. */
export function blocksOfFlags(flags: number): number {
  return flags & flag.blockSelf ? flags & ~flag.blockUrlHost & blockBits : flags & blockBits;
}

/** What blocks of a name are to guards, by the trigger of their rule. */
const extentsOf: Readonly<Record<NameTrigger, Readonly<Record<"subtree" | "exact" | "urlHost", Extent>>>> = {
  qname: { subtree: "subtree", exact: "exact", urlHost: "url-host" },
  nsdname: { subtree: "name-servers", exact: "name-server", urlHost: "name-server" },
};

function moveTo(names: GuardedNames, name: Uint8Array): boolean {
  return names.moveTo(name, name.length);
}

export class Guarding {
  readonly #policy: ZonePolicy;
  readonly #reader: ListReader;
  readonly #ranks: Ranks;
  /** By source: 1 for each guard, by number, that it overrides. */
  readonly #overridden: readonly Uint8Array[];
  readonly #isActive: boolean;
  /** For names in key order, and for others, so that these do not put the walk back; and the same for those of name servers. */
  #walk: GuardedNames | undefined;
  #lookup: GuardedNames | undefined;
  #serverWalk: GuardedNames | undefined;
  #serverLookup: GuardedNames | undefined;
  #addresses: GuardedAddresses | undefined;
  /** By source, of each trigger. */
  readonly #ranges: Readonly<Record<AddressTrigger, GuardedRanges[]>> = {
    "response-ip": [],
    "client-ip": [],
    nsip: [],
  };
  readonly #hits: GuardHit[] = [];

  constructor(policy: ZonePolicy, reader: ListReader, ranks: Ranks) {
    this.#policy = policy;
    this.#reader = reader;
    this.#ranks = ranks;
    this.#overridden = policy.sources.map(({ overrideGuards }) =>
      Uint8Array.from(policy.guards, ({ id }) => (overrideGuards.includes(id) ? 1 : 0)),
    );
    this.#isActive = this.#overridden.some((guards) => guards.includes(0));
  }

  /**
   * Takes what guards stop off what the sources say of the name at hand. The hits are there until the next call.
   * @param inTurn whether names come in key order, with one name after the other
   */
  apply(inputs: Inputs, trigger: NameTrigger, inTurn: boolean): readonly GuardHit[] {
    const hits = this.#hits;
    hits.length = 0;
    if (!this.#isActive) return hits;
    const { key, keyBytes, words, self, beneath, urlHost } = inputs;
    const names = this.#namesFor(trigger, inTurn);
    const isSpokenOf =
      trigger === "qname" ? names.moveTo(key, keyBytes) : moveTo(names, restOfKey(trigger, key, keyBytes));
    if (!isSpokenOf) return hits;
    const { sources } = this.#ranks;
    for (let word = 0; word < words; word++) {
      let left = (self[word] as number) | (beneath[word] as number);
      while (left !== 0) {
        const bit = left & -left;
        left ^= bit;
        const isUrlHost = ((urlHost[word] as number) & bit) !== 0;
        let flags = ((self[word] as number) & bit) === 0 ? 0 : isUrlHost ? flag.blockUrlHost : flag.blockSelf;
        if ((beneath[word] as number) & bit) flags |= flag.blockBeneath;
        const source = sources[32 * word + (31 - Math.clz32(bit))] as number;
        const before = hits.length;
        const kept = this.#keep(names, trigger, source, flags, hits);
        // Ranks of a source that say the same are one rule to the guards.
        if (before > 0 && hits.findIndex((hit) => hit.source === source && hit.flags === flags) < before) {
          hits.length = before;
        }
        if ((kept & ~flag.blockBeneath) === 0) self[word] = (self[word] as number) & ~bit;
        if ((kept & flag.blockBeneath) === 0) beneath[word] = (beneath[word] as number) & ~bit;
      }
    }
    return hits;
  }

  /** The same for the address or prefix at hand. */
  applyToAddress(inputs: Inputs, trigger: AddressTrigger, prefix: Prefix): readonly GuardHit[] {
    const hits = this.#hits;
    hits.length = 0;
    if (!this.#isActive) return hits;
    const { count, sources } = this.#ranks;
    for (let rank = 0; rank < count; rank++) {
      const word = rank >> 5;
      const bit = 1 << (rank & 31);
      if (((inputs.self[word] as number) & bit) === 0) continue;
      const source = sources[rank] as number;
      const stop = this.judgeAddress(prefix, source, trigger);
      if (stop === undefined) continue;
      inputs.self[word] = (inputs.self[word] as number) & ~bit;
      if (hits.at(-1)?.source !== source) hits.push({ ...stop, source, flags: flag.blockSelf });
    }
    return hits;
  }

  /** What stops a source's rule for an address or prefix; undefined where nothing does. */
  judgeAddress(prefix: Prefix, source: number, trigger: AddressTrigger): Judgement | undefined {
    if (!this.#isActive) return undefined;
    const addresses = (this.#addresses ??= new GuardedAddresses(this.#policy.guards, this.#reader));
    const extent: AddressExtent = trigger === "client-ip" ? "clients" : "address";
    const overridden = this.#overridden[source] as Uint8Array;
    const judge = (one: Prefix): Judgement | undefined => addresses.judge(one, overridden, extent);
    const ranges = (this.#ranges[trigger][source] ??= new GuardedRanges(this.#partsOf(source, trigger), judge));
    return judge(prefix) ?? ranges.find(prefix);
  }

  /** The parts of ranges that a source lists, of entries that the zone takes. */
  *#partsOf(source: number, trigger: AddressTrigger): Generator<{ readonly prefix: Prefix }> {
    const { id } = this.#policy.sources[source] as PolicySource;
    for (const part of listedPrefixes(this.#reader, id, flag.rangePart, trigger)) {
      if (this.#ranks.rankOf(source, part.profile) !== notTaken) yield part;
    }
  }

  /** What guards leave of one entry of a source, with what they did; `flags` has bits of `flag`. */
  judgeEntry(key: Uint8Array, source: number, flags: number): { readonly flags: number; readonly hits: GuardHit[] } {
    const hits: GuardHit[] = [];
    if (!this.#isActive || (flags & blockBits) === 0) return { flags, hits };
    const trigger = triggerOfKey(key);
    if (isAddressTrigger(trigger)) {
      const prefix = prefixOfKey(key);
      const stop = prefix === undefined ? undefined : this.judgeAddress(prefix, source, trigger);
      if (stop === undefined) return { flags, hits };
      return { flags: flags & ~blockBits, hits: [{ ...stop, source, flags: flag.blockSelf }] };
    }
    const names = this.#namesFor(trigger, false);
    if (!moveTo(names, restOfKey(trigger, key))) return { flags, hits };
    return { flags: (flags & ~blockBits) | this.#keep(names, trigger, source, blocksOfFlags(flags), hits), hits };
  }

  /** What is kept of an entry's blocks at the name that `names` is at. */
  #keep(names: GuardedNames, trigger: NameTrigger, source: number, flags: number, hits: GuardHit[]): number {
    const { subtree, exact, urlHost } = extentsOf[trigger];
    const overridden = this.#overridden[source] as Uint8Array;
    const ask = (extent: Extent, remaining: number): Judgement["verdict"] | undefined => {
      const judgement = names.judge(extent, overridden);
      if (judgement === undefined) return undefined;
      // Without the name itself nothing is left of a narrowed rule.
      const verdict = remaining === 0 ? "stop" : judgement.verdict;
      hits.push({ ...judgement, verdict, source, flags });
      return verdict;
    };
    let kept = flags;
    if (flags & flag.blockBeneath) {
      const verdict = ask(subtree, flags & flag.blockSelf);
      if (verdict === "stop") kept &= ~(flag.blockSelf | flag.blockBeneath);
      else if (verdict === "narrow") kept &= ~flag.blockBeneath;
    } else if (flags & flag.blockSelf && ask(exact, 0) !== undefined) kept &= ~flag.blockSelf;
    if (flags & flag.blockUrlHost && ask(urlHost, 0) !== undefined) kept &= ~flag.blockUrlHost;
    return kept;
  }

  #namesFor(trigger: NameTrigger, inTurn: boolean): GuardedNames {
    if (trigger === "nsdname") {
      return inTurn
        ? (this.#serverWalk ??= this.#openNames("name-servers"))
        : (this.#serverLookup ??= this.#openNames("name-servers"));
    }
    return inTurn ? (this.#walk ??= this.#openNames("subtree")) : (this.#lookup ??= this.#openNames("subtree"));
  }

  #openNames(widest: "subtree" | "name-servers"): GuardedNames {
    return openGuardedNames(this.#policy.guards, this.#reader, widest);
  }
}

/** The names that guards list. `widest` is the widest extent that will be asked about. */
export function openGuardedNames(
  guards: readonly PolicyGuard[],
  { open }: Pick<ListReader, "open">,
  widest: "subtree" | "name-servers",
): GuardedNames {
  const openGuard = (guard: PolicyGuard): EntryBlocks =>
    guard.computed === undefined ? open(inputOfGuard(guard)) : entriesOfComputed(guard.computed);
  return new GuardedNames(guards, openGuard, widest);
}
