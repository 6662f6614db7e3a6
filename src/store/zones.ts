/**
 * Policy zones as versions that share what they did not change. This file writes and finds them and reads single messages;
 * `zone-reader.ts` reads whole versions and differences for who serves them, and `zone-pruning.ts` deletes old versions.
 */
import { OperatorError } from "../base/errors.ts";
import { type Serial, serial } from "../dns/serial.ts";
import { type Database, preparing, storeDamage, transact, transactBulk } from "./database.ts";
import { deleteRows, removeBlock, removeDifference, type StaleRows } from "./row-deletion.ts";
import { neverRetired } from "./schema.ts";
import type { SnapshotIds } from "./snapshots.ts";
import { type Keep, pruneVersions, sweepVersions } from "./zone-pruning.ts";

export interface ZoneVersionRow {
  readonly zone: number;
  readonly version: number;
  readonly serial: Serial;
  /** Unix seconds. */
  readonly publishedAt: number;
  /** Fingerprint of all that decides besides the snapshots. */
  readonly policy: string;
  readonly inputs: SnapshotIds;
  /** SOA, then NS records, in the form of the block codec. */
  readonly apexRrs: Uint8Array;
  readonly rules: number;
  /** With SOA and NS. */
  readonly records: number;
  /** Octets of all blocks. */
  readonly bytes: number;
  /** What was counted in the build, as JSON values of the caller's. */
  readonly counts: Readonly<Record<string, unknown>>;
  readonly added: number;
  readonly removed: number;
  readonly blocksWritten: number;
  /** Octets of the difference from the version before; undefined where it is not kept. */
  readonly differenceBytes: number | undefined;
  /**
   * Seconds of the steady clock since when no transfer may begin with it, neither of it nor of differences from it; its
   * rows are still there for those that run. Undefined while it is offered.
   */
  readonly withdrawn?: number | undefined;
}

/** Names one block of a zone. */
export interface BlockId {
  readonly firstKey: Uint8Array;
  readonly created: number;
}

/** New counts for a block whose records stay. */
export interface Recount extends BlockId {
  /** As text of the caller's. */
  readonly counts: string;
}

/** A block of a zone as the index knows it. */
export interface BlockRow extends BlockId {
  readonly bytes: number;
  /** As they were written; read only where they are needed, since most rows are only passed by. */
  readonly counts: string;
  /** Undefined where the range has counts but no rule. */
  readonly message: number | undefined;
}

export interface NewBlock {
  readonly firstKey: Uint8Array;
  /** As text of the caller's. */
  readonly counts: string;
  readonly data: Uint8Array | undefined;
}

export type DifferenceKind = "deletions" | "additions";
export const differenceKinds: Readonly<Record<DifferenceKind, number>> = { deletions: 0, additions: 1 };

/** About what a row of the sparse index takes, with its place in the index of retired ones. */
const blockRowBytes = 256;
/** What was written for versions after one. */
const unfinished: readonly StaleRows[] = [
  { select: "SELECT message AS id, first_key, born FROM block WHERE zone = ? AND born > ?", remove: removeBlock },
  {
    select: "SELECT message AS id, version, kind, seq FROM difference WHERE zone = ? AND version > ?",
    remove: removeDifference,
  },
];

