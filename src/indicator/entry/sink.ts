/** Between the parsers and the collector: turns what an item or rule says into flags under the source's scope and role. */

import { decodeOctets, type Item, readItem } from "../item.ts";
import type { RejectReason, Rejects } from "../rejects.ts";
import { blockSelfBits, blockSubtree, type Collector, exemptSubtree, flag } from "./collector.ts";

/** `block` for a source of indicators, `allow` for a list of names that must not be blocked. */
export type Role = "block" | "allow";
/** `exact` narrows every entry to the name itself, `subtree` widens plain names to all beneath. */
export type Scope = "exact" | "subtree";

export class EntrySink {
  readonly collector: Collector;
  readonly rejects: Rejects;
  readonly role: Role;
  readonly #scope: Scope | undefined;
  /** Flags of a name as it stands, in formats that do not state a scope line by line. */
  readonly plainFlags: number;
  /** Flags of `*.name` and `.name` in these formats. */
  readonly dottedFlags: number;

  constructor(collector: Collector, rejects: Rejects, role: Role, scope: Scope | undefined) {
    this.collector = collector;
    this.rejects = rejects;
    this.role = role;
    this.#scope = scope;
    this.plainFlags = scope === "subtree" ? blockSubtree : flag.blockSelf;
    this.dottedFlags = scope === "exact" ? flag.blockSelf : blockSubtree;
  }

  reject(reason: RejectReason, line: number, octets: string): void {
    this.rejects.addOctets(reason, line, octets);
  }

  /** Takes one item in octets, one per character, as the lists without rules have them. */
  takeOctets(octets: string, line: number): void {
    const text = decodeOctets(octets);
    if (text === undefined) this.reject("not-utf8", line, octets);
    else this.takeItem(readItem(text), line, octets);
  }

  /** Takes what an item was read as; `octets` is the item as written. */
  takeItem(item: Item, line: number, octets: string): void {
    if (item.kind === "reject") this.reject(item.reason, line, octets);
    else this.collector.add(item.key, this.#flagsOf(item));
  }

  #flagsOf(item: Exclude<Item, { kind: "reject" }>): number {
    if (item.kind === "address") return flag.blockSelf;
    if (item.written === "url") return flag.blockUrlHost;
    return item.written === "plain" ? this.plainFlags : this.dottedFlags;
  }

  /** Adds what a rule states of a name or address by `flags` (bits beside those of `flag` are kept), after narrowing. */
  takeRule(host: Item, flags: number, line: number, octets: string): void {
    if (host.kind === "reject") {
      this.reject(host.reason, line, octets);
      return;
    }
    const narrowed = this.narrow(flags, host.kind);
    if ((flags & exemptSubtree) !== 0 && this.role === "allow") {
      this.reject("exception-in-allow-list", line, octets);
    } else if ((narrowed & (blockSelfBits | blockSubtree | exemptSubtree)) === 0) {
      this.reject("outside-scope", line, octets);
    } else {
      this.collector.add(host.key, narrowed);
    }
  }

  /**
   * What the source's scope leaves of stated flags. Only blocks are narrowed: an exception that lost its names beneath
   * would leave a block standing. An address has nothing beneath it.
   */
  narrow(flags: number, kind: "name" | "address"): number {
    if (kind === "address") return flags & ~(flag.blockBeneath | flag.exemptBeneath);
    return this.#scope === "exact" ? flags & ~flag.blockBeneath : flags;
  }
}
