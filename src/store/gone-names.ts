/**
 * Names that a source no longer lists, with when they were first seen, so that one that comes back keeps its time: sorted
 * blocks of entries, with the time at which a name left in place of its profile.
 *
 * They belong to no snapshot. A name is noted here while the draft without it is written; should that come to nothing, the name
 * is listed still, and what is noted of a listed name is never looked at: neither then nor where it has come back. When it
 * leaves again, that takes the place of what was noted. So nothing need be taken back, and a kill costs nothing.
 */
import { compareStarts } from "../base/bytes.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter, EntryCursor } from "../indicator/entry/block.ts";
import { BlockRewriter } from "../indicator/entry/block-rewriter.ts";
import { type Database, hasTable, preparing, transactBulk, transactSmall } from "./database.ts";
import { BlockIndex, StoredEntryBlocks, scopeOfGone } from "./entry-blocks.ts";
import { fewAtOnce } from "./row-deletion.ts";

/** Times are stored in 32 bits. */
const timeMax = 2 ** 32 - 1;
/** Octets of noted names that are gathered before they are written. */
const batchBytes = 1024 * 1024;
/** Stored blocks that are written anew in one transaction: about 4 MiB. */
const rewrittenAtOnce = 256;
/** Octets of a block that is written anew, with its row. */
const rewrittenBytes = 24 * 1024;
/** Blocks are purged once their oldest name has been of no use for so long, so that each is written anew now and then only. */
const purgeDelaySeconds = 14 * 86_400;
/** Blocks that are purged in one transaction. */
const purgedAtOnce = 64;
/** Pages that a block lies in before and after, with its row. */
const purgedPages = 3;
/** Names of a source that are kept beside as many as it ever listed at once. */
const keptBeside = 100_000;

interface GoneRow {
  readonly firstKey: Uint8Array;
  readonly message: number;
}

