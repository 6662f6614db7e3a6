/** Byte comparisons that more than one module needs. */

/** Three-way comparison of two byte strings, shorter first where one is a prefix of the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareStarts(a, a.length, b, b.length);
}

/** The same for the first octets of two buffers, so that what is read into one needs no array of its own. */
export function compareStarts(a: Uint8Array, aBytes: number, b: Uint8Array, bBytes: number): number {
  const shorter = aBytes < bBytes ? aBytes : bBytes;
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return aBytes - bBytes;
}

/** Whether the two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `bytes` starts with `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}
