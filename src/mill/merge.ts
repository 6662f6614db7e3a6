/**
 * The merge: sorted entries of sources and allow lists in, the nodes of a policy zone out, in one pass with a small
 * stack. What a node means: its own action and the action of everything beneath it that has no node of its own.
 *
 * Resolvers disagree on what a node hides. To BIND any existing name, even an empty non-terminal, hides the wildcards
 * above it (closest encloser, RFC 4592 2.2 and 3.3.1); PowerDNS and Knot Resolver look for a wildcard at every ancestor;
 * Unbound takes the wildcard beneath the name that the query shares with the owner before it in an order of its own.
 * So a name that says nothing new beneath a blocked parent gets no node at all, and where a node must be, it and each
 * name between it and its parent carry their action and their wildcard's in full. Then all three ways of looking give
 * the same answer for every name.
 *
 * Rules on names of name servers are merged as names are, in their own section of the zone; so all resolvers read them.
 * Rules on addresses do not nest by name, and each section of them has its statements in tables (`addresses.ts`).
 *
 * Keys hold labels of a-z, 0-9, `-` and `_` only (the parsers see to that), all of which sort after `*`: a name's
 * wildcard comes right behind it, before anything beneath.
 */
import { compareStarts, equalBytes } from "../base/bytes.ts";
import { labelsMax } from "../dns/name.ts";
import type { Guard } from "../guard/judge.ts";
import { prefixOfKey } from "../rpz/address.ts";
import type { AddressTrigger, NameTrigger } from "../rpz/label.ts";
import { triggerOfKey } from "../rpz/section.ts";
import { AddressSections } from "./addresses.ts";
import { passesAllowed } from "./allowed-names.ts";
import { addGuardCount, type Counts } from "./counts.ts";
import { type GuardHit, Guarding } from "./guarding.ts";
import { Inputs, type ListReader } from "./inputs.ts";
import type { ZonePolicy } from "./policy.ts";
import { Ranks } from "./ranks.ts";

/** No rule. */
export const none = -1;
const passthru = 0;
const noHits: readonly GuardHit[] = [];

/** Takes the nodes of a zone in key order. */
export interface NodeSink {
  /** What was stopped or dropped since the sink last looked; the merge adds to it. */
  readonly counts: Counts;
  /**
   * `self` and `beneath` are action numbers or `none`. `key` has room for two octets more, which may be overwritten.
   * A node is late where names after it have been counted already: it had better go where the last node went.
   */
  node(key: Uint8Array, keyBytes: number, self: number, beneath: number, late: boolean): void;
}

export class Merge {
  readonly #policy: ZonePolicy;
  readonly #sink: NodeSink;
  readonly #ranks: Ranks;
  readonly #inputs: Inputs;
  readonly #guarding: Guarding;
  readonly #takesNames: boolean;
  readonly #takesServerNames: boolean;
  /** Whether an allowed name is a rule of its own, whatever is above it (`allowed-names.ts`). */
  readonly #passesAllowed: boolean;
  readonly #addresses: AddressSections;

  /** The name at hand has been taken but lies past the range: the next range may go on with it. */
  #locked = false;

  // The stack: names above the one at hand that have a say. Frame 0 is the apex.
  #top = 0;
  readonly #frameBytes = new Int32Array(labelsMax + 1);
  readonly #frameAction = new Int16Array(labelsMax + 1);
  readonly #frameAllowed = new Uint8Array(labelsMax + 1);
  readonly #frameCover: Int32Array;
  readonly #frameFresh: Int32Array;
  /** The deepest frame's key. Frames lie on one path, so it holds that of every other. */
  readonly #path = new Uint8Array(512);

  /** The last name that got a node: it and all above it exist in the zone. */
  readonly #lastNode = new Uint8Array(512);
  #lastNodeBytes = 0;

  #from: Uint8Array | undefined;
  #to: Uint8Array | undefined;
  /** Neither counts nor nodes of their own for the names at hand: ancestors of the range, or names past its end. */
  #silent = false;

  constructor(policy: ZonePolicy, reader: ListReader, sink: NodeSink) {
    this.#policy = policy;
    this.#sink = sink;
    this.#ranks = new Ranks(policy, reader.factsOf);
    this.#inputs = new Inputs(policy, reader, this.#ranks);
    const { words } = this.#inputs;
    this.#frameCover = new Int32Array((labelsMax + 1) * words);
    this.#frameFresh = new Int32Array((labelsMax + 1) * words);
    this.#takesNames = policy.triggers.includes("qname");
    this.#takesServerNames = policy.triggers.includes("nsdname");
    this.#passesAllowed = passesAllowed(policy.triggers);
    this.#guarding = new Guarding(policy, reader, this.#ranks);
    this.#addresses = new AddressSections(policy, reader, this.#ranks, this.#guarding);
    this.#frameAction[0] = none;
  }