export class GoneNames {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** Looks names of a source up, in ascending order, that left after `since` (Unix seconds); undefined where none did. */
  lookup(source: number, since: number): GoneLookup | undefined {
    if (!hasTable(this.#sql, "gone_block")) return undefined;
    if (this.#sql("SELECT 1 FROM gone_block WHERE source = ? LIMIT 1").get(source) === undefined) return undefined;
    return new GoneLookup(new EntryCursor(new StoredEntryBlocks(this.#db, scopeOfGone(source))), since);
  }

  /** Notes names of a source that leave at a time (Unix seconds), in ascending order. */
  noting(source: number, at: number): GoneNoting {
    return new GoneNoting((blocks) => this.#note(source, blocks), Math.min(at, timeMax));
  }

  /** Writes noted names among those there are: of any that stands there already, what is noted now counts. */
  #note(source: number, blocks: readonly EntryBlock[]): void {
    const names = new EntryCursor(new EntryBlockList(blocks));
    let noted = 0;
    let bytes = 0;
    for (const block of blocks) {
      noted += block.entries;
      bytes += block.bytes.length;
    }
    for (names.rewind(); names.live; ) {
      const touched = Math.min(noted, this.#rowsFrom(source, names).length);
      // Other threads note names of other ranges, which may lie in the same blocks: these are looked for with the lock held.
      transactBulk(this.#db, bytes + touched * rewrittenBytes, () => this.#noteSome(source, names));
    }
  }

  /** Writes names into some blocks. To be called in a transaction. */
  #noteSome(source: number, names: EntryCursor): void {
    const rows = this.#rowsFrom(source, names);
    // Where there are more, the last one only says where those before it end.
    const end = rows.length > rewrittenAtOnce ? rows.pop()?.firstKey : undefined;
    const retired: GoneRow[] = [];
    const written: EntryBlock[] = [];
    const rewriter = new BlockRewriter(
      new BlockIndex(this.#db, rows),
      (block) => written.push(block),
      (row) => retired.push(row),
    );
    const isInRows = (): boolean => names.live && (end === undefined || isBefore(names, end));
    for (; isInRows(); names.advance()) {
      rewriter.change(names.key, names.keyBytes);
      rewriter.add(0, names.firstSeen, names.profile);
    }
    rewriter.finish();
    for (const row of retired) this.#delete(source, row);
    for (const block of written) this.#insert(source, block);
  }

  /** The next blocks of a source, from the one that the name at hand belongs to. */
  #rowsFrom(source: number, { key, keyBytes }: EntryCursor): GoneRow[] {
    const first = this.#sql("SELECT max(first_key) FROM gone_block WHERE source = ? AND first_key <= ?")
      .pluck()
      .get(source, key.subarray(0, keyBytes)) as Uint8Array | null;
    const rows = `SELECT first_key AS firstKey, message FROM gone_block WHERE source = ? AND first_key >= ?
      ORDER BY first_key LIMIT ${rewrittenAtOnce + 1}`;
    return this.#sql(rows).all(source, first ?? new Uint8Array(0)) as GoneRow[];
  }

  #insert(source: number, { firstKey, entries, bytes }: EntryBlock): void {
    const { lastInsertRowid } = this.#sql("INSERT INTO message (data) VALUES (?)").run(bytes);
    this.#sql("INSERT INTO gone_block (source, first_key, entries, oldest, message) VALUES (?, ?, ?, ?, ?)").run(
      source,
      firstKey,
      entries,
      oldestIn(bytes),
      lastInsertRowid,
    );
  }

  #delete(source: number, { firstKey, message }: GoneRow): void {
    this.#sql("DELETE FROM message WHERE id = ?").run(message);
    this.#sql("DELETE FROM gone_block WHERE source = ? AND first_key = ?").run(source, firstKey);
  }

  /**
   * Deletes names that left up to a time (Unix seconds), a little later and a little at a time; and of a source with more of
   * them than it ever listed, those that left first.
   */
  purge(upTo: number): void {
    for (const source of this.#sql("SELECT id FROM source").pluck().all() as number[]) {
      this.#purge(source, upTo - purgeDelaySeconds, upTo);
      const listed = this.#sql("SELECT max(entries) FROM snapshot WHERE source = ?").pluck().get(source) as
        | number
        | null;
      const kept = this.#sql("SELECT sum(entries) FROM gone_block WHERE source = ?").pluck().get(source) as
        | number
        | null;
      const most = (listed ?? 0) + keptBeside;
      if ((kept ?? 0) <= most) continue;
      const before = this.#newest(source, (3 * most) / 4);
      this.#purge(source, before, before);
    }
  }

  /** Of blocks with a name that left up to `ifUpTo`, deletes all names that left up to `upTo`. */
  #purge(source: number, ifUpTo: number, upTo: number): void {
    const old = "SELECT first_key AS firstKey, message FROM gone_block WHERE source = ? AND oldest <= ?";
    const rows = this.#sql(old).all(source, ifUpTo) as GoneRow[];
    for (let at = 0; at < rows.length; ) {
      const end = at + fewAtOnce(this.#db, purgedAtOnce, purgedPages);
      const some = rows.slice(at, end);
      at = end;
      transactSmall(this.#db, () => {
        for (const row of some) {
          const left = this.#leftOf(row, upTo);
          this.#delete(source, row);
          for (const block of left) this.#insert(source, block);
        }
      });
    }
  }

  #leftOf({ firstKey, message }: GoneRow, upTo: number): EntryBlock[] {
    const left: EntryBlock[] = [];
    const bytes = this.#sql("SELECT data FROM message WHERE id = ?").pluck().get(message) as Uint8Array;
    const writer = new EntryBlockWriter((block) => left.push(block), bytes.length);
    const cursor = new EntryCursor(new EntryBlockList([{ firstKey, entries: 0, bytes }]));
    for (cursor.rewind(); cursor.live; cursor.advance()) {
      if (cursor.profile > upTo) writer.add(cursor.key, 0, cursor.keyBytes, 0, cursor.firstSeen, cursor.profile);
    }
    writer.flush();
    return left;
  }

  /** The time after which so many names left, or those that left last. */
  #newest(source: number, count: number): number {
    const left = new Map<number, number>();
    const cursor = new EntryCursor(new StoredEntryBlocks(this.#db, scopeOfGone(source)));
    for (cursor.rewind(); cursor.live; cursor.advance()) left.set(cursor.profile, (left.get(cursor.profile) ?? 0) + 1);
    const times = [...left].sort(([a], [b]) => b - a);
    let kept = 0;
    const before = times.findIndex(([, names], i) => (kept += names) > count && i > 0);
    return before < 0 ? -1 : (times[before] as [number, number])[0];
  }
}

function isBefore({ key, keyBytes }: EntryCursor, end: Uint8Array): boolean {
  return compareStarts(key, keyBytes, end, end.length) < 0;
}

/** When the first of a block's names to leave did. */
function oldestIn(bytes: Uint8Array): number {
  let oldest = timeMax;
  const cursor = new EntryCursor(new EntryBlockList([{ firstKey: new Uint8Array(0), entries: 0, bytes }]));
  for (cursor.rewind(); cursor.live; cursor.advance()) oldest = Math.min(oldest, cursor.profile);
  return oldest;
}

export class GoneLookup {
  readonly #cursor: EntryCursor;
  readonly #since: number;
  #isAhead = false;

  constructor(cursor: EntryCursor, since: number) {
    this.#cursor = cursor;
    this.#since = since;
  }

  /** When a name was first seen (Unix seconds) that left and has not been gone for too long. */
  firstSeen(key: Uint8Array): number | undefined {
    const cursor = this.#cursor;
    // Where it stands at a later name, or behind the last, this one did not leave: to seek would start its block anew.
    if (!this.#isAhead || (cursor.live && isBefore(cursor, key))) cursor.seek(key);
    this.#isAhead = true;
    return cursor.isAt(key) && cursor.profile > this.#since ? cursor.firstSeen : undefined;
  }
}

export class GoneNoting {
  readonly #write: (blocks: readonly EntryBlock[]) => void;
  readonly #at: number;
  readonly #writer: EntryBlockWriter;
  #blocks: EntryBlock[] = [];
  #bytes = 0;

  constructor(write: (blocks: readonly EntryBlock[]) => void, at: number) {
    this.#write = write;
    this.#at = at;
    this.#writer = new EntryBlockWriter((block) => this.#gather(block));
  }

  /** `firstSeen` in Unix seconds. */
  add(key: Uint8Array, keyBytes: number, firstSeen: number): void {
    this.#writer.add(key, 0, keyBytes, 0, firstSeen, this.#at);
  }

  finish(): void {
    this.#writer.flush();
    if (this.#blocks.length > 0) this.#write(this.#blocks);
    this.#blocks = [];
    this.#bytes = 0;
  }

  #gather(block: EntryBlock): void {
    this.#blocks.push(block);
    this.#bytes += block.bytes.length;
    if (this.#bytes < batchBytes) return;
    this.#write(this.#blocks);
    this.#blocks = [];
    this.#bytes = 0;
  }
}

/** Since when names that left keep their first-seen time where they come back (Unix seconds); undefined where none does. */
export function goneSince(now: number, historySeconds: number): number | undefined {
  return historySeconds === 0 ? undefined : now - historySeconds;
}
