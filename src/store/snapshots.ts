/** Sources and their snapshots: what one source said at one time, as sorted blocks of entries. */
import { compareBytes } from "../base/bytes.ts";
import type { EntryBlock, EntryBlocks } from "../indicator/entry/block.ts";
import { type Database, storeDamage, transact, transactBulk } from "./database.ts";

/** Rejects of one reason, as they are kept: how many, and the first of them. */
export interface KeptRejects {
  readonly count: number;
  readonly samples: readonly { readonly line: number; readonly text: string }[];
}

export interface SnapshotFacts {
  /** Unix seconds. */
  readonly takenAt: number;
  /** Of the input and of how it is read: an equal one needs no reading. */
  readonly fingerprint: string;
  readonly format: string;
  readonly lines: number;
  readonly entries: number;
  readonly duplicates: number;
  readonly rejects: Readonly<Record<string, KeptRejects>>;
  /** The snapshot that `changes` counts against. */
  readonly previous: number | undefined;
  /** How many names changed since `previous`; undefined where they are not listed. */
  readonly changes: number | undefined;
}

export interface Snapshot extends SnapshotFacts {
  readonly id: number;
  readonly source: string;
}

/** Snapshot ids by source name: what a version of a zone is built from. */
export type SnapshotIds = Readonly<Record<string, number>>;

/** Share of a snapshot's entries beyond which changes are not listed: merging everything is cheaper then. */
const changesShareMax = 0.2;
/** Changes that are always listed. */
const changesMin = 10_000;

/** How many changes up to a snapshot of so many entries are worth listing, in one step or over several. */
export function changesWorthListing(entries: number): number {
  return Math.max(changesMin, Math.floor(entries * changesShareMax));
}

const kinds = { entries: 0, changes: 1 } as const;
export type BlockKind = keyof typeof kinds;

interface SnapshotRow {
  id: number;
  source: string;
  taken_at: number;
  fingerprint: string;
  format: string;
  lines: number;
  entries: number;
  duplicates: number;
  rejects: string;
  previous: number | null;
  changes: number | null;
}

export class Snapshots {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The snapshot that counts for a source; undefined before the first good one. */
  current(source: string): Snapshot | undefined {
    return this.#read("s.name = ? AND n.id = s.snapshot", source);
  }

  byId(id: number): Snapshot | undefined {
    return this.#read("n.id = ?", id);
  }

  /** Names of all sources that ever had a snapshot. */
  sources(): string[] {
    return this.#db.prepare("SELECT name FROM source ORDER BY name").pluck().all() as string[];
  }

