/**
 * Judges rules for addresses by the prefixes that guards list. A rule inside such a prefix is at it, since each address
 * there is guarded, or beneath it where the guard is of class `network`; a rule for a wider prefix is above it.
 */
import { type GuardClass, guardFlag } from "../guard/class.ts";
import type { Judgement } from "../guard/guarded-names.ts";
import { type Extent, type Guard, judge, type Position } from "../guard/judge.ts";
import { addressKey, embeddedIpv4, type Prefix } from "../rpz/address.ts";
import { inputOfGuard, type ListReader } from "./inputs.ts";
import { listedPrefixes } from "./listed-prefixes.ts";
import { PrefixTable } from "./prefix-table.ts";

/** What a rule for a prefix is about: servers, or the clients that query. */
export type AddressExtent = Extract<Extent, "address" | "clients">;

export class GuardedAddresses {
  readonly #guards: readonly Guard[];
  readonly #prefixes = new PrefixTable();
  /** Guards that stop rules for prefixes shorter than this. */
  readonly #lengths: { readonly guard: number; readonly ipv4: number; readonly ipv6: number }[] = [];

  constructor(guards: readonly Guard[], reader: ListReader) {
    this.#guards = guards;
    guards.forEach((guard, i) => {
      const { computed } = guard;
      if (computed !== undefined) {
        if (computed.lengthMin !== undefined) this.#lengths.push({ guard: i, ...computed.lengthMin });
        return;
      }
      const bits = guardFlag.name | guardFlag.beneath;
      for (const { prefix } of listedPrefixes(reader, inputOfGuard(guard), bits)) this.#prefixes.add(prefix, i);
    });
  }

  /**
   * The verdict on a rule for a prefix, of the first guard that speaks of it or of the IPv4 addresses in it; undefined
   * where it is kept. `extent` is what the rule is compared with.
   */
  judge(prefix: Prefix, overridden: Uint8Array, extent: AddressExtent): Judgement | undefined {
    let found: { verdict: Judgement["verdict"]; guard: number; position: Position; listed: Prefix } | undefined;
    const take = (guard: number, position: Position, listed: Prefix): void => {
      if (overridden[guard] === 1 || (found !== undefined && found.guard <= guard)) return;
      const verdict = judge(this.#classOf(guard), position, extent);
      if (verdict !== "keep") found = { verdict, guard, position, listed };
    };
    for (const { guard, ipv4, ipv6 } of this.#lengths) {
      const length = prefix.octets.length === 4 ? ipv4 : ipv6;
      // Such a guard is as one that lists every prefix of that length, against what holds one.
      if (prefix.length < length) take(guard, "above", { octets: prefix.octets, length });
    }
    const inner = embeddedIpv4(prefix);
    for (const range of inner === undefined ? [prefix] : [prefix, inner]) {
      this.#prefixes.around(range, range.length, (guard, listed) => {
        // A network is guarded as a whole; of what other classes list, each address is.
        const isPart = listed.length < range.length && this.#classOf(guard) === "network";
        take(guard, isPart ? "beneath" : "at", listed);
        return false;
      });
      this.#prefixes.inside(range, (guard, listed) => {
        take(guard, "above", listed);
        return found?.guard === 0;
      });
    }
    return found && { ...found, listed: addressKey(found.listed) };
  }

  #classOf(guard: number): GuardClass {
    return (this.#guards[guard] as Guard).class;
  }
}
