/**
 * What blocks, exceptions and allow entries say of address prefixes. Resolvers take the longest prefix that matches, and
 * the keys of prefixes do not nest as those of names do, so what holds a prefix is looked up here instead of on the
 * merge's stack. As with names, the longest statement of each source counts, and of what is left the longest decides.
 */

import { EntryCursor } from "../indicator/entry/block.ts";
import { flag } from "../indicator/entry/collector.ts";
import { type Prefix, prefixOfKey } from "../rpz/address.ts";
import type { OpenEntries } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";

/** Key of the name above all response-ip triggers. */
export const addressSection: Uint8Array = Buffer.from("rpz-ip\0", "latin1");
const none = -1;

/** What one source says of a prefix. */
interface Statement {
  readonly rank: number;
  readonly blocks: boolean;
}

export class AddressGuard {
  readonly #allowed = new PrefixTable<true>();
  /** Of prefixes that hold more than one address: statements by rank. */
  readonly #said = new PrefixTable<Statement[]>();
  /** Of each source by rank, what it does. */
  readonly #actions: readonly number[];

  constructor(policy: ZonePolicy, open: OpenEntries) {
    for (const id of policy.allow) {
      for (const { prefix, flags } of prefixesOf(open, id)) {
        if (flags & flag.blockSelf) this.#allowed.set(prefix, true);
      }
    }
    this.#actions = policy.sources.map(({ action }) => action);
    policy.sources.forEach(({ id }, rank) => {
      for (const { prefix, flags } of prefixesOf(open, id)) {
        if (prefix.length === 8 * prefix.octets.length) continue;
        const statement = { rank, blocks: (flags & flag.exemptSelf) === 0 };
        const others = this.#said.get(prefix);
        if (others === undefined) this.#said.set(prefix, [statement]);
        else others.push(statement);
      }
    });
  }

  /** Whether an allow entry holds all of this prefix. */
  isAllowed(key: Uint8Array, keyBytes: number): boolean {
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    return prefix !== undefined && this.#isAllowed(prefix);
  }

  #isAllowed(prefix: Prefix): boolean {
    return this.#allowed.around(prefix, prefix.length).next().done === false;
  }

  /** What is done with a prefix that has no rule of its own: the verdict on the next wider one; -1 for nothing. */
  inherited(key: Uint8Array, keyBytes: number): number {
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    if (prefix === undefined) return none;
    const wider = [this.#said, this.#allowed].map((table) => table.around(prefix, prefix.length - 1).next().value);
    const length = Math.max(...wider.map((found) => found?.length ?? none));
    if (length < 0) return none;
    const next = { octets: prefix.octets, length };
    return this.#isAllowed(next) ? none : this.#decide(next, length, undefined);
  }

  /** What wider prefixes do with one, the sources in the set `except` (bits by rank) left out; -1 for nothing. */
  blockedAround(key: Uint8Array, keyBytes: number, exempt: Int32Array): number {
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    return prefix === undefined ? none : this.#decide(prefix, prefix.length - 1, exempt);
  }

  #decide(prefix: Prefix, lengthMax: number, exempt: Int32Array | undefined): number {
    const settled = new Set<number>();
    for (const { value } of this.#said.around(prefix, lengthMax)) {
      for (const { rank, blocks } of value) {
        if (settled.has(rank)) continue;
        settled.add(rank);
        const counts = exempt === undefined || ((exempt[rank >> 5] as number) & (1 << (rank & 31))) === 0;
        if (blocks && counts) return this.#actions[rank] as number;
      }
    }
    return none;
  }
}

function* prefixesOf(open: OpenEntries, id: string): Generator<{ readonly prefix: Prefix; readonly flags: number }> {
  const cursor = new EntryCursor(open(id));
  cursor.seek(addressSection);
  for (; cursor.live; cursor.advance()) {
    const prefix = prefixOfKey(cursor.key.subarray(0, cursor.keyBytes));
    if (prefix === undefined) return;
    if (cursor.flags & (flag.blockSelf | flag.exemptSelf)) yield { prefix, flags: cursor.flags };
  }
}

/** Values by prefix; a look-up asks once for each length that occurs. */
class PrefixTable<T> {
  readonly #byLength = new Map<string, Map<string, T>>();
  /** Longest first. */
  #lengths: number[] = [];

  get({ octets, length }: Prefix): T | undefined {
    return this.#byLength.get(`${octets.length}/${length}`)?.get(textOf(octets, length));
  }

  set({ octets, length }: Prefix, value: T): void {
    const group = `${octets.length}/${length}`;
    let known = this.#byLength.get(group);
    if (known === undefined) {
      known = new Map<string, T>();
      this.#byLength.set(group, known);
      this.#lengths = [...new Set([...this.#lengths, length])].sort((a, b) => b - a);
    }
    known.set(textOf(octets, length), value);
  }

  /** Values of the prefixes of at most `lengthMax` bits that hold this one, the longest first. */
  *around({ octets }: Prefix, lengthMax: number): Generator<{ readonly length: number; readonly value: T }, undefined> {
    for (const length of this.#lengths) {
      const value = length > lengthMax ? undefined : this.get({ octets, length });
      if (value !== undefined) yield { length, value };
    }
    return undefined;
  }
}

/** The first `length` bits as text. */
function textOf(octets: Uint8Array, length: number): string {
  const whole = length >> 3;
  const rest = length & 7;
  const last = rest === 0 ? "" : String.fromCharCode((octets[whole] as number) & (0xff << (8 - rest)));
  return Buffer.from(octets.subarray(0, whole)).toString("latin1") + last;
}
