/** Sizes that whoever builds a zone, keeps it and sends it must agree on. */

/**
 * Octets of differences (RFC 1995) for each octet of their zone, up to which they are kept and sent: section 5 leaves
 * the choice where they are larger than the zone.
 */
export const differencesShareMax = 2;

/**
 * Messages that are read at once and written at once, 128 KiB at most. With 4 a transfer over loopback takes a tenth
 * longer; with 16 eight transfers at once take 15 MB more memory.
 */
export const messagesAtOnce = 8;