  /**
   * Emits the nodes whose key lies in [from, to); an undefined bound is no bound. Bounds are keys of names, never of
   * wildcards. Ranges that follow one another give together what one over both gives; the second goes on where the
   * first stopped.
   */
  run(from?: Uint8Array, to?: Uint8Array): void {
    let locked = this.#locked && from !== undefined && this.#to !== undefined && equalBytes(from, this.#to);
    this.#locked = false;
    this.#from = from;
    this.#to = to;
    if (!locked) {
      this.#top = 0;
      this.#lastNodeBytes = 0;
      this.#enterAncestors();
      this.#inputs.start(from);
    }
    const inputs = this.#inputs;
    while (locked || inputs.take()) {
      locked = false;
      const past = to !== undefined && !isBefore(inputs.key, inputs.keyBytes, to);
      this.#leave();
      if (past && !this.#mayReachBack(to)) {
        // After a look further ahead, the names looked at would be missing.
        this.#locked = !this.#silent;
        break;
      }
      this.#silent = past;
      if (this.#decide(true) && past) break;
    }
    this.#silent = false;
  }

  /** Puts what the names above `from` say on the stack. */
  #enterAncestors(): void {
    const from = this.#from;
    if (from === undefined) return;
    this.#silent = true;
    for (let end = 1; end < from.length; end++) {
      if (from[end - 1] !== 0) continue;
      if (this.#inputs.lookUp(from.subarray(0, end))) this.#decide(false);
    }
    this.#silent = false;
    this.#lastNodeBytes = 0;
  }

  /** Leaves the frames that the name at hand is not beneath. */
  #leave(): void {
    const { key, keyBytes } = this.#inputs;
    while (this.#top > 0) {
      const bytes = this.#frameBytes[this.#top] as number;
      if (bytes < keyBytes && sameBytes(this.#path, key, bytes)) return;
      this.#top -= 1;
    }
  }

  /** Decides on the name or address at hand; true where it got a node. Names come in turn or, above a range, do not. */
  #decide(inTurn: boolean): boolean {
    const { key, keyBytes } = this.#inputs;
    const trigger = triggerOfKey(key, keyBytes);
    switch (trigger) {
      case "qname":
        return (this.#takesNames || this.#isAllowedAlone()) && this.#decideName("qname", inTurn);
      case "nsdname":
        return this.#takesServerNames && this.#decideName("nsdname", inTurn);
      default:
        return this.#policy.triggers.includes(trigger) && this.#decideAddress(trigger);
    }
  }

  /** Whether the name at hand, of a zone that takes no names, is allowed and so to be let pass; what sources say is forgotten. */
  #isAllowedAlone(): boolean {
    const inputs = this.#inputs;
    if (!this.#passesAllowed || !(inputs.allowSelf || inputs.allowBeneath)) return false;
    inputs.forgetSources();
    return true;
  }

  #decideName(trigger: NameTrigger, inTurn: boolean): boolean {
    const inputs = this.#inputs;
    const { words, self, beneath, exemptSelf, exemptBeneath, key, keyBytes } = inputs;
    const top = this.#top;
    const cover = this.#frameCover;
    let said = 0;
    for (let w = 0; w < words; w++) said |= (self[w] as number) | (beneath[w] as number);
    const hits = said === 0 ? noHits : this.#guarding.apply(inputs, trigger, inTurn);

    const allowedAbove = this.#frameAllowed[top] === 1;
    const inherited = this.#frameAction[top] as number;
    const allowSelf = allowedAbove || inputs.allowSelf;
    const allowBeneath = allowedAbove || inputs.allowBeneath;
    // Where something above is blocked, "not blocked" has to be said.
    const blank = inherited === none ? none : passthru;
    const lifted = this.#passesAllowed && trigger === "qname" ? passthru : blank;

    // What each rank says of the name itself and of what is beneath it, the exceptions of its source taken off.
    let selfSaid = 0;
    let covered = 0;
    let exempted = 0;
    let changed = 0;
    let freshAny = 0;
    const at = top * words;
    const next = (top + 1) * words;
    for (let w = 0; w < words; w++) {
      const above = cover[at + w] as number;
      const offSelf = exemptSelf[w] as number;
      const offBeneath = exemptBeneath[w] as number;
      exempted |= ((self[w] as number) | above) & offSelf;
      self[w] = (self[w] as number) & ~offSelf;
      selfSaid |= self[w] as number;
      covered |= above & ~offSelf;
      const fresh = (beneath[w] as number) & ~offBeneath;
      const now = (above & ~offBeneath) | fresh;
      cover[next + w] = now;
      this.#frameFresh[next + w] = fresh;
      freshAny |= fresh;
      changed |= (now ^ above) | fresh;
    }

    let selfAction = lifted;
    if (!allowSelf) {
      selfAction = blank;
      if (selfSaid !== 0) selfAction = this.#bestOf(self, 0);
      else if (covered !== 0) selfAction = exempted === 0 ? inherited : this.#deepestOf(top, exemptSelf, blank);
    }
    let beneathAction = lifted;
    if (!allowBeneath) {
      if (freshAny !== 0) beneathAction = this.#bestOf(this.#frameFresh, next);
      else if (changed === 0) beneathAction = inherited;
      else beneathAction = this.#deepestOf(top, exemptBeneath, blank);
    }

    const needed = selfAction !== inherited || beneathAction !== inherited;
    if (needed) this.#emit(selfAction, beneathAction);
    if (!this.#silent && !this.#countHits(hits)) {
      const { counts } = this.#sink;
      if (allowSelf && said !== 0) counts.allowed += 1;
      else if (exempted !== 0 && selfAction === blank) counts.excepted += 1;
      else if (!needed && said !== 0) counts.covered += 1;
      if (said === 0 && inputs.unselected) counts.unselected += 1;
    }

    if (changed !== 0 || allowBeneath !== allowedAbove) {
      this.#top = top + 1;
      this.#frameBytes[top + 1] = keyBytes;
      this.#frameAction[top + 1] = beneathAction;
      this.#frameAllowed[top + 1] = allowBeneath ? 1 : 0;
      for (let i = 0; i < keyBytes; i++) this.#path[i] = key[i] as number;
    }
    return needed;
  }

  #decideAddress(trigger: AddressTrigger): boolean {
    const inputs = this.#inputs;
    const { words, self, exemptSelf, key, keyBytes } = inputs;
    const prefix = prefixOfKey(key.subarray(0, keyBytes));
    if (prefix === undefined) return false;
    let said = 0;
    let exempts = 0;
    for (let w = 0; w < words; w++) {
      said |= self[w] as number;
      exempts |= exemptSelf[w] as number;
    }
    const hits = said === 0 ? noHits : this.#guarding.applyToAddress(inputs, trigger, prefix);
    const addresses = this.#addresses.of(trigger);

    // What wider prefixes do matters where this one is not simply blocked.
    const inherited = inputs.allowSelf || exempts !== 0 ? addresses.inherited(prefix) : none;
    const around = exempts === 0 ? none : addresses.blockedAround(prefix, exemptSelf);
    const allowed = inputs.allowSelf || addresses.isAllowed(prefix);
    let selfSaid = 0;
    let exempted = 0;
    for (let w = 0; w < words; w++) {
      const off = exemptSelf[w] as number;
      exempted |= (self[w] as number) & off;
      self[w] = (self[w] as number) & ~off;
      selfSaid |= self[w] as number;
    }

    const blank = inherited === none ? none : passthru;
    let action = blank;
    if (!allowed) {
      if (selfSaid !== 0) action = this.#bestOf(self, 0);
      else if (around !== none) action = around;
    }
    // An address that is listed keeps its rule, whatever wider prefixes do.
    const needed = action !== inherited || (selfSaid !== 0 && !allowed);
    if (needed) this.#emit(action, none);
    if (!this.#silent && !this.#countHits(hits)) {
      const { counts } = this.#sink;
      if (allowed && said !== 0) counts.allowed += 1;
      else if ((exempted !== 0 || (said === 0 && exempts !== 0)) && action === blank) counts.excepted += 1;
      else if (!needed && said !== 0) counts.covered += 1;
      if (said === 0 && inputs.unselected) counts.unselected += 1;
    }
    return needed;
  }

