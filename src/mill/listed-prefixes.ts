/** The addresses and prefixes of a list, which stand behind its names. */
import { EntryCursor } from "../indicator/entry/block.ts";
import { addressSection, isAddressKey, type Prefix, prefixOfKey } from "../rpz/address.ts";
import type { ListReader } from "./inputs.ts";

/** A prefix that an input lists, with the profile and all bits of the entry. */
interface ListedPrefix {
  readonly prefix: Prefix;
  readonly profile: number;
  readonly flags: number;
}

/** The entries of one input for prefixes, with some of these bits. */
export function* listedPrefixes({ open }: ListReader, id: string, bits: number): Generator<ListedPrefix> {
  const cursor = new EntryCursor(open(id));
  cursor.seek(addressSection);
  for (; cursor.live; cursor.advance()) {
    const key = cursor.key.subarray(0, cursor.keyBytes);
    if (!isAddressKey(key)) return;
    const prefix = cursor.flags & bits ? prefixOfKey(key) : undefined;
    if (prefix !== undefined) yield { prefix, profile: cursor.profile, flags: cursor.flags };
  }
}
