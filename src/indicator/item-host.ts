/**
 * Names and addresses as items of a list, the careful way, for everything that the hot path does not take. Wrong reading here
 * blocks somebody's site, so what is not clearly a name is a reject.
 */
import { nameToAscii } from "../dns/idna.ts";
import { labelBytesMax } from "../dns/name.ts";
import { addressKey, type Prefix, type PrefixFault, parseAddress, prefixFault } from "../rpz/address.ts";
import { isTriggerLabel } from "../rpz/label.ts";
import { trimItem } from "./item-text.ts";
import { NameScan, nameTextMax } from "./name-scan.ts";
import type { RejectReason } from "./rejects.ts";
import type { Reading } from "./role.ts";

/** What an item says: a key with how it was written, or why it says nothing. */
export type Item = NameItem | AddressItem | Rejected;

export interface NameItem {
  readonly kind: "name";
  readonly key: Uint8Array;
  /** As it stands, with `*.` in front, with `.` or `+.` in front, or with a scheme or a final slash. */
  readonly written: "plain" | "star" | "dot" | "url";
}

export interface AddressItem {
  readonly kind: "address";
  readonly key: Uint8Array;
  /** Bits beyond the prefix length were set, and are cleared. */
  readonly hadHostBits?: boolean;
  /** It is one of several prefixes that a range of addresses takes. */
  readonly isRangePart?: boolean;
}

export interface Rejected {
  readonly kind: "reject";
  readonly reason: RejectReason;
}

export function rejected(reason: RejectReason): Rejected {
  return { kind: "reject", reason };
}

/** Whether programs read a last label as a number: decimal, or hexadecimal with `0x`. */
function isNumeric(label: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(label);
}

/** Characters without a shape of their own, which IDNA drops and so joins what they kept apart; joiners are its own. */
const hiddenCharacter = /(?![\u200C\u200D])[\p{Cf}\p{Z}]/u;
/** No name is longer than this before IDNA has shortened it; it bounds the work on one item. */
const writtenNameMax = 4 * nameTextMax;

/** A host name in lower-case A-label form. */
function toAscii(text: string): string | Rejected {
  // ASCII that no name has is its own reason: of IDNA mapping it would only be known that the whole is no name.
  if (/[\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]/.test(text)) return rejected("bad-character");
  if (text.length > writtenNameMax) return rejected("name-too-long");
  const folded = text.toLowerCase();
  if (/^[a-z0-9_.-]*$/.test(folded) && !folded.includes("xn--")) return folded;
  if (hiddenCharacter.test(text)) return rejected("bad-character");
  const ascii = nameToAscii(folded);
  if (ascii === undefined || !/^[a-z0-9_.-]+$/.test(ascii)) return rejected("bad-idn");
  return ascii;
}

const plainNames = new NameScan();
const plainText = new Uint8Array(nameTextMax + 3);

/** The key of a name that the hot path would take as well; undefined for all others. */
export function readPlainName(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length > nameTextMax + 1) return undefined;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return undefined;
    plainText[i] = code;
  }
  plainText[length] = 0;
  return plainNames.read(plainText, 0) === length ? plainNames.key(plainText) : undefined;
}

/** The key of a host name of at least two labels, in UTF-8 or A-labels; a final dot changes nothing. */
export function readName(text: string): Uint8Array | Rejected {
  return readPlainName(text) ?? readUnusualName(text);
}

function readUnusualName(text: string): Uint8Array | Rejected {
  const ascii = toAscii(text);
  if (typeof ascii !== "string") return ascii;
  const name = ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
  const labels = name.split(".");
  if (labels.includes("")) return rejected("empty-label");
  if (labels.some((label) => label.length > labelBytesMax)) return rejected("label-too-long");
  if (name.length > nameTextMax) return rejected("name-too-long");
  const top = labels.at(-1) as string;
  if (isNumeric(top)) return rejected(labels.length <= 4 && labels.every(isNumeric) ? "bad-address" : "numeric-tld");
  if (isTriggerLabel(top)) return rejected("reserved-label");
  if (labels.length === 1) return rejected("single-label");
  return Buffer.from(`${labels.reverse().join("\0")}\0`, "latin1");
}

/** An address or prefix as an item, or why it must not be blocked. An exception may be as wide as it likes. */
export function itemOfPrefix(prefix: Prefix, reading: Reading = "block"): Item {
  const fault = faultOfPrefix(prefix, reading);
  return fault === undefined ? { kind: "address", key: addressKey(prefix) } : rejected(fault);
}

function faultOfPrefix(prefix: Prefix, reading: Reading): PrefixFault | undefined {
  switch (reading) {
    case "allow":
    case "any-trigger":
      return undefined;
    case "clients":
      return prefixFault(prefix, "client-ip");
    case "block":
      return prefixFault(prefix);
  }
}

/** What stands around a colon that is part of no address. */
export function colonReason(text: string): RejectReason {
  const host = text.startsWith("[") ? text.slice(1, text.indexOf("]")) : text.slice(0, text.indexOf(":"));
  if (parseAddress(host) !== undefined) return "address-with-port";
  if (/^[0-9a-f:]+(?:%.*)?$/i.test(text)) return "bad-address";
  return /^[^:]+(?::\d*)+$/.test(text) ? "name-with-port" : "bad-character";
}

/** Reads the host that a rule is about: a name without wildcard marks, or an address. */
export function readHost(raw: string, reading: Reading = "block"): Item {
  const text = trimItem(raw);
  const address = parseAddress(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"));
  if (address !== undefined) return itemOfPrefix(address, reading);
  if (text === "") return rejected("empty-label");
  if (text.includes("*")) return rejected("wildcard");
  if (text.includes("@")) return rejected("userinfo");
  if (text.includes(":")) return rejected(colonReason(text));
  const key = readName(text);
  return key instanceof Uint8Array ? { kind: "name", key, written: "plain" } : key;
}
