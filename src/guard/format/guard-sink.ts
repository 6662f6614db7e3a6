/** Between the parsers of guard lists and the collector: turns what an item says into the flags of `guardFlag`. */

import { keyOfText } from "../../dns/name.ts";
import { type Collector, flag } from "../../indicator/entry/collector.ts";
import { readFilterRule } from "../../indicator/format/filter-rule.ts";
import { readItems } from "../../indicator/item.ts";
import { type Item, rejected } from "../../indicator/item-host.ts";
import { decodeOctets, refangDots, trimItem } from "../../indicator/item-text.ts";
import type { RejectReason, Rejects } from "../../indicator/rejects.ts";
import { reservedTopLevels } from "../../indicator/top-level.ts";
import { prefixOfKey } from "../../rpz/address.ts";
import { guardFlag } from "../class.ts";
import type { GuardParseOptions } from "./format.ts";

export class GuardSink {
  /** Its items are read as those of names to allow. */
  readonly role = "allow";
  readonly collector: Collector;
  readonly rejects: Rejects;
  readonly #scope: GuardParseOptions["scope"];

  constructor(collector: Collector, rejects: Rejects, scope: GuardParseOptions["scope"]) {
    this.collector = collector;
    this.rejects = rejects;
    this.#scope = scope;
  }

  /** Counts a reject of octets, one per character. */
  reject(reason: RejectReason, line: number, octets: string): void {
    this.rejects.addOctets(reason, line, octets);
  }

  /** Flags of a listed name; with scope `subtree`, everything beneath is guarded as well. */
  flagsOfName(flags: number = guardFlag.name): number {
    return this.#scope === "subtree" ? flags | guardFlag.beneath : flags;
  }

  /**
   * Takes one item in octets, one per character: a name, an address, a prefix or a range, or a URL, whose host is meant.
   * `flags` are those of a plain name, `markedFlags` those of `*.name` and `.name`, which lists write in front of names
   * with different meanings.
   * @returns whether it is a name that was accepted
   */
  takeGuarded(octets: string, line: number, flags: number, markedFlags: number = flags): boolean {
    const text = decodeOctets(octets);
    const items = text === undefined ? [rejected("not-utf8")] : readGuarded(text);
    for (const item of items) {
      if (item.kind === "reject") this.reject(item.reason, line, octets);
      else if (item.kind === "address") this.collector.add(item.key, guardFlag.name);
      else this.collector.add(item.key, item.written === "star" || item.written === "dot" ? markedFlags : flags);
    }
    return items[0]?.kind === "name";
  }

  /** Takes a rule as block lists and allow lists have it (`||name^`, `@@||name^`); both say what is to be guarded. */
  takeGuardedRule(octets: string, line: number): void {
    const rule = readFilterRule(octets, "allow");
    if (typeof rule === "string") this.reject(rule, line, octets);
    else if (rule.host.kind === "reject") this.reject(rule.host.reason, line, octets);
    else if (rule.host.kind === "address") this.collector.add(rule.host.key, guardFlag.name);
    else {
      const hasBeneath = (rule.flags & beneathBits) !== 0;
      this.collector.add(rule.host.key, this.flagsOfName() | (hasBeneath ? guardFlag.beneath : 0));
    }
  }
}

const beneathBits = flag.blockBeneath | flag.exemptBeneath;

/**
 * Top-level domains that are no one's in the public DNS: reserved ones, and what networks call themselves (RFC 6762 appendix
 * G). Any other single label is a mistake that would guard a whole registry.
 */
const privateTopLevels: ReadonlySet<string> = new Set([
  ...reservedTopLevels,
  ..."corp home intranet lan mail private".split(" "),
]);

/**
 * Reads an item of a guard list as one of a list of names to allow, which may hold what no rule may block: prefixes of
 * special purpose; and here the top-level domains of private networks.
 */
function readGuarded(text: string): readonly Item[] {
  return readItems(text, "allow").map((item) => {
    if (item.kind === "reject" && item.reason === "single-label") return readPrivateTop(text) ?? item;
    // Every address there is: that is no list of guarded ones.
    return item.kind === "address" && prefixOfKey(item.key)?.length === 0 ? rejected("prefix-too-short") : item;
  });
}

function readPrivateTop(text: string): Item | undefined {
  const [, mark, label = ""] = /^(\*\.|\.)?([^.]+)\.?$/.exec(refangDots(trimItem(text)).toLowerCase()) ?? [];
  if (!privateTopLevels.has(label)) return undefined;
  return { kind: "name", key: keyOfText(label), written: mark === "*." ? "star" : mark === "." ? "dot" : "plain" };
}
