/** Limits of names that more than one codec counts on. */

/** Labels of the longest name: 127 labels of one octet in 255 octets (RFC 1035 2.3.4). */
export const entryLabelsMax = 127;
