/** Between the parsers and the collector: turns what an item or rule says into flags under the source's scope and role. */

import { readItems } from "../item.ts";
import { type Item } from "../item-host.ts";
import { decodeOctets } from "../item-text.ts";
import { isLostException } from "../lost-exception.ts";
import type { RejectReason, Rejects } from "../rejects.ts";
import {
  type LocalDataMeaning,
  localDataDefault,
  type Reading,
  type Role,
  type Scope,
  type TargetMeaning,
  type TargetMeanings,
  type Wildcard,
  wildcardDefault,
} from "../role.ts";
import { allowFlag, blockSelfBits, blockSubtree, type Collector, exemptSubtree, flag } from "./collector.ts";

/** How what a list says becomes entries. */
export interface SinkOptions {
  readonly role: Role;
  /**
   * Absent, plain names are exact and `*.name` and `.name` are subtrees. Formats that state a scope line by line keep
   * theirs, but for narrowing to `exact`. The hosts of URLs are always exact, unless they are to be allowed.
   */
  readonly scope?: Scope | undefined;
  /** As what items are read, where the triggers of a source call for another way than its role's. */
  readonly reading?: Reading;
  /** Absent: `wildcardDefault`. */
  readonly wildcard?: Wildcard | undefined;
  /** rpz; absent: `localDataDefault`. */
  readonly localData?: LocalDataMeaning | undefined;
  /** rpz: what rules with these targets are, whatever they are otherwise; absent: none. */
  readonly actions?: TargetMeanings | undefined;
  /** Whether lines of related formats are read as well, as lists that were joined have them; true where absent. */
  readonly isMixed?: boolean;
  /** Whether a last line without a line feed is a reject, as the end of a list that was cut; false where absent. */
  readonly dropsCutLine?: boolean;
}

export class EntrySink {
  readonly collector: Collector;
  readonly rejects: Rejects;
  readonly role: Role;
  readonly reading: Reading;
  readonly localData: LocalDataMeaning;
  readonly actions: ReadonlyMap<string, TargetMeaning>;
  readonly isMixed: boolean;
  readonly dropsCutLine: boolean;
  readonly #scope: Scope | undefined;
  /** Flags of a name as it stands, in formats that do not state a scope line by line. */
  readonly plainFlags: number;
  /** Flags of `.name` and `+.name` in these formats. */
  readonly dottedFlags: number;
  /** Flags of `*.name`; 0 where the scope leaves none. */
  readonly starFlags: number;

  constructor(collector: Collector, rejects: Rejects, options: SinkOptions) {
    const { role, scope, wildcard = wildcardDefault, localData = localDataDefault, isMixed = true } = options;
    this.dropsCutLine = options.dropsCutLine ?? false;
    this.collector = collector;
    this.rejects = rejects;
    this.role = role;
    this.reading = options.reading ?? role;
    this.localData = localData;
    this.actions = new Map(Object.entries(options.actions ?? {}));
    this.isMixed = isMixed;
    this.#scope = scope;
    this.plainFlags = scope === "subtree" ? blockSubtree : flag.blockSelf;
    this.dottedFlags = scope === "exact" ? flag.blockSelf : blockSubtree;
    this.starFlags = wildcard === "subtree" ? this.dottedFlags : this.narrow(flag.blockBeneath, "name");
  }

  /** Counts a reject of octets, one per character. */
  reject(reason: RejectReason, line: number, octets: string): void {
    const isLost = this.role === "block" && isLostException(reason, octets);
    this.rejects.addOctets(isLost ? "exception-unreadable" : reason, line, octets);
  }

  /** Takes one item in octets, one per character, as the lists without rules have them. */
  takeOctets(octets: string, line: number): void {
    const text = decodeOctets(octets);
    if (text === undefined) this.reject("not-utf8", line, octets);
    else this.takeItems(readItems(text, this.reading), line, octets);
  }

  /** Takes what an item was read as; `octets` is the item as written. */
  takeItems(items: readonly Item[], line: number, octets: string): void {
    for (const item of items) {
      const flags = item.kind === "reject" ? 0 : this.#flagsOf(item);
      if (item.kind === "reject") this.reject(item.reason, line, octets);
      else if (flags === 0) this.reject("outside-scope", line, octets);
      else {
        this.collector.add(item.key, flags);
        if (item.kind === "address" && item.hadHostBits === true) this.reject("host-bits-cleared", line, octets);
      }
    }
  }

  #flagsOf(item: Exclude<Item, { kind: "reject" }>): number {
    if (item.kind === "address") return item.isRangePart ? flag.blockSelf | flag.rangePart : flag.blockSelf;
    switch (item.written) {
      case "url":
        return this.role === "allow" ? this.plainFlags : flag.blockUrlHost;
      case "plain":
        return this.plainFlags;
      case "star":
        return this.starFlags;
      case "dot":
        return this.dottedFlags;
    }
  }

  /**
   * Adds what a rule states of a name or address by bits of `flag`, after narrowing, and says whether anything is left
   * of it. In a list of names to allow, a rule that blocks and one that exempts both say what must not be blocked.
   */
  takeRule(host: Item, flags: number, line: number, octets: string): boolean {
    if (host.kind === "reject") {
      this.reject(host.reason, line, octets);
      return false;
    }
    const stated = this.role === "allow" ? allowing(flags) : flags;
    const narrowed = this.narrow(stated, host.kind);
    if ((narrowed & (blockSelfBits | blockSubtree | exemptSubtree)) === 0) {
      this.reject("outside-scope", line, octets);
      return false;
    }
    this.collector.add(host.key, narrowed);
    return true;
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

/** What a rule of an allow list says: one that blocks and one that exempts both name what must not be blocked. */
function allowing(flags: number): number {
  const self = flags & (flag.exemptSelf | blockSelfBits) ? allowFlag.self : 0;
  const beneath = flags & (flag.exemptBeneath | flag.blockBeneath) ? allowFlag.beneath : 0;
  return self | beneath;
}
