/**
 * One item of a list (a word, a cell, a string), read as a name or an address: the careful way, for everything that the
 * hot path does not take. Wrong reading here blocks somebody's site, so what is not clearly a name is a reject.
 */
import { equalBytes } from "../base/bytes.ts";
import { nameToAscii } from "../dns/idna.ts";
import { labelBytesMax } from "../dns/name.ts";
import { addressKey, type Prefix, parseAddress, parsePrefix, prefixFault } from "../rpz/address.ts";
import { isTriggerLabel } from "../rpz/label.ts";
import { prefixesOfRange } from "../rpz/range.ts";
import { NameScan, nameTextMax } from "./name-scan.ts";
import type { RejectReason } from "./rejects.ts";
import type { Role } from "./role.ts";

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

/** An address or prefix as an item, or why it must not be blocked. An exception may be as wide as it likes. */
export function itemOfPrefix(prefix: Prefix, role: Role = "block"): Item {
  const fault = role === "allow" ? undefined : prefixFault(prefix);
  return fault === undefined ? { kind: "address", key: addressKey(prefix) } : rejected(fault);
}

/** A prefix shorter than these is no slip of the pen where bits beyond it are set: `8.8.8.8/8` meant one address. */
const hostBitsLengthMin = { 4: 16, 16: 32 } as const;

/** Reads an address or a prefix; undefined for anything else. */
function readPrefix(text: string, role: Role): Item | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const item = itemOfPrefix(prefix, role);
  const written = parseAddress(text.replace(/\/.*$/, ""));
  if (item.kind !== "address" || written === undefined || equalBytes(written.octets, prefix.octets)) return item;
  const isWide = prefix.length < hostBitsLengthMin[prefix.octets.length as 4 | 16];
  return isWide ? rejected("host-bits") : { ...item, hadHostBits: true };
}

/** Reads `first-last`, two addresses; undefined for anything else. One prefix that may not be blocked spoils the range. */
function readRange(text: string, role: Role): readonly Item[] | undefined {
  const ends = /^([0-9a-f.:]+)[ \t]*-[ \t]*([0-9a-f.:]+)$/i.exec(text);
  const [first, last] = [ends?.[1], ends?.[2]].map((end) => parseAddress(end ?? ""));
  if (first === undefined || last === undefined) return undefined;
  const prefixes = prefixesOfRange(first.octets, last.octets);
  if (prefixes === undefined) return [rejected("bad-address")];
  const items = prefixes.map((prefix) => itemOfPrefix(prefix, role));
  const fault = items.find((item) => item.kind === "reject");
  if (fault !== undefined) return [fault];
  return items.length === 1 ? items : items.map((item) => ({ ...item, isRangePart: true }));
}

/** A name with the wildcard marks that lists put in front of it. */
function readMarkedName(text: string): Item {
  const [mark = ""] = /^(?:\*\.|\+\.|\.)?/.exec(text) ?? [];
  const name = text.slice(mark.length);
  if (name.includes("*")) return rejected("wildcard");
  if (name === "") return rejected(text === "." ? "empty-label" : "wildcard");
  const key = readName(name);
  if (!(key instanceof Uint8Array)) return key;
  return { kind: "name", key, written: mark === "" ? "plain" : mark === "*." ? "star" : "dot" };
}

/** What stands around a colon that is part of no address. */
function colonReason(text: string): RejectReason {
  const host = text.startsWith("[") ? text.slice(1, text.indexOf("]")) : text.slice(0, text.indexOf(":"));
  if (parseAddress(host) !== undefined) return "address-with-port";
  if (/^[0-9a-f:]+(?:%.*)?$/i.test(text)) return "bad-address";
  return /^[^:]+(?::\d*)+$/.test(text) ? "name-with-port" : "bad-character";
}

const portMax = 65_535;

/** Reads `name:port`, `address:port` and `[address]:port`: what stands before the port. A second port makes no sense. */
function readWithPort(text: string, role: Role): Item {
  const [, bracketed, bare, port] = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > portMax) return rejected(colonReason(text));
  const host = (bracketed ?? bare) as string;
  return readPrefix(host, role) ?? (host.includes("/") ? rejected("bad-address") : readMarkedName(host));
}