export class Zones {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** The number of a zone, made where it is new. `apex` is lower-case text without a final dot. */
  ensure(apex: string): number {
    return transact(this.#db, () => {
      this.#db.prepare("INSERT INTO zone (apex) VALUES (?) ON CONFLICT DO NOTHING").run(apex);
      return this.#db.prepare("SELECT id FROM zone WHERE apex = ?").pluck().get(apex) as number;
    });
  }

  find(apex: string): number | undefined {
    return this.#db.prepare("SELECT id FROM zone WHERE apex = ?").pluck().get(apex) as number | undefined;
  }

  /** The served version of a zone; undefined before the first. */
  current(zone: number): ZoneVersionRow | undefined {
    return this.#one("v.zone = ? AND v.version = (SELECT version FROM zone WHERE id = v.zone)", zone);
  }

  version(zone: number, version: number): ZoneVersionRow | undefined {
    return this.#one("v.zone = ? AND v.version = ?", zone, version);
  }

  bySerial(zone: number, wanted: Serial): ZoneVersionRow | undefined {
    return this.#one("v.zone = ? AND v.serial = ?", zone, wanted);
  }

  /** Kept versions, newest first. */
  history(zone: number): ZoneVersionRow[] {
    return this.#db
      .prepare("SELECT v.* FROM version v WHERE v.zone = ? ORDER BY v.version DESC")
      .all(zone)
      .map((row) => readVersion(row as VersionRow));
  }

  #one(where: string, ...bound: number[]): ZoneVersionRow | undefined {
    const row = this.#db.prepare(`SELECT v.* FROM version v WHERE ${where}`).get(...bound) as VersionRow | undefined;
    return row === undefined ? undefined : readVersion(row);
  }

  /** Sweeps what an unfinished build left in this zone, and gives the number of the version to be built. */
  begin(zone: number): number {
    const current = this.current(zone)?.version ?? 0;
    this.#sweep(zone, current);
    return current + 1;
  }

  /** Deletes what was written for versions after the served one. */
  #sweep(zone: number, current: number): void {
    for (const rows of unfinished) deleteRows(this.#db, rows, zone, current);
  }

  /** Writes blocks of a version that is being built, in one transaction. */
  writeBlocks(zone: number, version: number, blocks: readonly NewBlock[]): void {
    const message = this.#db.prepare("INSERT INTO message (data) VALUES (?)");
    const index = this.#db.prepare(
      "INSERT INTO block (zone, first_key, born, replaced, bytes, counts, message) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    const bytes = blocks.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    transactBulk(this.#db, bytes, () => {
      for (const { firstKey, counts, data } of blocks) {
        const id = data === undefined ? null : message.run(data).lastInsertRowid;
        index.run(zone, firstKey, version, neverRetired, data?.length ?? 0, counts, id);
      }
    });
  }

  /** Writes messages of the difference that leads to a version that is being built. */
  writeDifference(
    zone: number,
    version: number,
    kind: DifferenceKind,
    firstSeq: number,
    messages: readonly Uint8Array[],
  ): void {
    const insert = this.#db.prepare("INSERT INTO message (data) VALUES (?)");
    const index = this.#db.prepare("INSERT INTO difference (zone, version, kind, seq, message) VALUES (?, ?, ?, ?, ?)");
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    transactBulk(this.#db, bytes, () => {
      messages.forEach((data, i) => {
        index.run(zone, version, differenceKinds[kind], firstSeq + i, insert.run(data).lastInsertRowid);
      });
    });
  }

  /** Drops a difference that grew larger than it is worth. */
  dropDifference(zone: number, version: number): void {
    transact(this.#db, () => {
      this.#db
        .prepare("DELETE FROM message WHERE id IN (SELECT message FROM difference WHERE zone = ? AND version = ?)")
        .run(zone, version);
      this.#db.prepare("DELETE FROM difference WHERE zone = ? AND version = ?").run(zone, version);
    });
  }

  /** Makes a built version the served one: one transaction, on disk when it returns. */
  publish(row: ZoneVersionRow, retired: readonly BlockId[], recounted: readonly Recount[]): void {
    this.#db.pragma("synchronous = FULL");
    try {
      transactBulk(this.#db, blockRowBytes * (retired.length + recounted.length), () => {
        const retire = this.#db.prepare("UPDATE block SET replaced = ? WHERE zone = ? AND first_key = ? AND born = ?");
        for (const { firstKey, created } of retired) retire.run(row.version, row.zone, firstKey, created);
        this.#recount(row.zone, recounted);
        this.#db
          .prepare(
            `INSERT INTO version (zone, version, serial, published_at, policy, inputs, apex_rrs, rules, records, bytes,
               counts, added, removed, blocks_written, difference_bytes)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            row.zone,
            row.version,
            row.serial,
            row.publishedAt,
            row.policy,
            JSON.stringify(row.inputs),
            row.apexRrs,
            row.rules,
            row.records,
            row.bytes,
            JSON.stringify(row.counts),
            row.added,
            row.removed,
            row.blocksWritten,
            row.differenceBytes ?? null,
          );
        this.#db.prepare("UPDATE zone SET version = ? WHERE id = ?").run(row.version, row.zone);
      });
    } finally {
      this.#db.pragma("synchronous = NORMAL");
    }
  }

  /**
   * Notes that the served version also is what newer inputs or another policy give; only counts may differ. Where it has
   * no block at all to keep them with, it takes over the one that was written for them.
   */
  confirm(
    row: Pick<ZoneVersionRow, "zone" | "version" | "policy" | "inputs" | "counts">,
    recounted: readonly Recount[],
  ): void {
    transact(this.#db, () => {
      this.#recount(row.zone, recounted);
      const { zone, version } = row;
      const some = this.#sql("SELECT 1 FROM block WHERE zone = ? AND born <= ? AND replaced > ? LIMIT 1");
      if (some.get(zone, version, version) === undefined) {
        const takeOver = this.#sql("UPDATE block SET born = ? WHERE zone = ? AND born > ? AND message IS NULL");
        takeOver.run(version, zone, version);
      }
      this.#sql("UPDATE version SET policy = ?, inputs = ?, counts = ? WHERE zone = ? AND version = ?").run(
        row.policy,
        JSON.stringify(row.inputs),
        JSON.stringify(row.counts),
        zone,
        version,
      );
    });
    this.#sweep(row.zone, row.version);
  }

  #recount(zone: number, recounted: readonly Recount[]): void {
    const update = this.#sql("UPDATE block SET counts = ? WHERE zone = ? AND first_key = ? AND born = ?");
    for (const { firstKey, created, counts } of recounted) update.run(counts, zone, firstKey, created);
  }

  /** The sparse index of a version, in key order: about 400 rules a row. */
  blockRows(zone: number, version: number): BlockRow[] {
    const rows = this.#sql(
      `SELECT first_key AS firstKey, born AS created, bytes, counts, message FROM block
       WHERE zone = ? AND born <= ? AND replaced > ? ORDER BY first_key`,
    ).all(zone, version, version) as (Omit<BlockRow, "message"> & { message: number | null })[];
    return rows.map((row) => ({ ...row, message: row.message ?? undefined }));
  }

  /**
   * A message of a version, read as one statement with whether the version is still kept: message ids are used again.
   * @throws OperatorError NOT_FOUND where the version went meanwhile, STORE_UNUSABLE where the database has lost the message
   */
  messageOf(row: ZoneVersionRow, id: number): Uint8Array {
    const found = this.#sql(
      "SELECT (SELECT data FROM message WHERE id = ?) AS data FROM version WHERE zone = ? AND version = ?",
    ).get(id, row.zone, row.version) as { data: Uint8Array | null } | undefined;
    if (found === undefined) throw versionGone(row);
    if (found.data === null) throw storeDamage(this.#db, `message ${id}`);
    return found.data;
  }

  /** For who has read all of a version: it was there all the while. @throws OperatorError NOT_FOUND where it was not */
  checkKept(row: ZoneVersionRow): void {
    if (this.version(row.zone, row.version) === undefined) throw versionGone(row);
  }

  /** @throws OperatorError STORE_UNUSABLE where the database has lost it */
  message(id: number): Uint8Array {
    const row = this.#sql("SELECT data FROM message WHERE id = ?").get(id) as { data: Uint8Array } | undefined;
    if (row === undefined) throw storeDamage(this.#db, `message ${id}`);
    return row.data;
  }

  /** Of each zone, configured or not, the snapshots that its served version was built from, by source name. */
  takenIn(): SnapshotIds[] {
    const rows = this.#db
      .prepare("SELECT v.inputs FROM zone z CROSS JOIN version v ON v.zone = z.id AND v.version = z.version")
      .pluck()
      .all() as string[];
    return rows.map((row) => JSON.parse(row) as SnapshotIds);
  }

  /** Withdraws and deletes old versions (`zone-pruning.ts`). */
  prune(zone: number, keep: Keep): void {
    pruneVersions(this.#db, zone, this.history(zone), keep);
  }

  /** Deletes what a build that was stopped has left of versions that are gone. */
  sweep(): void {
    const ids = this.#db.prepare("SELECT id FROM zone").pluck().all() as number[];
    for (const zone of ids) sweepVersions(this.#db, zone);
  }
}

export function versionGone({ serial }: ZoneVersionRow): OperatorError {
  return new OperatorError(
    "NOT_FOUND",
    `Cannot read all of serial ${serial}: it went beyond the zone's \`keep\` while it was read`,
    "What was written so far is a part of it only; read a newer serial, or set a longer `keep`",
  );
}

interface VersionRow {
  zone: number;
  version: number;
  serial: number;
  published_at: number;
  policy: string;
  inputs: string;
  apex_rrs: Uint8Array;
  rules: number;
  records: number;
  bytes: number;
  counts: string;
  added: number;
  removed: number;
  blocks_written: number;
  difference_bytes: number | null;
  /** Absent from a store of schema 1. */
  withdrawn?: number | null;
}

function readVersion(row: VersionRow): ZoneVersionRow {
  return {
    zone: row.zone,
    version: row.version,
    serial: serial(row.serial),
    publishedAt: row.published_at,
    policy: row.policy,
    inputs: JSON.parse(row.inputs) as Record<string, number>,
    apexRrs: row.apex_rrs,
    rules: row.rules,
    records: row.records,
    bytes: row.bytes,
    counts: JSON.parse(row.counts) as Record<string, unknown>,
    added: row.added,
    removed: row.removed,
    blocksWritten: row.blocks_written,
    differenceBytes: row.difference_bytes ?? undefined,
    withdrawn: row.withdrawn ?? undefined,
  };
}
