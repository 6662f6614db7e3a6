/** What zones and sources are in the store, configured or not, and how they are deleted from it. */
import { type Database, transact } from "./database.ts";
import { rowBytes } from "./ledger-space.ts";
import type { SnapshotIds } from "./snapshots.ts";

export interface StoredPart {
  readonly kind: "zone" | "source";
  /** A zone's apex, or a source's id. */
  readonly name: string;
  /** Versions of a zone, snapshots of a source. */
  readonly count: number;
  /** Octets of its blocks and rows, about. */
  readonly bytes: number;
}

/** Blocks of entries are filled to this; counting them is cheaper than reading each one's length. */
const entryBlockBytes = 16_384;

/** Zones by apex, then sources by id; only those that `wanted` names, since measuring one takes a while. */
export function partsOf(db: Database, wanted: (kind: StoredPart["kind"], name: string) => boolean = () => true) {
  const parts: StoredPart[] = [];
  const has = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]);
  // One of which no reading was finished has rows alone.
  const withRows = has.has("ledger") ? "OR EXISTS (SELECT 1 FROM ledger WHERE ledger.source = source.id)" : "";
  for (const [kind, names, measure] of [
    ["zone", "SELECT apex FROM zone ORDER BY apex", zoneMeasure],
    ["source", `SELECT name FROM source WHERE snapshot IS NOT NULL ${withRows} ORDER BY name`, sourceMeasure(has)],
  ] as const) {
    for (const name of db.prepare(names).pluck().all() as string[]) {
      if (!wanted(kind, name)) continue;
      parts.push({ kind, name, ...(db.prepare(measure).get(name) as Pick<StoredPart, "count" | "bytes">) });
    }
  }
  return parts;
}

const zoneMeasure = `SELECT (SELECT count(*) FROM version WHERE zone = z.id) AS count,
    (SELECT coalesce(sum(bytes), 0) FROM block WHERE zone = z.id)
    + (SELECT coalesce(sum(difference_bytes), 0) FROM version WHERE zone = z.id) AS bytes
  FROM zone z WHERE z.apex = ?`;

/** In a store of an older schema some tables are not there. */
function sourceMeasure(tables: ReadonlySet<string>): string {
  const blocks = ["entry_block", "gone_block"].filter((table) => tables.has(table));
  const counts = blocks.map((table) => `(SELECT count(*) FROM ${table} WHERE source = s.id)`);
  counts.push(
    `(SELECT count(*) FROM snapshot n CROSS JOIN snapshot_block b ON b.snapshot = n.id WHERE n.source = s.id)`,
  );
  const rows = tables.has("ledger") ? `+ ${rowBytes} * (SELECT count(*) FROM ledger WHERE source = s.id)` : "";
  return `SELECT (SELECT count(*) FROM snapshot WHERE source = s.id) AS count,
      ${entryBlockBytes} * (${counts.join(" + ")}) ${rows} AS bytes
    FROM source s WHERE s.name = ?`;
}

/** Zones whose served version was built from a source. */
export function zonesBuiltFrom(db: Database, source: string): string[] {
  const rows = db
    .prepare(
      "SELECT z.apex AS apex, v.inputs AS inputs FROM zone z JOIN version v ON v.zone = z.id AND v.version = z.version",
    )
    .all() as { apex: string; inputs: string }[];
  return rows.filter(({ inputs }) => Object.hasOwn(JSON.parse(inputs) as SnapshotIds, source)).map(({ apex }) => apex);
}

/** Deletes a zone with all its versions, in one transaction. */
export function deleteZone(db: Database, apex: string): void {
  transact(db, () => {
    const zone = db.prepare("SELECT id FROM zone WHERE apex = ?").pluck().get(apex);
    for (const table of ["block", "difference"]) {
      db.prepare(`DELETE FROM message WHERE id IN (SELECT message FROM ${table} WHERE zone = ?)`).run(zone);
      db.prepare(`DELETE FROM ${table} WHERE zone = ?`).run(zone);
    }
    for (const table of ["hold", "version"]) db.prepare(`DELETE FROM ${table} WHERE zone = ?`).run(zone);
    db.prepare("DELETE FROM zone WHERE id = ?").run(zone);
  });
}

/**
 * Deletes a source with all its snapshots, in one transaction. No served version may be built from it: on a hold, that is
 * built again from the snapshots that it was built from.
 */
export function deleteSource(db: Database, name: string): void {
  transact(db, () => {
    const source = db.prepare("SELECT id FROM source WHERE name = ?").pluck().get(name);
    for (const [table, blocks] of [
      ["entry_block", "source = ?"],
      ["gone_block", "source = ?"],
      ["snapshot_block", "snapshot IN (SELECT id FROM snapshot WHERE source = ?)"],
    ] as const) {
      db.prepare(`DELETE FROM message WHERE id IN (SELECT message FROM ${table} WHERE ${blocks})`).run(source);
      db.prepare(`DELETE FROM ${table} WHERE ${blocks}`).run(source);
    }
    for (const table of ["ledger_past", "review"]) {
      db.prepare(`DELETE FROM ${table} WHERE entry IN (SELECT id FROM ledger WHERE source = ?)`).run(source);
    }
    for (const table of ["source_hold", "source_decision"])
      db.prepare(`DELETE FROM ${table} WHERE source = ?`).run(name);
    for (const table of ["snapshot", "ledger", "ledger_source", "entry_act", "decision", "source_turnover"]) {
      db.prepare(`DELETE FROM ${table} WHERE source = ?`).run(source);
    }
    db.prepare("DELETE FROM source WHERE id = ?").run(source);
  });
}
