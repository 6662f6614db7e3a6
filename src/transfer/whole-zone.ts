/**
 * The text of a zone that comes whole. Primaries send zones in canonical order, or nearly so: a record that is behind the
 * one before goes into the text as it is, and one that is not waits among the changes, to be merged in afterwards.
 */
import type { RecordSink } from "./answer.ts";
import { Changes, compareOctets } from "./changes.ts";
import type { OwnerReader } from "./owner-reader.ts";
import { lineBytesMax, writeLine } from "./record-text.ts";

const pieceBytes = 1_048_576;

function newPiece(): Uint8Array {
  return new Uint8Array(pieceBytes + lineBytesMax);
}

export class WholeZone implements RecordSink {
  /** Records that came out of order. */
  readonly changes: Changes;
  #piece = newPiece();
  #at = 0;
  #full: Uint8Array[] = [];
  readonly #free: Uint8Array[] = [];
  readonly #lastKey = new Uint8Array(512);
  #lastKeyBytes = -1;
  #lastRest: Uint8Array = new Uint8Array(0);

  constructor(changes: Changes) {
    this.changes = changes;
  }

  take(_isDeletion: boolean, owner: OwnerReader, ttl: number, rest: Uint8Array): void {
    const order = this.#orderOf(owner, rest);
    if (order < 0) this.changes.take(false, owner, ttl, rest);
    // What is sent twice is there once.
    if (order <= 0) return;
    const { key, keyBytes } = owner;
    const lastKey = this.#lastKey;
    for (let i = 0; i < keyBytes; i++) lastKey[i] = key[i] as number;
    this.#lastKeyBytes = keyBytes;
    this.#lastRest = rest;
    this.#at = writeLine(this.#piece, this.#at, owner, ttl, rest);
    if (this.#at < pieceBytes) return;
    this.#full.push(this.#piece.subarray(0, this.#at));
    // Large buffers cost the collector dear, so that they are used again.
    this.#piece = this.#free.pop() ?? newPiece();
    this.#at = 0;
  }

  /** Whether a record is behind the last one in the text (above 0), is that (0), or before it. */
  #orderOf({ key, keyBytes }: OwnerReader, rest: Uint8Array): number {
    if (this.#lastKeyBytes < 0) return 1;
    const order = compareOctets(key, 0, keyBytes, this.#lastKey, 0, this.#lastKeyBytes);
    if (order !== 0) return order;
    return compareOctets(rest, 0, rest.length, this.#lastRest, 0, this.#lastRest.length);
  }

  /** Pieces of the text that are finished, each valid until the next is asked for. */
  *takeFull(): Generator<Uint8Array> {
    const full = this.#full;
    if (full.length === 0) return;
    this.#full = [];
    for (const piece of full) {
      yield piece;
      this.#free.push(new Uint8Array(piece.buffer));
    }
  }

  /** What is left of the text. */
  takeRest(): Uint8Array {
    return this.#piece.subarray(0, this.#at);
  }
}
