/**
 * Lines that lists of several formats have among their own: a name alone, a null address with names, a rule. Lists were
 * joined of others, and programs that read them take each line for what it is alone.
 */
import { parseAddress } from "../../rpz/address.ts";
import type { EntrySink } from "../entry/sink.ts";
import { readItem, readItems } from "../item.ts";
import { decodeOctets } from "../item-text.ts";
import { readUrl } from "../item-url.ts";
import { cutComment } from "./line-parser.ts";
import { isNullAddress } from "./null-address.ts";

/** Whether a line (trimmed) is a comment: `#`, `!`, `;`, `//`, or the `[Adblock …]` line. */
export function isComment(octets: string): boolean {
  return /^(?:[#!;]|\/\/|\[(?:adblock|adguard|ublock|ubo|uab)\b[^\]]*\]$)/i.test(octets);
}

/** Where rejects go, and what a list is for. */
type NoteSink = Pick<EntrySink, "role" | "reject">;

/**
 * Whether a line (trimmed) is a comment, by what its list is for: where no name may be lost, `//name` is a URL without a
 * scheme, and a comment that is a name and nothing else is noted.
 */
export function takeComment(sink: NoteSink, octets: string, line: number): boolean {
  if (!isComment(octets)) return false;
  if (sink.role === "block") return true;
  if (isRelativeUrl(octets)) return false;
  noteName(sink, octets.replace(/^[#!;/]+[ \t]*/, ""), octets, line);
  return true;
}

/** Whether a line is a URL without a scheme (`//name/…`). */
export function isRelativeUrl(octets: string): boolean {
  return /^\/\/[^\s/]/.test(octets) && readUrl(decodeOctets(octets) ?? "", "allow").kind !== "reject";
}

/** Notes a name that stands where a list of names to allow does not take it from. */
export function noteName(sink: NoteSink, item: string, octets: string, line: number): void {
  if (/^[^\s.]+\.\S+$/.test(item) && readItem(decodeOctets(item) ?? "", "allow").kind !== "reject") {
    sink.reject("not-taken", line, octets);
  }
}

/** A comment after an item; only one that a blank sets apart, since `#` and `//` also stand inside items. */
export const itemComment: RegExp = /[ \t](?:[#!;]|\/\/)/;
/** One word behind an item, such as whose name it is. It has no dot, or it may be what is meant. */
const itemAndWord = /^(\S+)[ \t]+[a-z][a-z0-9_+-]*$/i;
/** The first of several words. */
const firstWord = /^(\S+)[ \t]+\S/;

/**
 * Takes a line that holds one item, with a comment behind it or not. A word behind it may say of a name to block that it is
 * harmless, so that the line is a row of a table; a name to allow is allowed whatever the word says.
 */
export function takePlainLine(sink: EntrySink, octets: string, line: number): void {
  const text = cutComment(octets, itemComment);
  if (sink.role === "block" && isRow(text)) sink.reject("several-columns", line, text);
  else sink.takeOctets(sink.role === "allow" ? withoutWord(text) : text, line);
}

/** Whether an item and further words stand in a line; two addresses with a hyphen between are one item. */
function isRow(text: string): boolean {
  const first = firstWord.exec(text)?.[1];
  if (first === undefined || readItem(decodeOctets(first) ?? "").kind === "reject") return false;
  return readItems(decodeOctets(text) ?? "")[0]?.kind !== "address";
}

/** A line of names that must not be blocked without the one word that stands behind its name. */
export function withoutWord(text: string): string {
  const first = itemAndWord.exec(text)?.[1];
  return first !== undefined && readItem(decodeOctets(first) ?? "", "allow").kind === "name" ? first : text;
}

/** Names that systems put into their own hosts files, and the null addresses that lists repeat as names. */
const boilerplateNames: ReadonlySet<string> = new Set(
  `localhost localhost.localdomain localdomain local localhost4 localhost4.localdomain4 localhost6
  localhost6.localdomain6 broadcasthost ip6-localhost ip6-loopback ip6-localnet ip6-mcastprefix ip6-allnodes
  ip6-allrouters ip6-allhosts loopback 0.0.0.0 127.0.0.1 255.255.255.255 :: ::1`.split(/\s+/),
);

/** Only a comment that a blank sets apart: `bing.example##.x` is a rule of another format. */
const hostsComment = /[ \t]#/;
/** A comment that sticks to the name before it. */
const stickingComment = /^([^#]+)#(?![#@?$%])/;

/** Takes a line of a hosts file; false where it is none, and nothing was taken. */
export function takeHostsLine(sink: EntrySink, octets: string, line: number): boolean {
  const [first = "", ...names] = cutComment(octets, hostsComment).split(/[ \t]+/);
  // A zone index (`fe80::1%lo0`) says which interface, not which address.
  const address = parseAddress(first.replace(/%.*$/, ""));
  if (address === undefined || names.length === 0) return false;
  let maps = false;
  for (const written of names) {
    const name = stickingComment.exec(written)?.[1] ?? written;
    if (boilerplateNames.has(name.toLowerCase())) sink.reject("boilerplate", line, octets);
    else if (isNullAddress(address)) takeHost(sink, name, line);
    else maps = true;
    if (name !== written) break;
  }
  if (maps) sink.reject("maps-address", line, octets);
  return true;
}

/** An address is no name: a rule on the answers that hold it would stop every other name at that address. */
function takeHost(sink: EntrySink, octets: string, line: number): void {
  const text = decodeOctets(octets);
  const items = text === undefined ? [] : readItems(text, sink.reading);
  if (items.some(({ kind }) => kind === "address")) sink.reject("address-for-name", line, octets);
  else sink.takeOctets(octets, line);
}
