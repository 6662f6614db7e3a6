/** One item of a list (a word, a cell, a string), in any of the forms in which lists have names, addresses and URLs. */
import { equalBytes } from "../base/bytes.ts";
import { type Prefix, parseAddress, parsePrefix, prefixFault } from "../rpz/address.ts";
import { prefixesOfRange } from "../rpz/range.ts";
import { colonReason, type Item, itemOfPrefix, readName, readPlainName, rejected } from "./item-host.ts";
import { refangDots, splitScheme, trimItem } from "./item-text.ts";
import { hostSchemes, portMax, readBareUrl, readUrl } from "./item-url.ts";
import type { Reading } from "./role.ts";

/** A prefix shorter than these is no slip of the pen where bits beyond it are set: `8.8.8.8/8` meant one address. */
const hostBitsLengthMin = { 4: 16, 16: 32 } as const;

/** Reads an address or a prefix; undefined for anything else. */
function readPrefix(text: string, reading: Reading): Item | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const item = itemOfPrefix(prefix, reading);
  const written = parseAddress(text.replace(/\/.*$/, ""));
  if (item.kind !== "address" || written === undefined || equalBytes(written.octets, prefix.octets)) return item;
  const isWide = prefix.length < hostBitsLengthMin[prefix.octets.length as 4 | 16];
  return isWide ? rejected("host-bits") : { ...item, hadHostBits: true };
}

/** Reads `first-last`, two addresses; undefined for anything else. One prefix that may not be blocked spoils the range. */
function readRange(text: string, reading: Reading): readonly Item[] | undefined {
  const ends = /^([0-9a-f.:]+)[ \t]*-[ \t]*([0-9a-f.:]+)$/i.exec(text);
  const [first, last] = [ends?.[1], ends?.[2]].map((end) => parseAddress(end ?? ""));
  if (first === undefined || last === undefined) return undefined;
  const prefixes = prefixesOfRange(first.octets, last.octets);
  if (prefixes === undefined) return [rejected("bad-address")];
  const items = prefixes.map((prefix) => itemOfPrefix(prefix, reading));
  const fault =
    items.find((item) => item.kind === "reject") ?? (reading === "any-trigger" ? mixture(prefixes) : undefined);
  if (fault !== undefined) return [fault];
  return items.length === 1 ? items : items.map((item) => ({ ...item, isRangePart: true }));
}

/**
 * The fault of a range some of whose addresses may be blocked and some not, whatever its trigger: the parts are judged one by one
 * once that is known, and what is left of the range would be no range that anybody wrote.
 */
function mixture(prefixes: readonly Prefix[]): Item | undefined {
  const faults = prefixes.map((prefix) => prefixFault(prefix));
  const fault = faults.includes(undefined) ? faults.find((one) => one !== undefined) : undefined;
  return fault && rejected(fault);
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

/** Reads `name:port`, `address:port` and `[address]:port`: what stands before the port. A second port makes no sense. */
function readWithPort(text: string, reading: Reading): Item {
  const [, bracketed, bare, port] = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > portMax) return rejected(colonReason(text));
  const host = (bracketed ?? bare) as string;
  return readPrefix(host, reading) ?? (host.includes("/") ? rejected("bad-address") : readMarkedName(host));
}

/**
 * Reads one item of a list of names and addresses, defanged or not: a name, `*.name`, `.name`, `+.name`, an address or a
 * prefix, each with a port or without. A URL with a path names a page, with a scheme or without; what is to be allowed
 * then is its host.
 */
export function readItem(raw: string, reading: Reading = "block"): Item {
  const trimmed = trimItem(raw);
  if (trimmed === "") return rejected("empty-item");
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url !== undefined) {
    return reading === "allow"
      ? readUrl(trimmed, reading)
      : readBareUrl(refangDots(url.rest.replace(/\/$/, "")), reading);
  }
  const text = refangDots(trimmed);
  const prefix = readPrefix(text.replace(/^\[([0-9a-f:.]+)\]$/i, "$1"), reading);
  if (prefix !== undefined) return prefix;
  // A cosmetic rule or a fragment: what stands before the mark is not what the line is about.
  if (text.includes("#")) return rejected("bad-character");
  if (text.includes("@")) return rejected("userinfo");
  if (/[/?]/.test(text)) {
    if (/^[0-9a-f:.]+\/\d+$/i.test(text) && !/[a-z]\/|[a-z.]\.[a-z]/i.test(text)) return rejected("bad-address");
    if (/^[^/]+\/$/.test(text)) return readBareUrl(text.slice(0, -1), reading);
    return reading === "allow" ? readUrl(trimmed, reading) : rejected("url-in-domain-list");
  }
  return text.includes(":") ? readWithPort(text, reading) : readMarkedName(text);
}

/**
 * All that one item says: as `readItem`, and of forms that say several things at once a range of addresses
 * (`first-last`) and MISP's pairs (`domain|ip`, `hostname|port`, `ip-dst|port`).
 */
export function readItems(raw: string, reading: Reading = "block"): readonly Item[] {
  const plain = readPlainName(raw);
  if (plain !== undefined) return [{ kind: "name", key: plain, written: "plain" }];
  const text = refangDots(trimItem(raw));
  const range = text.includes("-") ? readRange(text, reading) : undefined;
  if (range !== undefined) return range;
  const pair = /^([^|\s]+)\|([^|\s]+)$/.exec(text);
  if (pair === null) return [readItem(raw, reading)];
  const [, left = "", right = ""] = pair;
  const isPort = /^\d{1,5}$/.test(right) && Number(right) <= portMax;
  const address = isPort ? undefined : parseAddress(right);
  if (!isPort && address === undefined) return [rejected("bad-character")];
  const item = readItem(left, reading);
  // The name counts though its address may not be blocked, as where a resolver gave it a private one.
  return address === undefined || item.kind === "reject" ? [item] : [item, itemOfPrefix(address, reading)];
}

/** All that a cell of a table or a string of a document says: as `readItems`, and the host of a URL. */
export function readCell(raw: string, reading: Reading = "block"): readonly Item[] {
  const url = raw.includes("/") ? splitScheme(trimItem(raw)) : undefined;
  return url !== undefined && hostSchemes.has(url.scheme) ? [readUrl(raw, reading)] : readItems(raw, reading);
}
