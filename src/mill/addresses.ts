/**
 * What allow entries and blocks say of address prefixes. Resolvers take the longest prefix that matches, and the keys of
 * prefixes do not nest as those of names do, so containment is looked up here instead of on the merge's stack.
 */
import { flag } from "../indicator/collector.ts";
import { EntryCursor } from "../indicator/entry-block.ts";
import { type Prefix, prefixOfKey } from "../rpz/address.ts";
import type { OpenEntries } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";

/** Key of the name above all response-ip triggers. */
export const addressSection: Uint8Array = Buffer.from("rpz-ip\0", "latin1");
const none = -1;

export class AddressGuard {
  /** Allowed prefixes, by family and length, as the text of their octets. */
  readonly #allowed = new PrefixTable();
  /** Blocked prefixes that hold more than one address, with their action. */
  readonly #blocked = new PrefixTable();

  constructor(policy: ZonePolicy, open: OpenEntries) {
    for (const id of policy.allow) {
      for (const prefix of prefixesOf(open, id)) this.#allowed.add(prefix, 0);
    }
    // By rank: the first source to name a prefix decides its action.
    for (const source of policy.sources) {
      for (const prefix of prefixesOf(open, source.id)) {
        const single = prefix.length === 8 * prefix.octets.length;
        if (!single && this.#allowed.around(prefix, 0) === undefined) this.#blocked.add(prefix, source.action);
      }
    }
  }

  /** Whether an allow entry holds all of this prefix. */
  isAllowed(key: Uint8Array, keyBytes: number): boolean {
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    return prefix !== undefined && this.#allowed.around(prefix, 0) !== undefined;
  }

  /** The action of the longest blocked prefix that holds this one and more; -1 where there is none. */
  blockedAround(key: Uint8Array, keyBytes: number): number {
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    return (prefix && this.#blocked.around(prefix, 1)) ?? none;
  }
}

function* prefixesOf(open: OpenEntries, id: string): Generator<Prefix> {
  const cursor = new EntryCursor(open(id));
  cursor.seek(addressSection);
  for (; cursor.live; cursor.advance()) {
    const prefix = prefixOfKey(cursor.key.subarray(0, cursor.keyBytes));
    if (prefix === undefined) return;
    if (cursor.flags & flag.blockSelf) yield prefix;
  }
}

/** Prefixes by length; a look-up asks once for each length that occurs. */
class PrefixTable {
  readonly #byLength = new Map<string, Map<string, number>>();
  #lengths: number[] = [];

  add({ octets, length }: Prefix, action: number): void {
    const group = `${octets.length}/${length}`;
    let known = this.#byLength.get(group);
    if (known === undefined) {
      known = new Map<string, number>();
      this.#byLength.set(group, known);
      this.#lengths = [...new Set([...this.#lengths, length])].sort((a, b) => b - a);
    }
    const text = textOf(octets, length);
    if (!known.has(text)) known.set(text, action);
  }

  /** The action of the longest prefix that holds `inner` and is at least `shorter` bits shorter. */
  around({ octets, length }: Prefix, shorter: number): number | undefined {
    for (const candidate of this.#lengths) {
      if (candidate > length - shorter) continue;
      const action = this.#byLength.get(`${octets.length}/${candidate}`)?.get(textOf(octets, candidate));
      if (action !== undefined) return action;
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
