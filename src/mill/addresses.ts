/**
 * What blocks, exceptions and allow entries say of address prefixes, of one trigger. Resolvers take the longest prefix that matches, and
 * the owner names of prefixes do not nest as those of names do, so what holds a prefix is looked up here instead of on
 * the merge's stack. As with names, the longest statement of each source counts, and of what is left the longest decides.
 */

import { allowFlag, flag } from "../indicator/entry/collector.ts";
import type { Prefix } from "../rpz/address.ts";
import type { AddressTrigger } from "../rpz/label.ts";
import type { Guarding } from "./guarding.ts";
import type { ListReader } from "./inputs.ts";
import { listedPrefixes } from "./listed-prefixes.ts";
import type { ZonePolicy } from "./policy.ts";
import { PrefixTable } from "./prefix-table.ts";
import { notTaken, type Ranks } from "./ranks.ts";

const none = -1;

/** The statements of each section, read where a rule of it is met. */
export class AddressSections {
  readonly #known = new Map<AddressTrigger, AddressStatements>();
  readonly #read: (trigger: AddressTrigger) => AddressStatements;

  constructor(policy: ZonePolicy, reader: ListReader, ranks: Ranks, guarding: Guarding) {
    this.#read = (trigger) => new AddressStatements(policy, reader, ranks, guarding, trigger);
  }

  of(trigger: AddressTrigger): AddressStatements {
    let statements = this.#known.get(trigger);
    if (statements === undefined) this.#known.set(trigger, (statements = this.#read(trigger)));
    return statements;
  }
}

export class AddressStatements {
  readonly #allowed = new PrefixTable();
  /** Of prefixes that hold more than one address: the ranks that block them, after the guards, and exceptions. */
  readonly #said = new PrefixTable();
  readonly #ranks: Ranks;
  readonly #sources: number;

  constructor(policy: ZonePolicy, reader: ListReader, ranks: Ranks, guarding: Guarding, trigger: AddressTrigger) {
    const allowing = new Set([trigger, "response-ip"] as const);
    for (const id of policy.allow) {
      for (const stated of allowing) {
        for (const { prefix } of listedPrefixes(reader, id, allowFlag.self, stated)) this.#allowed.add(prefix, 0);
      }
    }
    this.#ranks = ranks;
    this.#sources = policy.sources.length;
    policy.sources.forEach(({ id }, source) => {
      for (const { prefix, profile, flags } of listedPrefixes(reader, id, flag.blockSelf | flag.exemptSelf, trigger)) {
        if (prefix.length === 8 * prefix.octets.length) continue;
        // Before the blocks of all ranks of its source.
        if (flags & flag.exemptSelf) this.#said.add(prefix, numberOf(ranks.firstOf(source), false));
        const rank = flags & flag.blockSelf ? ranks.rankOf(source, profile) : notTaken;
        if (rank === notTaken || guarding.judgeAddress(prefix, source, trigger) !== undefined) continue;
        this.#said.add(prefix, numberOf(rank, true));
      }
    });
  }

  /** Whether an allow entry holds all of this prefix. */
  isAllowed(prefix: Prefix): boolean {
    return narrowest(this.#allowed, prefix, prefix.length) !== none;
  }

  /** What is done with a prefix that has no rule of its own: the verdict on the next wider one; -1 for nothing. */
  inherited(prefix: Prefix): number {
    const lengthMax = prefix.length - 1;
    const length = Math.max(narrowest(this.#said, prefix, lengthMax), narrowest(this.#allowed, prefix, lengthMax));
    if (length < 0 || narrowest(this.#allowed, prefix, length) !== none) return none;
    return this.#decide(prefix, length, undefined);
  }

  /** What wider prefixes do with one, the ranks in the set `exempt` left out; -1 for nothing. */
  blockedAround(prefix: Prefix, exempt: Int32Array): number {
    return this.#decide(prefix, prefix.length - 1, exempt);
  }

  #decide(prefix: Prefix, lengthMax: number, exempt: Int32Array | undefined): number {
    const { actions, sources } = this.#ranks;
    const settled = new Uint8Array(this.#sources);
    let action = none;
    this.#said.around(prefix, lengthMax, (number) => {
      const rank = number >> 1;
      const source = sources[rank] as number;
      if (settled[source] === 1) return false;
      settled[source] = 1;
      const counts = exempt === undefined || ((exempt[rank >> 5] as number) & (1 << (rank & 31))) === 0;
      if ((number & 1) === 0 || !counts) return false;
      action = actions[rank] as number;
      return true;
    });
    return action;
  }
}

/** A statement as a number: lower ranks first. */
function numberOf(rank: number, blocks: boolean): number {
  return 2 * rank + (blocks ? 1 : 0);
}

/** Bits of the narrowest prefix in a table, of at most `lengthMax` bits, that holds this one; -1 where none does. */
function narrowest(table: PrefixTable, prefix: Prefix, lengthMax: number): number {
  let length = none;
  table.around(prefix, lengthMax, (_, found) => {
    length = found.length;
    return true;
  });
  return length;
}
