/** Notices newly published serials in the store and says what each brought. */
import { counted, number } from "../base/counted.ts";
import type { Serial } from "../dns/serial.ts";
import type { Database } from "../store/database.ts";
import { Zones, type ZoneVersionRow } from "../store/zones.ts";

export interface Published {
  readonly apex: string;
  readonly serial: Serial;
  /** What was seen before; undefined where this is the first sight of the zone. */
  readonly previousSerial: Serial | undefined;
  readonly rules: number;
  readonly records: number;
  /** Records added and removed since `previousSerial`, step by step; undefined where a step is no longer kept. */
  readonly added: number | undefined;
  readonly removed: number | undefined;
}

/** A version, and the store that it was seen in: only there its number means something. */
interface Seen {
  readonly row: ZoneVersionRow;
  readonly db: Database;
}

export class PublishedSerials {
  readonly #seen = new Map<string, Seen>();

  /** What was published of these zones since the last look. */
  look(db: Database, apexes: readonly string[]): Published[] {
    const zones = new Zones(db);
    const news: Published[] = [];
    for (const apex of apexes) {
      const id = zones.find(apex);
      const row = id === undefined ? undefined : zones.current(id);
      if (row === undefined) continue;
      const seen = this.#seen.get(apex);
      this.#seen.set(apex, { row, db });
      const before = seen?.db === db ? seen.row : undefined;
      const { serial, rules, records } = row;
      if (before === undefined ? seen?.row.serial === serial : before.version === row.version) continue;
      const steps = before === undefined ? undefined : stepsBetween(zones, before, row);
      const sum = (count: (step: ZoneVersionRow) => number): number | undefined =>
        steps?.reduce((total, step) => total + count(step), 0);
      news.push({
        apex,
        serial,
        previousSerial: seen?.row.serial,
        rules,
        records,
        added: sum((step) => step.added),
        removed: sum((step) => step.removed),
      });
    }
    return news;
  }
}

/** The versions after `before` up to `row`; undefined where one is gone. */
function stepsBetween(zones: Zones, before: ZoneVersionRow, row: ZoneVersionRow): ZoneVersionRow[] | undefined {
  const steps: ZoneVersionRow[] = [];
  for (let version = before.version + 1; version <= row.version; version++) {
    const step = zones.version(row.zone, version);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

/** `malware.rpz.example 1763800000 -> 1763800321: 12 rules, +2 -1 records`. */
export function publishedInWords({ apex, serial, previousSerial, rules, records, added, removed }: Published): string {
  const count = counted(rules, "rule");
  if (previousSerial === undefined) return `${apex} ${serial}: ${count} in ${counted(records, "record")}`;
  const change = added === undefined || removed === undefined ? "" : `, +${number(added)} -${number(removed)} records`;
  return `${apex} ${previousSerial} -> ${serial}: ${count}${change}`;
}
