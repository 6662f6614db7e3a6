/** What must hold among the tables of a store between builds; each breach as a line of text. */
import { compareSerials, serial } from "../../src/dns/serial.ts";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { addCounts, countNames, countsOf, noCounts, unpackCounts } from "../../src/mill/counts.ts";
import type { Database } from "../../src/store/database.ts";
import { neverRetired } from "../../src/store/schema.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { Zones } from "../../src/store/zones.ts";

/** Counts of rows that should not be, by what is wrong with them. */
const strays: Readonly<Record<string, string>> = {
  "references to messages that are not there": `
    SELECT count(*) FROM (SELECT message FROM block WHERE message IS NOT NULL UNION ALL SELECT message FROM difference
      UNION ALL SELECT message FROM snapshot_block UNION ALL SELECT message FROM entry_block UNION ALL SELECT message FROM gone_block) r LEFT JOIN message m ON m.id = r.message WHERE m.id IS NULL`,
  "messages that nobody refers to": `
    SELECT count(*) FROM message WHERE id NOT IN (SELECT message FROM block WHERE message IS NOT NULL
      UNION ALL SELECT message FROM difference UNION ALL SELECT message FROM snapshot_block UNION ALL SELECT message FROM entry_block UNION ALL SELECT message FROM gone_block)`,
  "messages with two owners": `
    SELECT count(*) FROM (SELECT message FROM (SELECT message FROM block WHERE message IS NOT NULL
      UNION ALL SELECT message FROM difference UNION ALL SELECT message FROM snapshot_block UNION ALL SELECT message FROM entry_block UNION ALL SELECT message FROM gone_block)
      GROUP BY message HAVING count(*) > 1)`,
  "blocks of no zone": "SELECT count(*) FROM block WHERE zone NOT IN (SELECT id FROM zone)",
  "blocks created after the served version": `
    SELECT count(*) FROM block b JOIN zone z ON z.id = b.zone WHERE b.born > coalesce(z.version, 0)`,
  "blocks retired after the served version": `
    SELECT count(*) FROM block b JOIN zone z ON z.id = b.zone
    WHERE b.replaced > coalesce(z.version, 0) AND b.replaced < ${neverRetired}`,
  "blocks retired before any version that is kept": `
    SELECT count(*) FROM block b WHERE b.replaced <= (SELECT min(version) FROM version v WHERE v.zone = b.zone)`,
  "blocks retired before they were created": "SELECT count(*) FROM block WHERE replaced <= born",
  "differences that lead to no kept version": `
    SELECT count(*) FROM difference d LEFT JOIN version v ON v.zone = d.zone AND v.version = d.version
    WHERE v.difference_bytes IS NULL`,
  "differences of another size than their version says": `
    SELECT count(*) FROM version v WHERE difference_bytes IS NOT NULL AND difference_bytes <> (
      SELECT coalesce(sum(length(m.data)), 0) FROM difference d JOIN message m ON m.id = d.message
      WHERE d.zone = v.zone AND d.version = v.version)`,
  "differences with a gap in their numbers": `
    SELECT count(*) FROM (SELECT 1 FROM difference GROUP BY zone, version, kind
      HAVING min(seq) <> 0 OR max(seq) <> count(*) - 1)`,
  "zones whose served version is not the newest": `
    SELECT count(*) FROM zone z WHERE z.version IS NOT (SELECT max(version) FROM version v WHERE v.zone = z.id)`,
  "zones with a gap in their versions": `
    SELECT count(*) FROM (SELECT 1 FROM version GROUP BY zone HAVING max(version) - min(version) <> count(*) - 1)`,
  "blocks of snapshots that are not there":
    "SELECT count(*) FROM snapshot_block WHERE snapshot NOT IN (SELECT id FROM snapshot)",
  "entries that no snapshot of their source has": `
    SELECT count(*) FROM entry_block e WHERE NOT EXISTS (
      SELECT 1 FROM snapshot n WHERE n.source = e.source AND n.id >= e.created AND n.id < e.retired)`,
  "entries that neither count nor are served from": `
    SELECT count(*) FROM entry_block e WHERE NOT EXISTS (SELECT 1 FROM (
      SELECT snapshot AS id FROM source UNION
      SELECT id.value FROM zone z JOIN version v ON v.zone = z.id AND v.version = z.version, json_each(v.inputs) id) k
      JOIN snapshot n ON n.id = k.id WHERE n.source = e.source AND n.id >= e.created AND n.id < e.retired)`,
  "entries created or retired by what is no snapshot of their source": `
    SELECT count(*) FROM entry_block e WHERE e.created >= e.retired
      OR e.retired < ${neverRetired} AND NOT EXISTS (SELECT 1 FROM snapshot n WHERE n.source = e.source AND n.id >= e.retired)`,
  "names that are gone from what is no source":
    "SELECT count(*) FROM gone_block WHERE source NOT IN (SELECT id FROM source)",
  "drafts of a build that is over": "SELECT count(*) FROM draft",
  "zones on hold that are not there, or have no version to stay at":
    "SELECT count(*) FROM hold WHERE zone NOT IN (SELECT id FROM zone WHERE version IS NOT NULL)",
  "sources without a snapshot": `
    SELECT count(*) FROM source WHERE CASE WHEN snapshot IS NULL THEN id NOT IN (SELECT source FROM ledger)
      ELSE snapshot NOT IN (SELECT id FROM snapshot) END`,
  "snapshots with other entries than they say": `
    SELECT count(*) FROM snapshot n JOIN source s ON s.snapshot = n.id WHERE n.entries <> (
      SELECT coalesce(sum(b.entries), 0) FROM entry_block b
      WHERE b.source = n.source AND b.created <= n.id AND b.retired > n.id)`,
  "sources whose rows were written and not compiled": "SELECT count(*) FROM ledger_source WHERE unfinished = 1",
  "rows that wait for a time and for no source":
    "SELECT count(*) FROM ledger WHERE due IS NOT NULL AND source NOT IN (SELECT source FROM ledger_source)",
  "rows with a reference or a profile that is not there": `
    SELECT count(*) FROM ledger WHERE reference IS NOT NULL AND reference NOT IN (SELECT id FROM reference)
      OR profile <> 0 AND profile NOT IN (SELECT id FROM profile)`,
  "past rows of no row, or that end before they begin or after the row changed": `
    SELECT count(*) FROM ledger_past p LEFT JOIN ledger l ON l.id = p.entry
    WHERE l.id IS NULL OR p.since >= p.until OR p.until > l.changed_at`,
  "past rows with a gap or an overlap": `
    SELECT count(*) FROM (SELECT until, lead(since) OVER (PARTITION BY entry ORDER BY until) AS next FROM ledger_past)
    WHERE next IS NOT NULL AND next <> until`,
  "past rows with a reference or a profile that is not there": `
    SELECT count(*) FROM ledger_past WHERE reference IS NOT NULL AND reference NOT IN (SELECT id FROM reference)
      OR profile <> 0 AND profile NOT IN (SELECT id FROM profile)`,
  "reviews of no row": "SELECT count(*) FROM review WHERE entry NOT IN (SELECT id FROM ledger)",
  "rows that wait for a review without one, or the reverse": `
    SELECT count(*) FROM ledger l LEFT JOIN review v ON v.entry = l.id WHERE (l.state = 6) <> (v.since IS NOT NULL)`,
  "notes of a build that is over": "SELECT count(*) FROM build",
};

