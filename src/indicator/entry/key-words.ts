/** Octets of keys packed into words of 30 bits, which compare as the keys do: what the sort works on. */

/** Marks octets that the six-bit code does not know. */
const unknown = 0x40;
/** Order-keeping six-bit codes of the octets that keys of names have; 0 is the end of a label and of a key. */
const sixBits = new Uint8Array(256).fill(unknown);
for (const [code, character] of [..."\0\u0001*-0123456789_abcdefghijklmnopqrstuvwxyz"].entries()) {
  sixBits[character.charCodeAt(0)] = code;
}
/** Octets of one word. */
export const sixBitOctets = 5;
/** Stands for a word with an octet that has no code. */
export const badWord = -1;
/** Bits of the first of two words that belong to a key with 0..10 octets left. */
export const highMasks = Uint32Array.from({ length: 2 * sixBitOctets + 1 }, (_, left) =>
  maskOf(Math.min(left, sixBitOctets)),
);
/** The same of the second word. */
export const lowMasks = Uint32Array.from({ length: 2 * sixBitOctets + 1 }, (_, left) =>
  maskOf(Math.max(left - sixBitOctets, 0)),
);

/**
 * Five octets as a word, or `badWord`. Octets after a key's end are read as well and masked away later, which costs less
 * than to look where it ends.
 */
export function wordAt(arena: Uint8Array, at: number): number {
  const a = sixBits[arena[at] as number] as number;
  const b = sixBits[arena[at + 1] as number] as number;
  const c = sixBits[arena[at + 2] as number] as number;
  const d = sixBits[arena[at + 3] as number] as number;
  const e = sixBits[arena[at + 4] as number] as number;
  if (((a | b | c | d | e) & unknown) !== 0) return badWord;
  return (a << 24) | (b << 18) | (c << 12) | (d << 6) | e;
}

/** A word whose first `octets` six-bit places are set. */
function maskOf(octets: number): number {
  const places = 6 * sixBitOctets;
  return (1 << places) - (1 << (places - 6 * octets));
}
