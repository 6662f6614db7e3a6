/** Sources and their snapshots: what one source said at one time, as sorted blocks of entries. */
import type { EntryBlock, EntryBlocks } from "../indicator/entry/block.ts";
import { type Database, hasTable, preparing, transact, transactBulk } from "./database.ts";
import {
  type BlockScope,
  deleteDraftEntries,
  deleteOwnBlocks,
  type EntryBlockId,
  type EntryBlockIndex,
  indexOfEntries,
  StoredEntryBlocks,
  scopeOfChanges,
  scopeOfEntries,
  scopeOfOwnEntries,
} from "./entry-blocks.ts";
import { GoneNames } from "./gone-names.ts";
import { Profiles } from "./profiles.ts";
import { neverRetired } from "./schema.ts";
import { noteTurnover, type Turnover } from "./source-turnover.ts";

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
  /**
   * Unix seconds: what begins or ends by itself is resolved up to then. Of a source that nothing of the kind is known of,
   * undefined.
   */
  readonly compiledFor?: number | undefined;
  /** Unix seconds: when it began to count; absent: `takenAt`, which moves on where the same is read again. */
  readonly since?: number | undefined;
}

export interface Snapshot extends SnapshotFacts {
  readonly id: number;
  readonly source: string;
  readonly since: number;
  /** Whether its list of changes says what was listed before and after; before schema 5 it was a list of names alone. */
  readonly hasMarks: boolean;
}

/** Snapshot ids by source name: what a version of a zone is built from. */
export type SnapshotIds = Readonly<Record<string, number>>;

/** Share of a snapshot's entries beyond which changes are not followed: merging everything is cheaper then. */
const followedShareMax = 0.2;
/** Changes that are always listed, and followed. */
const changesMin = 10_000;

/** How many changes up to a snapshot of so many entries are worth following for a zone, in one step or over several. */
export function changesWorthFollowing(entries: number): number {
  return Math.max(changesMin, Math.floor(entries * followedShareMax));
}

/**
 * How many changes of a snapshot of so many entries are listed for what comes after it: all of them may end or fade at once, and
 * be read back. A list that was replaced by another has more; to keep both is to keep a copy of each.
 */
export function changesListedMax(entries: number): number {
  return Math.max(changesMin, entries);
}

/** What blocks of `snapshot_block` hold: what a snapshot lists that shares no block, or what changed since the one before. */
const kinds = { entries: 0, changes: 1 } as const;
export type BlockKind = keyof typeof kinds;

/** A snapshot that is being written: nobody sees it before it is committed. */
export interface Draft {
  readonly id: number;
  /** The source's number; undefined in a dry run, whose drafts have blocks of their own and share none. */
  readonly source: number | undefined;
}

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
  /** Absent before schema 6. */
  compiled_for?: number | null;
  since?: number | null;
  /** Absent before schema 11; null for 0. */
  unmarked?: number | null;
}

