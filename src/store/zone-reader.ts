/**
 * Reads what is in a version of a zone: its blocks in order, the rule at one owner name, and the differences that lead
 * to it. Every message is one small query, so nothing is held between two of them.
 */
import { compareBytes, startsWith } from "../base/bytes.ts";
import { BlockReader, type Messages } from "../dns/block.ts";
import { decodeRrs, type Lookup } from "../dns/rr.ts";
import type { Serial } from "../dns/serial.ts";
import { messagesAtOnce } from "../dns/transfer-size.ts";
import { type Database, preparing, storeDamage } from "./database.ts";
import { type DifferenceKind, differenceKinds, versionGone, Zones, type ZoneVersionRow } from "./zones.ts";

/** One step between consecutive versions. */
export interface StoredDifference {
  readonly from: ZoneVersionRow;
  readonly to: ZoneVersionRow;
  readonly bytes: number;
  deletions(): Messages;
  additions(): Messages;
}

interface MessageRow {
  /** Null where the database has lost the message. */
  readonly data: Uint8Array | null;
}

export class ZoneReader {
  readonly #db: Database;
  readonly #sql;
  readonly #zones: Zones;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
    this.#zones = new Zones(db);
  }

  /** A message must not be passed over: a zone with a hole looks as good as a whole one to those who transfer it. */
  #dataOf(row: MessageRow | undefined, { zone, version }: ZoneVersionRow): Uint8Array | undefined {
    if (row?.data === null) throw storeDamage(this.#db, `a message of zone ${zone}, version ${version},`);
    return row?.data;
  }

  /**
   * The number of a zone that was deleted may be given to another one, and so may those of its messages.
   * @throws OperatorError NOT_FOUND where the rows of a version are no longer this zone's
   */
  checkOwner(row: ZoneVersionRow, apex: string): void {
    const found = this.#sql("SELECT 1 FROM zone WHERE id = ? AND apex = ?").get(row.zone, apex);
    if (found === undefined) throw versionGone(row);
    this.#checkKept(row);
  }

  #checkKept(row: ZoneVersionRow): void {
    const { zone, version, serial, publishedAt } = row;
    const same = this.#sql("SELECT 1 FROM version WHERE zone = ? AND version = ? AND serial = ? AND published_at = ?");
    if (same.get(zone, version, serial, publishedAt) === undefined) throw versionGone(row);
  }

  /** The blocks of a version in key order. */
  blocks(version: ZoneVersionRow): Messages {
    const db = this.#db;
    const checkKept = (): void => this.#checkKept(version);
    const ids = this.#messageIds(version);
    const run = this.#sql("SELECT data FROM message WHERE id BETWEEN ? AND ? ORDER BY id");
    let ready: readonly { readonly data: Uint8Array }[] = [];
    let at = 0;
    let next = ids.next();
    return {
      next() {
        if (at === ready.length) {
          if (next.done === true) return undefined;
          // Blocks that were written together have consecutive ids, and one query for several of them is twice as fast.
          const first = next.value;
          let last = first;
          for (next = ids.next(); next.done !== true && next.value === last + 1; next = ids.next()) {
            last += 1;
            if (last - first + 1 === messagesAtOnce) {
              next = ids.next();
              break;
            }
          }
          ready = run.all(first, last) as { data: Uint8Array }[];
          checkKept();
          if (ready.length !== last - first + 1) throw storeDamage(db, `a message among ${first} to ${last}`);
          at = 0;
        }
        const { data } = ready[at++] as { data: Uint8Array };
        return data;
      },
    };
  }

  /** Ids of a version's messages in key order, read a page at a time. */
  *#messageIds({ zone, version }: ZoneVersionRow): Generator<number, undefined> {
    const page = this.#sql(
      `SELECT message AS id, first_key AS key FROM block
       WHERE zone = ? AND born <= ? AND replaced > ? AND message IS NOT NULL AND first_key > ?
       ORDER BY first_key LIMIT 256`,
    );
    const firstPage = this.#sql(
      `SELECT message AS id, first_key AS key FROM block
       WHERE zone = ? AND born <= ? AND replaced > ? AND message IS NOT NULL ORDER BY first_key LIMIT 256`,
    );
    let rows = firstPage.all(zone, version, version) as { id: number; key: Uint8Array }[];
    while (rows.length > 0) {
      for (const { id } of rows) yield id;
      if (rows.length < 256) return undefined;
      rows = page.all(zone, version, version, (rows.at(-1) as { key: Uint8Array }).key) as typeof rows;
    }
    return undefined;
  }

  /** What is stored at an owner name; wildcards cover nothing here. `apex` is the wire name, `ownerKey` relative to it. */
  lookup(row: ZoneVersionRow, apex: Uint8Array, ownerKey: Uint8Array): Lookup {
    const { zone, version } = row;
    const around = this.#sql(
      `SELECT m.data AS data FROM block b LEFT JOIN message m ON m.id = b.message
       WHERE b.message IS NOT NULL AND b.zone = ? AND b.born <= ? AND b.replaced > ? AND b.first_key <= ? ORDER BY b.first_key DESC LIMIT 1`,
    );
    const reader = new BlockReader(apex);
    const at = this.#dataOf(around.get(zone, version, version, ownerKey) as MessageRow | undefined, row);
    if (at !== undefined) {
      reader.open(at);
      while (reader.next()) {
        const key = reader.key.subarray(0, reader.keyBytes);
        const order = compareBytes(key, ownerKey);
        if (order === 0) return { kind: "records", records: decodeRrs(reader.rrs.subarray(0, reader.rrsBytes)) };
        if (order > 0) return { kind: startsWith(key, ownerKey) ? "empty" : "absent" };
      }
    }
    const following = this.#sql(
      `SELECT m.data AS data FROM block b LEFT JOIN message m ON m.id = b.message
       WHERE b.message IS NOT NULL AND b.zone = ? AND b.born <= ? AND b.replaced > ? AND b.first_key > ? ORDER BY b.first_key LIMIT 1`,
    );
    const next = this.#dataOf(following.get(zone, version, version, ownerKey) as MessageRow | undefined, row);
    if (next === undefined) return { kind: "absent" };
    reader.open(next);
    reader.next();
    return { kind: startsWith(reader.key.subarray(0, reader.keyBytes), ownerKey) ? "empty" : "absent" };
  }

  /** The differences from a serial to a version, oldest first; undefined where one of them is not kept or offered. */
  differencesFrom(serial: Serial, to: ZoneVersionRow): StoredDifference[] | undefined {
    const from = this.#zones.bySerial(to.zone, serial);
    if (from === undefined || from.withdrawn !== undefined || from.version > to.version) return undefined;
    const steps: StoredDifference[] = [];
    let before = from;
    while (before.version < to.version) {
      const after = this.#zones.version(to.zone, before.version + 1);
      if (after?.differenceBytes === undefined) return undefined;
      steps.push(this.#difference(before, after, after.differenceBytes));
      before = after;
    }
    return steps;
  }

  #difference(from: ZoneVersionRow, to: ZoneVersionRow, bytes: number): StoredDifference {
    return {
      from,
      to,
      bytes,
      deletions: () => this.#differenceMessages(to, "deletions"),
      additions: () => this.#differenceMessages(to, "additions"),
    };
  }

  #differenceMessages(to: ZoneVersionRow, kind: DifferenceKind): Messages {
    const statement = this.#sql(
      `SELECT m.data AS data FROM difference d LEFT JOIN message m ON m.id = d.message
       WHERE d.zone = ? AND d.version = ? AND d.kind = ? AND d.seq = ?`,
    );
    let seq = 0;
    return {
      next: () => {
        const found = statement.get(to.zone, to.version, differenceKinds[kind], seq) as MessageRow | undefined;
        this.#checkKept(to);
        if (found !== undefined) seq += 1;
        return this.#dataOf(found, to);
      },
    };
  }
}
