/**
 * What changed between the old and the new blocks of a range, as the deletions and additions of an IXFR difference
 * sequence (RFC 1995 section 4), RR by RR.
 */

import { compareStarts, equalBytes } from "../base/bytes.ts";
import { BlockReader, BlockWriter } from "../dns/block.ts";
import { countRrs, splitRrs } from "../dns/rr.ts";
import type { DifferenceKind } from "../store/zones.ts";
import { RuleChangeCounter } from "./rule-changes.ts";

export interface DifferenceSink {
  /** @returns false once the differences are too large to be kept: from then on they are only counted */
  message(kind: DifferenceKind, message: Uint8Array): boolean;
}

export class DifferenceWriter {
  removed = 0;
  added = 0;
  readonly rules: RuleChangeCounter;
  readonly #sink: DifferenceSink;
  #kept = true;
  readonly #writers: Readonly<Record<DifferenceKind, BlockWriter>>;
  readonly #old: BlockReader;
  readonly #new: BlockReader;

  constructor(apex: Uint8Array, sink: DifferenceSink, rules = new RuleChangeCounter()) {
    this.#sink = sink;
    this.rules = rules;
    this.#writers = {
      deletions: new BlockWriter(apex),
      additions: new BlockWriter(apex),
    };
    this.#old = new BlockReader(apex);
    this.#new = new BlockReader(apex);
  }

  /** Compares two sequences of blocks that cover the same range of names; ranges come in key order. */
  compare(oldBlocks: Iterable<Uint8Array>, newBlocks: Iterable<Uint8Array>): void {
    const before = new Owners(this.#old, oldBlocks);
    const after = new Owners(this.#new, newBlocks);
    while (before.live || after.live) {
      const order = !before.live
        ? 1
        : !after.live
          ? -1
          : compareStarts(this.#old.key, this.#old.keyBytes, this.#new.key, this.#new.keyBytes);
      if (order === 0 && compareStarts(this.#old.rrs, this.#old.rrsBytes, this.#new.rrs, this.#new.rrsBytes) === 0) {
        if (this.rules.waits) this.rules.same(after.key);
        before.advance();
        after.advance();
        continue;
      }
      const [oldRrs, newRrs] = [order <= 0 ? before.rrs : undefined, order >= 0 ? after.rrs : undefined];
      this.rules.differs(
        order <= 0 ? before.key : after.key,
        { rrs: oldRrs, followsParent: order <= 0 && this.#old.followsParent },
        { rrs: newRrs, followsParent: order >= 0 && this.#new.followsParent },
      );
      if (order < 0) this.#write("deletions", before.key, before.rrs);
      else if (order > 0) this.#write("additions", after.key, after.rrs);
      else this.changeRrs(before.key, before.rrs, after.rrs);
      if (order <= 0) before.advance();
      if (order >= 0) after.advance();
    }
    this.rules.end();
  }

  /** Notes the RRs of one owner that only one side has. The apex's key is empty. */
  changeRrs(key: Uint8Array, oldRrs: Uint8Array, newRrs: Uint8Array): void {
    if (countRrs(oldRrs) === 1 && countRrs(newRrs) === 1) {
      if (equalBytes(oldRrs, newRrs)) return;
      this.#write("deletions", key, oldRrs);
      this.#write("additions", key, newRrs);
      return;
    }
    const before = splitRrs(oldRrs);
    const after = splitRrs(newRrs);
    for (const rr of before) if (!after.some((other) => equalBytes(rr, other))) this.#write("deletions", key, rr);
    for (const rr of after) if (!before.some((other) => equalBytes(rr, other))) this.#write("additions", key, rr);
  }

  #write(kind: DifferenceKind, key: Uint8Array, rrs: Uint8Array): void {
    if (kind === "deletions") this.removed += countRrs(rrs);
    else this.added += countRrs(rrs);
    if (!this.#kept) return;
    const writer = this.#writers[kind];
    if (writer.add(key, key.length, rrs)) return;
    this.#kept = this.#sink.message(kind, writer.take());
    writer.add(key, key.length, rrs);
  }

  /** Hands on what is left. */
  finish(): void {
    for (const kind of ["deletions", "additions"] as const) {
      if (this.#kept && this.#writers[kind].records > 0)
        this.#kept = this.#sink.message(kind, this.#writers[kind].take());
    }
  }
}

/** Walks the owners of consecutive blocks. */
class Owners {
  live = true;
  readonly #reader: BlockReader;
  readonly #blocks: Iterator<Uint8Array, undefined>;

  constructor(reader: BlockReader, blocks: Iterable<Uint8Array>) {
    this.#reader = reader;
    this.#blocks = blocks[Symbol.iterator]() as Iterator<Uint8Array, undefined>;
    this.#nextBlock();
  }

  get key(): Uint8Array {
    return this.#reader.key.subarray(0, this.#reader.keyBytes);
  }

  get rrs(): Uint8Array {
    return this.#reader.rrs.subarray(0, this.#reader.rrsBytes);
  }

  advance(): void {
    if (!this.#reader.next()) this.#nextBlock();
  }

  #nextBlock(): void {
    const next = this.#blocks.next();
    if (next.done === true) {
      this.live = false;
      return;
    }
    this.#reader.open(next.value);
    this.advance();
  }
}
