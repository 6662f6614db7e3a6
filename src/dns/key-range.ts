/** Ranges of keys: parts of a zone, or of a list, in canonical order (RFC 4034 section 6.1). */

/** Keys from `from` up to, not including, `to`; undefined is no bound. */
export interface KeyRange {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
}

export const everyKey: KeyRange = { from: undefined, to: undefined };

/** The ranges into which keys in order cut all keys: one more than there are cuts. */
export function rangesBetween(cuts: readonly Uint8Array[]): KeyRange[] {
  const bounds = [undefined, ...cuts, undefined];
  return bounds.slice(1).map((to, i) => ({ from: bounds[i], to }));
}
