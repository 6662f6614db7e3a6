/** Hashes in patterns: those whose length shows that they are none make the pattern one that nobody checked. */
import type { Literal, ObjectPath } from "./pattern.ts";

/** Hexadecimal digits by algorithm, as the hash algorithm vocabulary of STIX names it. */
const digits: Readonly<Record<string, number>> = {
  MD5: 32,
  "SHA-1": 40,
  SHA1: 40,
  "SHA-224": 56,
  "SHA-256": 64,
  SHA256: 64,
  "SHA-384": 96,
  "SHA-512": 128,
  SHA512: 128,
  "SHA3-256": 64,
  "SHA3-512": 128,
};

/** The algorithm whose hash a value should be and is not; undefined for all else. */
export function badHash({ steps }: ObjectPath, { kind, text }: Literal): string | undefined {
  const last = steps.at(-1);
  const above = steps.at(-2);
  if (last === undefined || !("key" in last) || above === undefined || !("key" in above)) return undefined;
  if (above.key !== "hashes" || kind !== "string") return undefined;
  const wanted = Object.hasOwn(digits, last.key) ? digits[last.key] : undefined;
  return wanted === undefined || (text.length === wanted && /^[0-9a-f]*$/i.test(text)) ? undefined : last.key;
}
