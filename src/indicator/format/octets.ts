/** Small steps over the octets of a line, for the hot paths of the formats. Each line ends in a line feed, so that no step leaves it. */

/** The octets of ASCII text. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether `bytes` has `expected` at `at`. */
export function hasAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** Whether `bytes` has the lower-case letters `expected` at `at`, in any letter case. */
export function hasLettersAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (((bytes[at + i] as number) | 0x20) !== expected[i]) return false;
  return true;
}

/** Where the blanks that stand at `at` end. */
export function skipBlanks(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] === 0x20 || bytes[end] === 0x09) end += 1;
  return end;
}

/** Where the decimal digits that stand at `at` end. */
export function skipDigits(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] as number) >= 0x30 && (bytes[end] as number) <= 0x39) end += 1;
  return end;
}