export class Snapshots {
  /** What the profiles of entries stand for. */
  readonly profiles: Profiles;
  /** What is remembered of names that are no longer listed. */
  readonly gone: GoneNames;
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database, profiles: Profiles = new Profiles(db)) {
    this.profiles = profiles;
    this.gone = new GoneNames(db);
    this.#db = db;
    this.#sql = preparing(db);
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
    return this.#db
      .prepare("SELECT name FROM source WHERE snapshot IS NOT NULL ORDER BY name")
      .pluck()
      .all() as string[];
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
      compiledFor: row.compiled_for ?? undefined,
      since: row.since ?? row.taken_at,
      hasMarks: (row.since ?? undefined) !== undefined && row.unmarked !== 1,
    };
  }

  /** Begins a snapshot of a source. What an earlier one that never ended has left goes. */
  begin(source: string): Draft {
    const staleOf = "SELECT d.id, d.source FROM draft d JOIN source s ON s.id = d.source WHERE s.name = ?";
    for (const stale of this.#sql(staleOf).all(source) as Draft[]) this.discard(stale);
    return transact(this.#db, () => {
      this.#db.prepare("INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING").run(source);
      const sourceId = this.#db.prepare("SELECT id FROM source WHERE name = ?").pluck().get(source) as number;
      const draft = { id: this.unusedId(), source: sourceId };
      this.#db.prepare("INSERT INTO draft (id, source) VALUES (?, ?)").run(draft.id, sourceId);
      return draft;
    });
  }

  /** A number that no snapshot ever had, and under which no block is stored: a dry run that was killed leaves some. */
  protected unusedId(): number {
    const newest = (table: string, column: string): string => `coalesce((SELECT max(${column}) FROM ${table}), 0)`;
    const tables = [newest("snapshot", "id"), newest("snapshot_block", "snapshot")];
    if (this.#isSharing()) tables.push("coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'draft'), 0)");
    return (
      1 +
      (this.#db
        .prepare(`SELECT max(${tables.join(", ")})`)
        .pluck()
        .get() as number)
    );
  }

  /** Writes blocks of a draft, in one transaction. */
  writeBlocks({ id, source }: Draft, kind: BlockKind, blocks: readonly EntryBlock[]): void {
    const message = this.#db.prepare("INSERT INTO message (data) VALUES (?)");
    const isShared = kind === "entries" && source !== undefined;
    const index = isShared
      ? this.#sql(`INSERT INTO entry_block (source, created, first_key, retired, entries, message)
          VALUES (?, ?, ?, ${neverRetired}, ?, ?)`)
      : this.#sql("INSERT INTO snapshot_block (snapshot, kind, first_key, entries, message) VALUES (?, ?, ?, ?, ?)");
    const place = isShared ? [source, id] : [id, kinds[kind]];
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    transactBulk(this.#db, bytes, () => {
      for (const block of blocks) {
        const { lastInsertRowid } = message.run(block.bytes);
        index.run(...place, block.firstKey, block.entries, lastInsertRowid);
      }
    });
  }

  /**
   * Lists that together hold every name that changed from one snapshot of a list to a later one; undefined where some step
   * between them is not listed, as none is to the first (`before` undefined), or has more than are worth following.
   */
  changesBetween(before: number | undefined, after: number): EntryBlocks[] | undefined {
    const steps: EntryBlocks[] = [];
    for (let step = after; step !== before; ) {
      const snapshot = this.byId(step);
      if (snapshot?.previous === undefined || snapshot.changes === undefined) return undefined;
      if (snapshot.changes > changesWorthFollowing(snapshot.entries)) return undefined;
      steps.push(this.blocks(step, "changes"));
      step = snapshot.previous;
    }
    return steps;
  }

  /** Whether the entries of a snapshot are there to be read: those of an old one go at some time. */
  hasEntries(id: number): boolean {
    const snapshot = this.byId(id);
    if (snapshot === undefined) return false;
    const { table, where, bound } = this.#entriesOf(id);
    const present = `SELECT coalesce(sum(entries), 0) FROM ${table} b WHERE ${where}`;
    return (
      this.#sql(present)
        .pluck()
        .get(...bound) === snapshot.entries
    );
  }

  /**
   * Makes a draft the snapshot that counts for its source. `retired` are the blocks of the snapshot before that it does not
   * share. Changes that are not to be listed go. `turnover` is what came and went, where there was a snapshot before.
   */
  commit(
    { id, source = 0 }: Draft,
    facts: SnapshotFacts,
    retired: readonly EntryBlockId[] | "all",
    turnover?: Turnover,
  ): void {
    if (facts.changes === undefined) deleteOwnBlocks(this.#db, id);
    transact(this.#db, () => {
      this.#retire(id, source, retired);
      this.#db
        .prepare(
          `INSERT INTO snapshot (id, source, taken_at, fingerprint, format, lines, entries, duplicates, rejects,
             previous, changes, compiled_for, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          source,
          facts.takenAt,
          facts.fingerprint,
          facts.format,
          facts.lines,
          facts.entries,
          facts.duplicates,
          JSON.stringify(facts.rejects),
          facts.previous ?? null,
          facts.changes ?? null,
          facts.compiledFor ?? null,
          facts.since ?? facts.takenAt,
        );
      // What could not be read of a list is of the newest snapshot alone; else each of many would keep it.
      this.#sql("UPDATE snapshot SET rejects = '{}' WHERE id = ?").run(facts.previous ?? null);
      this.#db.prepare("UPDATE source SET snapshot = ? WHERE id = ?").run(id, source);
      this.#db.prepare("DELETE FROM draft WHERE id = ?").run(id);
      if (turnover !== undefined) noteTurnover(this.#sql, { source, snapshot: id, at: facts.takenAt }, turnover);
    });
  }

  #retire(id: number, source: number, blocks: readonly EntryBlockId[] | "all"): void {
    const update = "UPDATE entry_block SET retired = ? WHERE source = ?";
    if (blocks === "all") {
      this.#sql(`${update} AND created < ? AND retired = ${neverRetired}`).run(id, source, id);
      return;
    }
    const retire = this.#sql(`${update} AND first_key = ? AND created = ?`);
    for (const { firstKey, created } of blocks) retire.run(id, source, firstKey, created);
  }

  /** Deletes a draft with all that was written of it, a little at a time. */
  discard({ id, source }: Draft): void {
    deleteOwnBlocks(this.#db, id);
    if (source === undefined) return;
    deleteDraftEntries(this.#db, source, id);
    transact(this.#db, () => void this.#sql("DELETE FROM draft WHERE id = ?").run(id));
  }

  /** The same entries were read again: what else was read takes the place of what was before. */
  touch(id: number, facts: Omit<SnapshotFacts, "entries" | "previous" | "changes">): void {
    const { takenAt, fingerprint, format, lines, duplicates, rejects, compiledFor } = facts;
    transact(this.#db, () => {
      this.#db
        .prepare(
          `UPDATE snapshot SET taken_at = ?, fingerprint = ?, format = ?, lines = ?, duplicates = ?, rejects = ?,
             compiled_for = ? WHERE id = ?`,
        )
        .run(takenAt, fingerprint, format, lines, duplicates, JSON.stringify(rejects), compiledFor ?? null, id);
    });
  }

  /** The sorted blocks of a snapshot or a draft, read as they are needed. */
  blocks(id: number, kind: BlockKind = "entries"): EntryBlocks {
    return new StoredEntryBlocks(this.#db, kind === "entries" ? this.#entriesOf(id) : scopeOfChanges(id));
  }

  /** The blocks of a snapshot that a later one of its source no longer has; all of them where it is not known which. */
  blocksLeft(id: number, later: number): EntryBlocks {
    const source = this.sourceOf(id);
    if (source === undefined || this.sourceOf(later) !== source) return this.blocks(id);
    const scope = scopeOfEntries(source, id);
    const where = `${scope.where} AND b.retired <= ?`;
    return new StoredEntryBlocks(this.#db, { ...scope, where, bound: [...scope.bound, later] });
  }

  /** The index of the blocks of a snapshot that hold keys of a range. */
  index(id: number, from?: Uint8Array, to?: Uint8Array): EntryBlockIndex {
    return indexOfEntries(this.#db, this.#entriesOf(id), from, to);
  }

  /** The blocks that list what a snapshot or a draft does. */
  #entriesOf(id: number): BlockScope {
    const source = this.sourceOf(id);
    return source === undefined ? scopeOfOwnEntries(id) : scopeOfEntries(source, id);
  }

  /** The number of the source that a snapshot or a draft is of; undefined for one of a dry run, or in a store of schema 4 or older. */
  sourceOf(id: number): number | undefined {
    if (!this.#isSharing()) return undefined;
    return this.#sql("SELECT source FROM snapshot WHERE id = ? UNION ALL SELECT source FROM draft WHERE id = ?")
      .pluck()
      .get(id, id) as number | undefined;
  }

  /** Whether the store is of a schema whose snapshots share blocks. */
  #isSharing(): boolean {
    return hasTable(this.#sql, "entry_block");
  }

  /** First keys of a snapshot's blocks at even distances, where the work may be cut in `count + 1` parts. */
  sampleKeys(snapshot: number, count: number): Uint8Array[] {
    const { table, where, bound } = this.#entriesOf(snapshot);
    const keys = this.#db
      .prepare(`SELECT first_key FROM ${table} b WHERE ${where} ORDER BY first_key`)
      .pluck()
      .all(...bound) as Uint8Array[];
    return Array.from({ length: count }, (_, i) => keys[Math.floor(((i + 1) * keys.length) / (count + 1))]).filter(
      (key): key is Uint8Array => key !== undefined && key.length > 0,
    );
  }
}