  /** Counts what guards did at the name at hand, each guard once; true where one of them stopped something. */
  #countHits(hits: readonly GuardHit[]): boolean {
    if (hits.length === 0) return false;
    const { counts } = this.#sink;
    const stopped = new Set<string>();
    const narrowed = new Set<string>();
    let isSuffix = false;
    for (const { guard, verdict } of hits) {
      const { id, class: guardClass } = this.#policy.guards[guard] as Guard;
      (verdict === "stop" ? stopped : narrowed).add(id);
      isSuffix ||= verdict === "stop" && guardClass === "public-suffix";
    }
    for (const id of stopped) addGuardCount(counts, id, 1, 0);
    for (const id of narrowed) addGuardCount(counts, id, 0, 1);
    if (isSuffix) counts.publicSuffix += 1;
    return stopped.size > 0;
  }

  /** The action of the first rank in a set. */
  #bestOf(set: Int32Array, at: number): number {
    for (let w = 0; w < this.#inputs.words; w++) {
      const bits = set[at + w] as number;
      if (bits !== 0) return this.#ranks.actions[32 * w + (31 - Math.clz32(bits & -bits))] as number;
    }
    return none;
  }

  /** The action of the deepest cover above whose rank is not exempted; `blank` where there is none. */
  #deepestOf(top: number, exempt: Int32Array, blank: number): number {
    const left = new Int32Array(this.#inputs.words);
    for (let frame = top; frame > 0; frame--) {
      for (let w = 0; w < this.#inputs.words; w++) {
        const live = (this.#frameCover[top * this.#inputs.words + w] as number) & ~(exempt[w] as number);
        left[w] = (this.#frameFresh[frame * this.#inputs.words + w] as number) & live;
      }
      const action = this.#bestOf(left, 0);
      if (action !== none) return action;
    }
    return blank;
  }

  /** Emits a node, and before it each name above that has none yet and would be uncovered by its existence. */
  #emit(self: number, beneath: number): void {
    const { key, keyBytes } = this.#inputs;
    if (this.#top > 0) {
      let shared = 0;
      const shorter = Math.min(this.#lastNodeBytes, keyBytes);
      while (shared < shorter && this.#lastNode[shared] === key[shared]) shared++;
      for (let end = this.#frameBytes[1] as number, frame = 1; end < keyBytes; end++) {
        if (key[end - 1] !== 0) continue;
        while (frame < this.#top && (this.#frameBytes[frame + 1] as number) <= end) frame++;
        const action = this.#frameAction[frame] as number;
        if (end > shared && action !== none && this.#isInRange(end)) this.#sinkNode(end, action, action, true);
      }
    }
    if (!this.#silent) this.#sinkNode(keyBytes, self, beneath, false);
    for (let i = 0; i < keyBytes; i++) this.#lastNode[i] = key[i] as number;
    this.#lastNodeBytes = keyBytes;
  }

  /** Hands on `key[0…end)`; the sink may write behind it, so what stands there is put back. */
  #sinkNode(end: number, self: number, beneath: number, late: boolean): void {
    const { key } = this.#inputs;
    const first = key[end] as number;
    const second = key[end + 1] as number;
    this.#sink.node(key, end, self, beneath, late);
    key[end] = first;
    key[end + 1] = second;
  }

  /** Whether the name `key[0…end)` lies in the range at hand. */
  #isInRange(end: number): boolean {
    if (this.#from !== undefined && isBefore(this.#inputs.key, end, this.#from)) return false;
    return this.#to === undefined || isBefore(this.#inputs.key, end, this.#to);
  }

  /**
   * Whether a node past the end of the range may still bring one to a name inside it: a covered name above the one at
   * hand that has none yet.
   */
  #mayReachBack(to: Uint8Array): boolean {
    if (this.#top === 0) return false;
    const { key, keyBytes } = this.#inputs;
    for (let end = this.#frameBytes[1] as number, frame = 1; end < keyBytes; end++) {
      if (key[end - 1] !== 0) continue;
      if (!isBefore(key, end, to)) return false;
      while (frame < this.#top && (this.#frameBytes[frame + 1] as number) <= end) frame++;
      if (this.#frameAction[frame] === none || !this.#isInRange(end)) continue;
      if (this.#lastNodeBytes < end || !sameBytes(this.#lastNode, key, end)) return true;
    }
    return false;
  }
}

/** Whether the first `bytes` octets are the same; from the end, where names of one zone differ first. */
function sameBytes(a: Uint8Array, b: Uint8Array, bytes: number): boolean {
  for (let i = bytes - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `key[0…keyBytes)` sorts before `bound`. */
function isBefore(key: Uint8Array, keyBytes: number, bound: Uint8Array): boolean {
  return compareStarts(key, keyBytes, bound, bound.length) < 0;
}