/** All breaches, after a build that ended well. */
export function faultsOf(db: Database): string[] {
  const faults: string[] = [];
  for (const [what, sql] of Object.entries(strays)) {
    const count = db.prepare(sql).pluck().get() as number;
    if (count > 0) faults.push(`${count} ${what}`);
  }
  const check = db.pragma("integrity_check", { simple: true });
  if (check !== "ok") faults.push(`integrity_check: ${String(check)}`);
  for (const { table } of db.pragma("foreign_key_check") as { table: string }[]) faults.push(`foreign key of ${table}`);
  return [...faults, ...changeFaults(db), ...versionFaults(db)];
}

/** Each list of changes against the number of names that its snapshot says have changed. */
function changeFaults(db: Database): string[] {
  const snapshots = new Snapshots(db);
  const rows = db.prepare("SELECT id, changes FROM snapshot").all() as { id: number; changes: number | null }[];
  return rows.flatMap(({ id, changes }) => {
    let names = 0;
    const cursor = new EntryCursor(snapshots.blocks(id, "changes"));
    for (cursor.rewind(); cursor.live; cursor.advance()) if (!cursor.repeats) names += 1;
    return names === (changes ?? 0) ? [] : [`snapshot ${id}: ${names} changes are listed, not ${changes}`];
  });
}

/** Every kept version against its blocks, and serials against their order. */
function versionFaults(db: Database): string[] {
  const faults: string[] = [];
  const zones = new Zones(db);
  const lengthOf = db.prepare("SELECT length(data) FROM message WHERE id = ?").pluck();
  for (const zone of db.prepare("SELECT id FROM zone").pluck().all() as number[]) {
    const versions = zones.history(zone);
    versions.forEach((row, i) => {
      const report = (what: string): void => void faults.push(`zone ${zone} version ${row.version}: ${what}`);
      const newer = versions[i - 1];
      if (newer !== undefined && compareSerials(serial(newer.serial), row.serial) !== 1) report("serial goes back");
      const counts = noCounts();
      let bytes = 0;
      for (const block of zones.blockRows(zone, row.version)) {
        addCounts(counts, unpackCounts(block.counts));
        bytes += block.bytes;
        const octets = block.message === undefined ? 0 : lengthOf.get(block.message);
        if (octets !== block.bytes) report(`a block of ${String(octets)} octets says ${block.bytes}`);
      }
      if (bytes !== row.bytes) report(`blocks have ${bytes} octets, not ${row.bytes}`);
      if (counts.rules !== row.rules) report(`blocks have ${counts.rules} rules, not ${row.rules}`);
      // What was dropped or stopped is kept up to date for the served version alone.
      for (const name of i === 0 ? countNames : []) {
        if (counts[name] !== countsOf(row)[name])
          report(`blocks count ${counts[name]} ${name}, not ${countsOf(row)[name]}`);
      }
    });
  }
  return faults;
}
