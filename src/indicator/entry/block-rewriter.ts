/**
 * Brings sorted blocks of entries up to date where keys change: blocks that no change touches stay as they are, the
 * others are written anew. It reads only what it writes.
 */
import { compareBytes, compareStarts } from "../../base/bytes.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter, EntryCursor, entryBlockBytes } from "./block.ts";

/** The blocks that are there, in order. A block holds the keys from its first one up to the first of the next. */
export interface IndexedBlocks<Block extends { readonly firstKey: Uint8Array }> {
  /** The last block whose first key is at or before `key`; the very first where there is none; undefined where all is empty. */
  at(key: Uint8Array): Block | undefined;
  /** The block after one; undefined after the last. */
  after(block: Block): Block | undefined;
  read(block: Block): Uint8Array;
}

/** Octets up to which a block that is written again may grow, so that a few more names seldom split it. */
const rewrittenBytes = entryBlockBytes + entryBlockBytes / 2;
/** What is left below this is joined with the block behind it, so that blocks do not crumble. */
const joinedBytes = entryBlockBytes / 4;

export class BlockRewriter<Block extends { readonly firstKey: Uint8Array }> {
  readonly #old: IndexedBlocks<Block>;
  readonly #retire: (block: Block) => void;
  readonly #writer: EntryBlockWriter;
  /** The old block that is being written again. */
  #block: Block | undefined;
  /** The first key of the block behind it; undefined behind the last. */
  #end: Uint8Array | undefined;
  #next: Block | undefined;
  #cursor: EntryCursor | undefined;
  readonly #key = new Uint8Array(256);
  #keyBytes = 0;

  /** `emit` is called with each new block, `retire` with each old one that it takes the place of. */
  constructor(old: IndexedBlocks<Block>, emit: (block: EntryBlock) => void, retire: (block: Block) => void) {
    this.#old = old;
    this.#retire = retire;
    this.#writer = new EntryBlockWriter(emit, rewrittenBytes);
  }

  /** Drops what the blocks say of a key; `add` says what they say from now on. Keys come in strictly ascending order. */
  change(source: Uint8Array, keyBytes: number): void {
    this.#key.set(source.subarray(0, keyBytes));
    this.#keyBytes = keyBytes;
    const key = this.#key.subarray(0, keyBytes);
    while (this.#block !== undefined && this.#end !== undefined && compareBytes(key, this.#end) >= 0) this.#leave();
    if (this.#block === undefined) {
      const block = this.#old.at(key);
      if (block === undefined) return;
      this.#enter(block);
    }
    const cursor = this.#cursor as EntryCursor;
    this.#copyTo(key);
    while (cursor.isAt(key)) cursor.advance();
  }

  /** Adds an entry of the key that changes; profiles come in ascending order. */
  add(flags: number, firstSeen: number, profile: number): void {
    this.#writer.add(this.#key, 0, this.#keyBytes, flags, firstSeen, profile);
  }

  finish(): void {
    while (this.#block !== undefined) this.#leave();
    this.#writer.flush();
  }

  #enter(block: Block): void {
    this.#block = block;
    this.#next = this.#old.after(block);
    this.#end = this.#next?.firstKey;
    const bytes = this.#old.read(block);
    this.#cursor = new EntryCursor(new EntryBlockList([{ firstKey: block.firstKey, entries: 0, bytes }]));
    this.#cursor.rewind();
    this.#retire(block);
  }

  /** Copies the rest of the block at hand, and goes on with the next one where too little of it is left to stand alone. */
  #leave(): void {
    this.#copyTo(undefined);
    const next = this.#next;
    this.#block = undefined;
    const { pendingBytes } = this.#writer;
    if (next !== undefined && pendingBytes > 0 && pendingBytes < joinedBytes) this.#enter(next);
    else this.#writer.flush();
  }

  /** Copies entries before a key. */
  #copyTo(key: Uint8Array | undefined): void {
    const cursor = this.#cursor as EntryCursor;
    const isBefore = (): boolean =>
      key === undefined || compareStarts(cursor.key, cursor.keyBytes, key, key.length) < 0;
    while (cursor.live && isBefore()) {
      this.#writer.add(cursor.key, 0, cursor.keyBytes, cursor.flags, cursor.firstSeen, cursor.profile);
      cursor.advance();
    }
  }
}
