/** Reads the blocks of entries of a snapshot, or those of the names that it changed, one at a time. */
import { compareBytes } from "../base/bytes.ts";
import type { EntryBlocks } from "../indicator/entry/block.ts";
import type { IndexedBlocks } from "../indicator/entry/block-rewriter.ts";
import { type Database, storeDamage } from "./database.ts";
import { deleteRows, removeEntries, removeOwnBlock } from "./row-deletion.ts";

/** Names one block of a source's entries. */
export interface EntryBlockId {
  readonly firstKey: Uint8Array;
  readonly created: number;
}

/** Which blocks are meant: a condition on the table `b`, with its arguments. */
export interface BlockScope {
  readonly table: "entry_block" | "snapshot_block" | "gone_block";
  readonly where: string;
  readonly bound: readonly number[];
  /** What they hold, in words. */
  readonly what: string;
}

/** What a snapshot lists: the blocks of its source that were created by then and not yet retired. */
export function scopeOfEntries(source: number, snapshot: number): BlockScope {
  const where = "b.source = ? AND b.created <= ? AND b.retired > ?";
  return { table: "entry_block", where, bound: [source, snapshot, snapshot], what: `snapshot ${snapshot}` };
}

/** The same in a store of schema 4 or older, where each snapshot has blocks of its own. */
export function scopeOfOwnEntries(snapshot: number): BlockScope {
  return {
    table: "snapshot_block",
    where: "b.snapshot = ? AND b.kind = 0",
    bound: [snapshot],
    what: `snapshot ${snapshot}`,
  };
}

/** The names that changed since the snapshot before. */
export function scopeOfChanges(snapshot: number): BlockScope {
  return {
    table: "snapshot_block",
    where: "b.snapshot = ? AND b.kind = 1",
    bound: [snapshot],
    what: `snapshot ${snapshot}`,
  };
}

/** The names that a source no longer lists. */
export function scopeOfGone(source: number): BlockScope {
  return { table: "gone_block", where: "b.source = ?", bound: [source], what: "the names that a list no longer has" };
}

/** Deletes the entries that a draft wrote, a little at a time. */
export function deleteDraftEntries(db: Database, source: number, draft: number): void {
  const select = "SELECT message AS id, first_key, created FROM entry_block WHERE source = ? AND created = ?";
  deleteRows(db, { select, remove: removeEntries }, source, draft);
}

/** Deletes the blocks that are a snapshot's or a draft's own, such as its list of changes, a little at a time. */
export function deleteOwnBlocks(db: Database, snapshot: number): void {
  const select = "SELECT message AS id, kind, first_key FROM snapshot_block WHERE snapshot = ?";
  deleteRows(db, { select, remove: removeOwnBlock }, snapshot);
}

/** Reads blocks one at a time and remembers the last, since neighbouring names are asked for in a row. */
export class StoredEntryBlocks implements EntryBlocks {
  readonly #at;
  readonly #first;
  readonly #next;
  readonly #nextKey;
  readonly #db: Database;
  readonly #scope: BlockScope;
  #current: { key: Uint8Array; data: Uint8Array } | undefined;
  /** Where the current block ends; null at the last block, undefined while not known. */
  #end: Uint8Array | null | undefined;

  constructor(db: Database, scope: BlockScope) {
    this.#db = db;
    this.#scope = scope;
    const from = `FROM ${scope.table} b LEFT JOIN message m ON m.id = b.message WHERE ${scope.where}`;
    const select = (rest: string) => db.prepare(`SELECT b.first_key AS key, m.data AS data ${from} ${rest} LIMIT 1`);
    this.#at = select("AND b.first_key <= ? ORDER BY b.first_key DESC");
    this.#next = select("AND b.first_key > ? ORDER BY b.first_key");
    this.#first = select("ORDER BY b.first_key");
    this.#nextKey = db
      .prepare(
        `SELECT first_key FROM ${scope.table} b WHERE ${scope.where} AND first_key > ? ORDER BY first_key LIMIT 1`,
      )
      .pluck();
  }

  at(key: Uint8Array): Uint8Array | undefined {
    const current = this.#current;
    const { bound } = this.#scope;
    if (current !== undefined && compareBytes(current.key, key) <= 0) {
      this.#end ??= (this.#nextKey.get(...bound, current.key) as Uint8Array | undefined) ?? null;
      if (this.#end === null || compareBytes(key, this.#end) < 0) return current.data;
    }
    this.#take(this.#at.get(...bound, key));
    return this.#current?.data ?? this.first();
  }

  first(): Uint8Array | undefined {
    this.#take(this.#first.get(...this.#scope.bound));
    return this.#current?.data;
  }

  next(): Uint8Array | undefined {
    if (this.#current === undefined) return undefined;
    this.#take(this.#next.get(...this.#scope.bound, this.#current.key));
    return this.#current?.data;
  }

  #take(row: unknown): void {
    const accepted = row as { key: Uint8Array; data: Uint8Array | null } | undefined;
    // A block that is lost must not pass for names that are no longer listed.
    if (accepted?.data === null) throw storeDamage(this.#db, `a block of ${this.#scope.what}`);
    this.#current = accepted as { key: Uint8Array; data: Uint8Array } | undefined;
    this.#end = undefined;
  }
}

/** An index of blocks in memory, in the order of their first keys. */
export class BlockIndex<Row extends { readonly firstKey: Uint8Array; readonly message: number }>
  implements IndexedBlocks<Placed<Row>>
{
  readonly #db: Database;
  readonly #rows: readonly Placed<Row>[];
  readonly #message;

  constructor(db: Database, rows: readonly Row[]) {
    this.#db = db;
    this.#rows = rows.map((row, place) => ({ ...row, place }));
    this.#message = db.prepare("SELECT data FROM message WHERE id = ?").pluck();
  }

  at(key: Uint8Array): Placed<Row> | undefined {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes((this.#rows[middle] as Row).firstKey, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return this.#rows[Math.max(0, low - 1)];
  }

  after({ place }: Placed<Row>): Placed<Row> | undefined {
    return this.#rows[place + 1];
  }

  read({ message }: Row): Uint8Array {
    const data = this.#message.get(message) as Uint8Array | undefined;
    if (data === undefined) throw storeDamage(this.#db, `block ${message} of a list`);
    return data;
  }
}

type Placed<Row> = Row & { readonly place: number };

export type EntryBlockIndex = BlockIndex<IndexedRow>;

/** The index of a snapshot's blocks that hold keys of a range, in memory: about 60 octets for 1,000 entries. */
export function indexOfEntries(
  db: Database,
  { table, where, bound }: BlockScope,
  from?: Uint8Array,
  to?: Uint8Array,
): EntryBlockIndex {
  const rows = db
    .prepare(`SELECT first_key AS firstKey, created, message FROM ${table} b WHERE ${where} ORDER BY first_key`)
    .all(...bound) as IndexedRow[];
  const isAfter = (key: Uint8Array, end: Uint8Array | undefined): boolean =>
    end !== undefined && compareBytes(key, end) >= 0;
  const inRange = rows.filter(({ firstKey }, i) => {
    const next = rows[i + 1]?.firstKey;
    const endsBefore = from !== undefined && next !== undefined && compareBytes(next, from) <= 0;
    return !endsBefore && !isAfter(firstKey, to);
  });
  return new BlockIndex(db, inRange);
}

interface IndexedRow extends EntryBlockId {
  readonly message: number;
}
