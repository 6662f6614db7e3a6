/** Turns the merge's nodes into blocks: a name and its wildcard always stand in one block. */
import { BlockWriter, blockBytesMax } from "../dns/block.ts";
import { nameBytesMax } from "../dns/name.ts";
import { countRrs } from "../dns/rr.ts";
import { addCounts, type Counts, isNothing, noCounts, takeCounts } from "./counts.ts";
import { type NodeSink, none } from "./merge.ts";
import type { ZonePolicy } from "./policy.ts";

/** A block that is full, with what was counted in its range of keys. */
export interface FilledBlock {
  readonly firstKey: Uint8Array;
  readonly counts: Counts;
  /** Undefined where the range has counts but no rule. */
  readonly data: Uint8Array | undefined;
}

export class BlockSink implements NodeSink {
  readonly counts: Counts = noCounts();
  readonly #rrs: readonly Uint8Array[];
  /** Octets that a key may have so that its name with the apex stays within 255. */
  readonly #keyBytesMax: number;
  /** RRs of each action. */
  readonly #records: readonly number[];
  /** Octets that each action's RRs take at most, owner left out. */
  readonly #bytes: readonly number[];
  readonly #writer: BlockWriter;
  readonly #fill: number;
  readonly #emit: (block: FilledBlock) => void;
  #firstKey: Uint8Array | undefined;
  #full: FilledBlock | undefined;
  /**
   * Where the range at hand starts, until its first block ends: that block's first key, since what is counted before
   * its first node is the block's too.
   */
  #rangeStart: Uint8Array | undefined;

  constructor(policy: Pick<ZonePolicy, "apex" | "actionRrs">, fill: number, emit: (block: FilledBlock) => void) {
    this.#rrs = policy.actionRrs;
    this.#records = policy.actionRrs.map((rrs) => countRrs(rrs));
    this.#bytes = policy.actionRrs.map((rrs, i) => rrs.length + 4 * (this.#records[i] as number));
    // A key is as long as its name on the wire without the root's octet, which the apex brings.
    this.#keyBytesMax = nameBytesMax - policy.apex.length;
    this.#writer = new BlockWriter(policy.apex);
    this.#fill = fill;
    this.#emit = emit;
  }

  /** Octets in the block at hand. */
  get pendingBytes(): number {
    return this.#writer.bytes;
  }

  get pendingRecords(): number {
    return this.#writer.records;
  }

  /** Tells where the next range starts. */
  startAt(key: Uint8Array): void {
    this.#rangeStart = key;
  }

  node(key: Uint8Array, keyBytes: number, self: number, beneath: number, late: boolean): void {
    if (keyBytes > this.#keyBytesMax) {
      this.counts.tooLong += 1;
      return;
    }
    const writer = this.#writer;
    let bytes = keyBytes + 4;
    if (self !== none) bytes += this.#bytes[self] as number;
    if (beneath !== none) bytes += this.#bytes[beneath] as number;
    if (writer.records > 0 && writer.bytes + bytes > (late ? blockBytesMax : this.#fill)) this.#cut();
    this.#firstKey ??= key.slice(0, keyBytes);
    this.counts.rules += 1;
    if (self !== none) this.#add(key, keyBytes, self);
    if (beneath === none) return;
    if (keyBytes + 2 > this.#keyBytesMax) {
      this.counts.tooLong += 1;
      return;
    }
    key[keyBytes] = 0x2a;
    key[keyBytes + 1] = 0;
    this.#add(key, keyBytes + 2, beneath);
  }

  #add(key: Uint8Array, keyBytes: number, action: number): void {
    const rrs = this.#rrs[action] as Uint8Array;
    if (!this.#writer.add(key, keyBytes, rrs)) {
      this.#cut();
      this.#firstKey ??= key.slice(0, keyBytes);
      this.#writer.add(key, keyBytes, rrs);
    }
    this.counts.records += this.#records[action] as number;
  }

  /** Ends the range: emits what is left, be it counts alone. */
  flush(): void {
    if (this.#writer.records > 0) this.#cut();
    else if (!isNothing(this.counts)) {
      if (this.#full === undefined) this.#cut();
      else addCounts(this.#full.counts, takeCounts(this.counts));
    }
    if (this.#full !== undefined) this.#emit(this.#full);
    this.#full = undefined;
  }

  /** Ends the block at hand. It stays here until the next one ends, since what is counted meanwhile may be its. */
  #cut(): void {
    if (this.#full !== undefined) this.#emit(this.#full);
    const data = this.#writer.records > 0 ? this.#writer.take() : undefined;
    const firstKey = this.#rangeStart ?? this.#firstKey;
    if (firstKey === undefined) throw new RangeError("A block ends that never began");
    this.#full = { firstKey, counts: takeCounts(this.counts), data };
    this.#firstKey = undefined;
    this.#rangeStart = undefined;
  }
}
