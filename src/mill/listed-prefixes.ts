/** The addresses and prefixes of a list, which stand behind its names. */
import { EntryCursor } from "../indicator/entry/block.ts";
import { addressSection, isAddressKey, type Prefix, prefixOfKey } from "../rpz/address.ts";
import type { OpenEntries } from "./inputs.ts";

/** The prefixes that one input lists with some of these bits, with all bits of their entries. */
export function* listedPrefixes(
  open: OpenEntries,
  id: string,
  bits: number,
): Generator<{ readonly prefix: Prefix; readonly flags: number }> {
  const cursor = new EntryCursor(open(id));
  cursor.seek(addressSection);
  for (; cursor.live; cursor.advance()) {
    const key = cursor.key.subarray(0, cursor.keyBytes);
    if (!isAddressKey(key)) return;
    const prefix = cursor.flags & bits ? prefixOfKey(key) : undefined;
    if (prefix !== undefined) yield { prefix, flags: cursor.flags };
  }
}
