/** What the store knows of the clock: when it was built last, and since when a clock that is far ahead is not believed. */
import { type Database, preparing, transact } from "./database.ts";
import { type Upkeep, upkeepOf } from "./upkeep.ts";

/** When the store was built last by a clock that was believed, in Unix seconds; undefined where nothing says so. */
export function lastBuilt(db: Database): number | undefined {
  const noted = upkeepOf(db)?.get("last built");
  if (noted !== undefined) return noted;
  const counting = "SELECT n.taken_at FROM source s JOIN snapshot n ON n.id = s.snapshot";
  const times = preparing(db)(counting).pluck().all() as number[];
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Since when a clock that is far ahead is not believed, by that clock in Unix seconds. */
export function doubtedSince(db: Database): number | undefined {
  return upkeepOf(db)?.get("clock doubted since");
}

/** Notes that the store is built by a clock that is believed. One that was set back does not make the right one far ahead. */
export function noteBuilt(db: Database, now: number): void {
  noteClock(db, (upkeep) => {
    upkeep.put("last built", Math.max(now, upkeep.get("last built") ?? now));
    upkeep.remove("clock doubted since");
  });
}

export function noteDoubt(db: Database, now: number): void {
  noteClock(db, (upkeep) => upkeep.put("clock doubted since", now));
}

function noteClock(db: Database, note: (upkeep: Upkeep) => void): void {
  const upkeep = upkeepOf(db);
  if (upkeep !== undefined) transact(db, () => note(upkeep));
}

interface CompiledSource {
  readonly name: string;
  readonly compiledFor: number;
}

/** Sources whose entries are compiled for a time after one (Unix seconds), with that time. */
export function compiledAhead(db: Database, after: number): CompiledSource[] {
  if (upkeepOf(db) === undefined) return [];
  return preparing(db)(
    `SELECT s.name AS name, n.compiled_for AS compiledFor FROM source s JOIN snapshot n ON n.id = s.snapshot
     WHERE n.compiled_for > ?`,
  ).all(after) as CompiledSource[];
}

/**
 * Takes a time (Unix seconds) for the right one: what is noted for a later one was noted now, and sources that are compiled for
 * a later one are compiled anew when they are built next. Gives the names of these.
 */
export function believe(db: Database, now: number): string[] {
  const sql = preparing(db);
  return transact(db, () => {
    const ahead = compiledAhead(db, now).map(({ name }) => name);
    sql(
      "UPDATE ledger_source SET unfinished = 1 WHERE source IN (SELECT source FROM snapshot WHERE compiled_for > ?)",
    ).run(now);
    for (const column of ["taken_at", "since", "compiled_for"]) {
      sql(`UPDATE snapshot SET ${column} = ? WHERE ${column} > ?`).run(now, now);
    }
    for (const column of ["first_seen", "last_seen", "changed_at", "returned"]) {
      sql(`UPDATE ledger SET ${column} = ? WHERE ${column} > ?`).run(now, now);
    }
    // Of what rows said at times that have not come, nothing is known.
    sql("DELETE FROM ledger_past WHERE since >= ?").run(now);
    sql("UPDATE ledger_past SET until = ? WHERE until > ?").run(now, now);
    const upkeep = upkeepOf(db) as Upkeep;
    upkeep.put("last built", now);
    upkeep.remove("clock doubted since");
    return ahead;
  });
}