  #read(where: string, argument: string | number): Snapshot | undefined {
    const row = this.#db
      .prepare(`SELECT n.*, s.name AS source FROM snapshot n JOIN source s ON s.id = n.source WHERE ${where}`)
      .get(argument) as SnapshotRow | undefined;
    if (row === undefined) return undefined;
    return {
      id: row.id,
      source: row.source,
      takenAt: row.taken_at,
      fingerprint: row.fingerprint,
      format: row.format,
      lines: row.lines,
      entries: row.entries,
      duplicates: row.duplicates,
      rejects: JSON.parse(row.rejects) as Record<string, KeptRejects>,
      previous: row.previous ?? undefined,
      changes: row.changes ?? undefined,
    };
  }

  /** A number for a snapshot that is about to be written. Its blocks count only once `commit()` names it. */
  reserve(): number {
    return transact(this.#db, () => {
      const used = this.#db
        .prepare(
          "SELECT max(coalesce((SELECT max(id) FROM snapshot), 0), coalesce((SELECT max(snapshot) FROM snapshot_block), 0))",
        )
        .pluck()
        .get() as number;
      return used + 1;
    });
  }

  /** Writes blocks of a reserved snapshot, in one transaction. */
  writeBlocks(snapshot: number, kind: BlockKind, blocks: readonly EntryBlock[]): void {
    const message = this.#db.prepare("INSERT INTO message (data) VALUES (?)");
    const index = this.#db.prepare(
      "INSERT INTO snapshot_block (snapshot, kind, first_key, entries, message) VALUES (?, ?, ?, ?, ?)",
    );
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    transactBulk(this.#db, bytes, () => {
      for (const block of blocks) {
        const { lastInsertRowid } = message.run(block.bytes);
        index.run(snapshot, kinds[kind], block.firstKey, block.entries, lastInsertRowid);
      }
    });
  }

  /**
   * Lists that together hold every name that changed from one snapshot of a list to a later one; undefined where some step
   * between them is not listed, as none is to the first (`before` undefined).
   */
  changesBetween(before: number | undefined, after: number): EntryBlocks[] | undefined {
    const steps: EntryBlocks[] = [];
    for (let step = after; step !== before; ) {
      const snapshot = this.byId(step);
      if (snapshot?.previous === undefined || snapshot.changes === undefined) return undefined;
      steps.push(this.blocks(step, "changes"));
      step = snapshot.previous;
    }
    return steps;
  }

  /** Whether the entries of a snapshot are there to be read: those of an old one go at some time. */
  hasEntries(id: number): boolean {
    const snapshot = this.byId(id);
    if (snapshot === undefined || snapshot.entries === 0) return snapshot !== undefined;
    const some = "SELECT 1 FROM snapshot_block WHERE snapshot = ? AND kind = 0 LIMIT 1";
    return this.#db.prepare(some).get(id) !== undefined;
  }

  /** Makes a written snapshot the one that counts for its source. Changes that are not to be listed go. */
  commit(id: number, source: string, facts: SnapshotFacts): void {
    transact(this.#db, () => {
      if (facts.changes === undefined) this.#delete(id, "changes");
      this.#db.prepare("INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING").run(source);
      const sourceId = this.#db.prepare("SELECT id FROM source WHERE name = ?").pluck().get(source) as number;
      this.#db
        .prepare(
          `INSERT INTO snapshot (id, source, taken_at, fingerprint, format, lines, entries, duplicates, rejects,
             previous, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          sourceId,
          facts.takenAt,
          facts.fingerprint,
          facts.format,
          facts.lines,
          facts.entries,
          facts.duplicates,
          JSON.stringify(facts.rejects),
          facts.previous ?? null,
          facts.changes ?? null,
        );
      this.#db.prepare("UPDATE source SET snapshot = ? WHERE id = ?").run(id, sourceId);
    });
  }

  /** Deletes a reserved snapshot with all that was written of it. */
  discard(id: number): void {
    this.#delete(id, undefined);
  }

  /** The same entries were read again: what else was read takes the place of what was before. */
  touch(id: number, facts: Omit<SnapshotFacts, "entries" | "previous" | "changes">): void {
    const { takenAt, fingerprint, format, lines, duplicates, rejects } = facts;
    transact(this.#db, () => {
      this.#db
        .prepare(
          `UPDATE snapshot SET taken_at = ?, fingerprint = ?, format = ?, lines = ?, duplicates = ?, rejects = ?
           WHERE id = ?`,
        )
        .run(takenAt, fingerprint, format, lines, duplicates, JSON.stringify(rejects), id);
    });
  }

  /** The sorted blocks of a snapshot, read as they are needed. */
  blocks(snapshot: number, kind: BlockKind = "entries"): EntryBlocks {
    return new StoredEntryBlocks(this.#db, snapshot, kinds[kind]);
  }

  /** First keys of a snapshot's blocks at even distances, where the work may be cut in `count + 1` parts. */
  sampleKeys(snapshot: number, count: number): Uint8Array[] {
    const keys = this.#db
      .prepare("SELECT first_key FROM snapshot_block WHERE snapshot = ? AND kind = 0 ORDER BY first_key")
      .pluck()
      .all(snapshot) as Uint8Array[];
    return Array.from({ length: count }, (_, i) => keys[Math.floor(((i + 1) * keys.length) / (count + 1))]).filter(
      (key): key is Uint8Array => key !== undefined && key.length > 0,
    );
  }

  /**
   * Deletes what nobody needs: blocks of unfinished snapshots, entries of snapshots that neither count nor are what a
   * served version was built from, and lists of changes that no zone will follow, since it has taken them in or merges
   * everything sooner. `takenIn` gives, of each zone, the snapshots that its served version was built from, by source name:
   * from these a zone on hold is built again when an allow list changes.
   */
  sweep(takenIn: readonly SnapshotIds[]): void {
    const rows = this.#db
      .prepare(
        `SELECT n.id AS id, s.name AS source, s.snapshot = n.id AS counts, n.entries AS entries, n.previous AS previous,
           n.changes AS changes
         FROM snapshot n JOIN source s ON s.id = n.source`,
      )
      .all() as StepRow[];
    const known = new Map(rows.map((row) => [row.id, row]));
    const counting = rows.filter(({ counts }) => counts === 1);
    const kept = new Set([...counting.map(({ id }) => id), ...takenIn.flatMap((inputs) => Object.values(inputs))]);
    const oldest = (source: string): number =>
      Math.min(...takenIn.map((inputs) => inputs[source] ?? Number.POSITIVE_INFINITY));
    const steps = new Set(counting.flatMap((row) => stepsBack(row, known, oldest(row.source))));
    const present = this.#db.prepare("SELECT DISTINCT snapshot FROM snapshot_block").pluck().all() as number[];
    for (const id of new Set([...present, ...known.keys()])) {
      if (!kept.has(id)) this.#delete(id, steps.has(id) ? "entries" : undefined);
    }
  }

  #delete(id: number, only: BlockKind | undefined): void {
    const kind = only === undefined ? "" : `AND kind = ${kinds[only]}`;
    transact(this.#db, () => {
      this.#db
        .prepare(`DELETE FROM message WHERE id IN (SELECT message FROM snapshot_block WHERE snapshot = ? ${kind})`)
        .run(id);
      this.#db.prepare(`DELETE FROM snapshot_block WHERE snapshot = ? ${kind}`).run(id);
      if (only === undefined) this.#db.prepare("DELETE FROM snapshot WHERE id = ?").run(id);
    });
  }
}

interface StepRow {
  readonly id: number;
  readonly source: string;
  /** 1 for the snapshot that counts for its source. */
  readonly counts: number;
  readonly entries: number;
  readonly previous: number | null;
  readonly changes: number | null;
}

/** The snapshots whose changes lead from the one taken in to the newest, as far back as they are worth following. */
function stepsBack(newest: StepRow, known: ReadonlyMap<number, StepRow>, takenIn: number): number[] {
  const steps: number[] = [];
  let left = changesWorthListing(newest.entries);
  for (let row: StepRow | undefined = newest; row !== undefined && row.id > takenIn; ) {
    left -= row.changes ?? Number.POSITIVE_INFINITY;
    if (left < 0) break;
    steps.push(row.id);
    row = row.previous === null ? undefined : known.get(row.previous);
  }
  return steps;
}

/** Reads blocks one at a time and remembers the last, since neighbouring names are asked for in a row. */
class StoredEntryBlocks implements EntryBlocks {
  readonly #at;
  readonly #first;
  readonly #next;
  readonly #nextKey;
  readonly #db: Database;
  readonly #scope: readonly [number, number];
  #current: { key: Uint8Array; data: Uint8Array } | undefined;
  /** Where the current block ends; null at the last block, undefined while not known. */
  #end: Uint8Array | null | undefined;

  constructor(db: Database, snapshot: number, kind: number) {
    this.#db = db;
    const scope = "FROM snapshot_block b LEFT JOIN message m ON m.id = b.message WHERE b.snapshot = ? AND b.kind = ?";
    const select = (rest: string) => db.prepare(`SELECT b.first_key AS key, m.data AS data ${scope} ${rest} LIMIT 1`);
    this.#at = select("AND b.first_key <= ? ORDER BY b.first_key DESC");
    this.#next = select("AND b.first_key > ? ORDER BY b.first_key");
    this.#first = select("ORDER BY b.first_key");
    this.#nextKey = db
      .prepare(
        "SELECT first_key FROM snapshot_block WHERE snapshot = ? AND kind = ? AND first_key > ? ORDER BY first_key LIMIT 1",
      )
      .pluck();
    this.#scope = [snapshot, kind];
  }

  at(key: Uint8Array): Uint8Array | undefined {
    const current = this.#current;
    if (current !== undefined && compareBytes(current.key, key) <= 0) {
      this.#end ??= (this.#nextKey.get(...this.#scope, current.key) as Uint8Array | undefined) ?? null;
      if (this.#end === null || compareBytes(key, this.#end) < 0) return current.data;
    }
    this.#take(this.#at.get(...this.#scope, key));
    return this.#current?.data ?? this.first();
  }

  first(): Uint8Array | undefined {
    this.#take(this.#first.get(...this.#scope));
    return this.#current?.data;
  }

  next(): Uint8Array | undefined {
    if (this.#current === undefined) return undefined;
    this.#take(this.#next.get(...this.#scope, this.#current.key));
    return this.#current?.data;
  }

  #take(row: unknown): void {
    const accepted = row as { key: Uint8Array; data: Uint8Array | null } | undefined;
    // A block that is lost must not pass for names that are no longer listed.
    if (accepted?.data === null) throw storeDamage(this.#db, `a block of snapshot ${this.#scope[0]}`);
    this.#current = accepted as { key: Uint8Array; data: Uint8Array } | undefined;
    this.#end = undefined;
  }
}