/** The host of a URL without a path, which a list of names may hold; any other URL is a page and not a host. */
function readBareUrl(host: string, role: Role): Item {
  if (/[/?#@:\\]/.test(host)) return rejected("url-in-domain-list");
  return readUrlHost(host, role);
}

/** The exact host of a URL as an item; whether it is anybody's is the guards' to say. An address to allow may be anybody's. */
function readUrlHost(host: string, role: Role = "block"): Item {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) return role === "allow" ? itemOfPrefix(address, role) : rejected("url-host-address");
  if (host.includes("*")) return rejected("wildcard");
  const key = readName(host);
  if (!(key instanceof Uint8Array)) return key;
  return { kind: "name", key, written: "url" };
}

/** Schemes whose URLs name a host that is looked up. */
const hostSchemes: ReadonlySet<string> = new Set(["http", "https", "ftp", "ftps", "ws", "wss"]);

/** The host of a URL, with or without a scheme, as an item. */
export function readUrl(raw: string, role: Role = "block"): Item {
  const trimmed = trimItem(raw);
  if (trimmed === "") return rejected("empty-item");
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url === undefined && /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed)) return rejected("unsupported-scheme");
  if (url !== undefined && !hostSchemes.has(url.scheme)) return rejected("unsupported-scheme");
  // Browsers read a backslash as a slash, other programs as part of the host: nobody can say whose page this is.
  const [authority = ""] = (url?.rest ?? trimmed).split(/[/?#]/, 1);
  if (authority.includes("\\")) return rejected("bad-url");
  const at = authority.lastIndexOf("@");
  // Without a scheme it is a mail address; and before a name that is to be allowed it is somebody's trick.
  if (at !== -1 && (url === undefined || role === "allow")) return rejected("userinfo");
  const host = /^(.*?)(?::(\d{0,5}))?$/.exec(refangDots(authority.slice(at + 1)));
  const name = host?.[1] ?? "";
  if (name === "" || Number(host?.[2] ?? 0) > portMax) return rejected("bad-url");
  if (name.includes(":") && !/^\[[0-9a-f:.]+\]$/i.test(name)) return rejected("bad-url");
  return readUrlHost(name, role);
}

/** Reads the host that a rule is about: a name without wildcard marks, or an address. */
export function readHost(raw: string, role: Role = "block"): Item {
  const text = trimItem(raw);
  const address = parseAddress(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"));
  if (address !== undefined) return itemOfPrefix(address, role);
  if (text === "") return rejected("empty-label");
  if (text.includes("*")) return rejected("wildcard");
  if (text.includes("@")) return rejected("userinfo");
  if (text.includes(":")) return rejected(colonReason(text));
  const key = readName(text);
  return key instanceof Uint8Array ? { kind: "name", key, written: "plain" } : key;
}

/**
 * Reads one item of a list of names and addresses, defanged or not: a name, `*.name`, `.name`, `+.name`, an address or a
 * prefix, each with a port or without. A URL with a path names a page, with a scheme or without; what is to be allowed
 * then is its host.
 */
export function readItem(raw: string, role: Role = "block"): Item {
  const trimmed = trimItem(raw);
  if (trimmed === "") return rejected("empty-item");
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url !== undefined) {
    return role === "allow" ? readUrl(trimmed, role) : readBareUrl(refangDots(url.rest.replace(/\/$/, "")), role);
  }
  const text = refangDots(trimmed);
  const prefix = readPrefix(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"), role);
  if (prefix !== undefined) return prefix;
  // A cosmetic rule or a fragment: what stands before the mark is not what the line is about.
  if (text.includes("#")) return rejected("bad-character");
  if (text.includes("@")) return rejected("userinfo");
  if (/[/?]/.test(text)) {
    if (/^[0-9a-f:.]+\/\d+$/i.test(text) && !/[a-z]\/|[a-z.]\.[a-z]/i.test(text)) return rejected("bad-address");
    if (/^[^/]+\/$/.test(text)) return readBareUrl(text.slice(0, -1), role);
    return role === "allow" ? readUrl(trimmed, role) : rejected("url-in-domain-list");
  }
  return text.includes(":") ? readWithPort(text, role) : readMarkedName(text);
}

/**
 * All that one item says: as `readItem`, and of forms that say several things at once a range of addresses
 * (`first-last`) and MISP's pairs (`domain|ip`, `hostname|port`, `ip-dst|port`).
 */
export function readItems(raw: string, role: Role = "block"): readonly Item[] {
  const text = refangDots(trimItem(raw));
  const range = text.includes("-") ? readRange(text, role) : undefined;
  if (range !== undefined) return range;
  const pair = /^([^|\s]+)\|([^|\s]+)$/.exec(text);
  if (pair === null) return [readItem(raw, role)];
  const [, left = "", right = ""] = pair;
  const isPort = /^\d{1,5}$/.test(right) && Number(right) <= portMax;
  const address = isPort ? undefined : parseAddress(right);
  if (!isPort && address === undefined) return [rejected("bad-character")];
  const item = readItem(left, role);
  // The name counts though its address may not be blocked, as where a resolver gave it a private one.
  return address === undefined || item.kind === "reject" ? [item] : [item, itemOfPrefix(address, role)];
}

/** All that a cell of a table or a string of a document says: as `readItems`, and the host of a URL. */
export function readCell(raw: string, role: Role = "block"): readonly Item[] {
  const url = splitScheme(trimItem(raw));
  return url !== undefined && hostSchemes.has(url.scheme) ? [readUrl(raw, role)] : readItems(raw, role);
}
