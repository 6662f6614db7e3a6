/** An entry's key as people write it. */
import { keyToText } from "../../dns/name.ts";
import { prefixOfKey, prefixToText } from "../../rpz/address.ts";

/** The name, address or prefix of a key. */
export function shownKey(key: Uint8Array): string {
  const prefix = prefixOfKey(key);
  return prefix === undefined ? keyToText(key) : prefixToText(prefix);
}
