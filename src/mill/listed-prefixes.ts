/** The addresses and prefixes that a list has for one trigger, which stand together in a section of their own. */
import { EntryCursor } from "../indicator/entry/block.ts";
import { type Prefix, prefixOfKey } from "../rpz/address.ts";
import type { AddressTrigger } from "../rpz/label.ts";
import { sectionKey, triggerOfKey } from "../rpz/section.ts";
import type { ListReader } from "./inputs.ts";

/** A prefix that an input lists, with the profile and all bits of the entry. */
interface ListedPrefix {
  readonly prefix: Prefix;
  readonly profile: number;
  readonly flags: number;
}

/** The entries of one input for prefixes, of one trigger, with some of these bits. */
export function* listedPrefixes(
  { open }: ListReader,
  id: string,
  bits: number,
  trigger: AddressTrigger = "response-ip",
): Generator<ListedPrefix> {
  const cursor = new EntryCursor(open(id));
  cursor.seek(sectionKey(trigger));
  for (; cursor.live; cursor.advance()) {
    const key = cursor.key.subarray(0, cursor.keyBytes);
    if (triggerOfKey(key) !== trigger) return;
    const prefix = cursor.flags & bits ? prefixOfKey(key) : undefined;
    if (prefix !== undefined) yield { prefix, profile: cursor.profile, flags: cursor.flags };
  }
}
