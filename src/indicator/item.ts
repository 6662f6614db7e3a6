/**
 * One item of a list (a word, a cell, a string), read as a name or an address: the careful way, for everything that the
 * hot path does not take. Wrong reading here blocks somebody's site, so what is not clearly a name is a reject.
 */
import { getPublicSuffix } from "tldts";
import { nameToAscii } from "../dns/idna.ts";
import { labelBytesMax } from "../dns/name.ts";
import { addressKey, type Prefix, parseAddress, parsePrefix, prefixFault } from "../rpz/address.ts";
import { isTriggerLabel } from "../rpz/label.ts";
import { NameScan, nameTextMax } from "./name-scan.ts";
import type { RejectReason } from "./rejects.ts";

/** What an item says: a key with how it was written, or why it says nothing. */
export type Item = NameItem | { readonly kind: "address"; readonly key: Uint8Array } | Rejected;

export interface NameItem {
  readonly kind: "name";
  readonly key: Uint8Array;
  /** As it stands, with `*.` or `.` in front, or with a scheme or a final slash. */
  readonly written: "plain" | "star" | "dot" | "url";
}

export interface Rejected {
  readonly kind: "reject";
  readonly reason: RejectReason;
}

export function rejected(reason: RejectReason): Rejected {
  return { kind: "reject", reason };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of octets that are kept one per character; undefined where they are not UTF-8. */
export function decodeOctets(octets: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(octets)) return octets;
  try {
    return utf8.decode(Buffer.from(octets, "latin1"));
  } catch {
    return undefined;
  }
}

/** Takes spaces and the invisible marks that other programs leave off both ends: BOM and zero-width space. */
export function trimItem(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isInvisible(text, from)) from += 1;
  while (to > from && isInvisible(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isInvisible(text: string, at: number): boolean {
  return /[\s\u200B]/.test(text.charAt(at));
}

/** Puts defanged dots back. No name, address or scheme has such brackets, so nothing else can be meant. */
export function refangDots(text: string): string {
  return /[[({]/.test(text) ? text.replace(/\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}/gi, ".") : text;
}

/** A scheme in front, defanged (`hxxps[:]//`, `hXXp[://]`) or not; the name `hxxp.example` has no `://`. */
const schemeInFront = /^([a-z][a-z0-9+.-]*)(?::\/\/|\[:\]\/\/|\[:\/\/\])/i;
const defangedScheme: Readonly<Record<string, string>> = { hxxp: "http", hxxps: "https", fxp: "ftp", fxps: "ftps" };

/** The scheme that an item starts with, in lower case and refanged, and what follows it. */
export function splitScheme(text: string): { readonly scheme: string; readonly rest: string } | undefined {
  const match = schemeInFront.exec(text);
  if (match === null) return undefined;
  const written = (match[1] as string).toLowerCase();
  const scheme = Object.hasOwn(defangedScheme, written) ? (defangedScheme[written] as string) : written;
  return { scheme, rest: text.slice(match[0].length) };
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
  // Only plain octets go to the URL machinery: it would decode %41, and cut at a slash.
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
function readPlainName(text: string): Uint8Array | undefined {
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

/** An address or prefix as an item, or why it must not be blocked. */
export function itemOfPrefix(prefix: Prefix): Item {
  const fault = prefixFault(prefix);
  return fault === undefined ? { kind: "address", key: addressKey(prefix) } : rejected(fault);
}

/** A name with the wildcard marks that lists put in front of it. */
function readMarkedName(text: string): Item {
  const written = text.startsWith("*.") ? "star" : text.startsWith(".") ? "dot" : "plain";
  const name = text.slice(written === "star" ? 2 : written === "dot" ? 1 : 0);
  if (name.includes("*")) return rejected("wildcard");
  if (name === "") return rejected(text === "." ? "empty-label" : "wildcard");
  const key = readName(name);
  return key instanceof Uint8Array ? { kind: "name", key, written } : key;
}

/** What stands around a colon that is part of no address. */
function colonReason(text: string): RejectReason {
  const host = text.startsWith("[") ? text.slice(1, text.indexOf("]")) : text.slice(0, text.indexOf(":"));
  if (parseAddress(host) !== undefined) return "address-with-port";
  if (/^[0-9a-f:]+(?:%.*)?$/i.test(text)) return "bad-address";
  return /^[^:]+(?::\d*)+$/.test(text) ? "name-with-port" : "bad-character";
}

/** The host of a URL without a path, which a list of names may hold; any other URL is a page and not a host. */
function readBareUrl(host: string): Item {
  if (/[/?#@:\\]/.test(host)) return rejected("url-in-domain-list");
  return readUrlHost(host);
}

/** The exact host of a URL as an item. */
export function readUrlHost(host: string): Item {
  if (parseAddress(host.replace(/^\[(.*)\]$/, "$1")) !== undefined) return rejected("url-host-address");
  if (host.includes("*")) return rejected("wildcard");
  const key = readName(host);
  if (!(key instanceof Uint8Array)) return key;
  if (isPublicSuffix(key)) return rejected("url-host-public-suffix");
  return { kind: "name", key, written: "url" };
}

/** Whether many owners' names lie beneath a name, by the ICANN and the private part of the Public Suffix List. */
function isPublicSuffix(key: Uint8Array): boolean {
  // A name that was read has no octets that need escapes.
  const name = Buffer.from(key).toString("latin1").slice(0, -1).split("\0").reverse().join(".");
  return getPublicSuffix(name, { allowPrivateDomains: true, extractHostname: false }) === name;
}

/** Reads the host that a rule is about: a name without wildcard marks, or an address. */
export function readHost(raw: string): Item {
  const text = trimItem(raw);
  const address = parseAddress(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"));
  if (address !== undefined) return itemOfPrefix(address);
  if (text === "") return rejected("empty-label");
  if (text.includes("*")) return rejected("wildcard");
  if (text.includes("@")) return rejected("userinfo");
  if (text.includes(":")) return rejected(colonReason(text));
  const key = readName(text);
  return key instanceof Uint8Array ? { kind: "name", key, written: "plain" } : key;
}

/** Reads one item of a list of names and addresses: a name, `*.name`, `.name`, an address or a prefix, defanged or not. */
export function readItem(raw: string): Item {
  const trimmed = trimItem(raw);
  if (trimmed === "") return rejected("empty-item");
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url !== undefined) return readBareUrl(refangDots(url.rest.replace(/\/$/, "")));
  const text = refangDots(trimmed);
  const prefix = parsePrefix(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"));
  if (prefix !== undefined) return itemOfPrefix(prefix);
  // A cosmetic rule or a fragment: what stands before the mark is not what the line is about.
  if (text.includes("#")) return rejected("bad-character");
  if (text.includes("@")) return rejected("userinfo");
  if (/[/?]/.test(text)) {
    if (/^[0-9a-f:.]+\/\d+$/i.test(text) && !/[a-z]\/|[a-z.]\.[a-z]/i.test(text)) return rejected("bad-address");
    return /^[^/]+\/$/.test(text) ? readBareUrl(text.slice(0, -1)) : rejected("url-in-domain-list");
  }
  if (text.includes(":")) return rejected(colonReason(text));
  return readMarkedName(text);
}
