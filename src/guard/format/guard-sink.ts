/** Between the parsers of guard lists and the collector: turns what an item says into the flags of `guardFlag`. */

import { keyOfText } from "../../dns/name.ts";
import type { Collector } from "../../indicator/entry/collector.ts";
import { EntrySink } from "../../indicator/entry/sink.ts";
import { decodeOctets, type Item, readItem, refangDots, trimItem } from "../../indicator/item.ts";
import type { Rejects } from "../../indicator/rejects.ts";
import { addressKey, parsePrefix } from "../../rpz/address.ts";
import { guardFlag } from "../class.ts";
import type { GuardParseOptions } from "./format.ts";

export class GuardSink extends EntrySink {
  readonly #scope: GuardParseOptions["scope"];

  constructor(collector: Collector, rejects: Rejects, scope: GuardParseOptions["scope"]) {
    // Of the sink of sources and allow lists only the collector and the rejects are used.
    super(collector, rejects, { role: "allow" });
    this.#scope = scope;
  }

  /** Flags of a listed name; with scope `subtree`, everything beneath is guarded as well. */
  flagsOfName(flags: number = guardFlag.name): number {
    return this.#scope === "subtree" ? flags | guardFlag.beneath : flags;
  }

  /**
   * Takes one item in octets, one per character: a name, an address or a prefix. `flags` are those of a plain name,
   * `markedFlags` those of `*.name` and `.name`, which lists write in front of names with different meanings.
   * @returns whether it is a name that was accepted
   */
  takeGuarded(octets: string, line: number, flags: number, markedFlags: number = flags): boolean {
    const text = decodeOctets(octets);
    if (text === undefined) {
      this.reject("not-utf8", line, octets);
      return false;
    }
    const item = readGuarded(text);
    if (item.kind === "reject") this.reject(item.reason, line, octets);
    else if (item.kind === "address") this.collector.add(item.key, guardFlag.name);
    else this.collector.add(item.key, item.written === "star" || item.written === "dot" ? markedFlags : flags);
    return item.kind === "name";
  }
}

/**
 * Top-level domains that are no one's in the public DNS: special-use names (RFC 6761, 6762, 7686, 9476), what networks
 * call themselves (RFC 6762 appendix G), and what ICANN has set aside. Any other single label is a mistake that would
 * guard a whole registry.
 */
const privateTops: ReadonlySet<string> = new Set([
  "alt",
  "example",
  "invalid",
  "local",
  "localhost",
  "onion",
  "test",
  "corp",
  "home",
  "internal",
  "intranet",
  "lan",
  "mail",
  "private",
]);

/**
 * Reads an item of a guard list: as in other lists, and what no rule may block can be guarded all the same: prefixes of
 * special purpose, and top-level domains of private networks.
 */
function readGuarded(text: string): Item {
  const item = readItem(text);
  if (item.kind !== "reject") return item;
  if (item.reason === "single-label") {
    const [, mark, label = ""] = /^(\*\.|\.)?([^.]+)\.?$/.exec(refangDots(trimItem(text)).toLowerCase()) ?? [];
    if (!privateTops.has(label)) return item;
    return { kind: "name", key: keyOfText(label), written: mark === "*." ? "star" : mark === "." ? "dot" : "plain" };
  }
  if (item.reason !== "special-purpose-address" && item.reason !== "prefix-too-short") return item;
  const prefix = parsePrefix(refangDots(trimItem(text)).replace(/^\[([0-9a-f:.]+)\]$/i, "$1"));
  // A prefix of length 0 is every address there is: that is no list of guarded ones.
  return prefix === undefined || prefix.length === 0 ? item : { kind: "address", key: addressKey(prefix) };
}
