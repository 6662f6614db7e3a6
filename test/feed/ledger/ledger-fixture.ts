/** A folder with one source whose rows have facts, and what its ledger and its snapshot say. */
import { EntryCursor } from "../../../src/indicator/entry/block.ts";
import { shownKey } from "../../../src/indicator/entry/shown-key.ts";
import type { Facts } from "../../../src/indicator/facts/facts.ts";
import { Ledger, type LedgerRow } from "../../../src/store/ledger.ts";
import { Profiles } from "../../../src/store/profiles.ts";
import { type Snapshot, Snapshots } from "../../../src/store/snapshots.ts";
import { BuildFixture, mainText, zoneText } from "../fixture.ts";

/** Columns of the lists that the tests write. */
export const header = "id,domain,type,score,from,until,revoked,ref";
const fields =
  "{id: id, category: type, confidence: score, validFrom: from, validUntil: until, revoked: revoked, reference: ref}";

export class LedgerFixture extends BuildFixture {
  /** `rows` under `header`; `more` are more keys of the source. */
  constructor(rows: readonly string[], more = "", root?: string) {
    const zone = zoneText().replace("{categories: [one]}", "{sources: [list]}");
    super({ "main.yaml": LedgerFixture.main(`, fields: ${fields}${more}`), "zone.yaml": zone }, root);
    this.list(...rows);
  }

  static main(more: string): string {
    return `${mainText([`{id: list, category: one, format: csv, from: list.csv${more}}`])}guards: none\n`;
  }

  /** Writes the list anew. */
  list(...rows: readonly string[]): void {
    this.write("list.csv", `${[header, ...rows].join("\n")}\n`);
  }

  /** Takes the source's facts away, or gives it other keys. */
  configure(more: string): void {
    this.write("main.yaml", LedgerFixture.main(more));
  }

  /** The same source with its facts and more keys; `top` are lines of the main file. */
  configureFields(more = "", top = ""): void {
    this.write("main.yaml", LedgerFixture.main(`, fields: ${fields}${more}`) + top);
  }

  get now(): number {
    return this.nowMs / 1000;
  }

  rows(): LedgerRow[] {
    return this.read((db) => {
      const id = db.prepare("SELECT id FROM source WHERE name = 'list'").pluck().get() as number;
      return [...new Ledger(db).walk(id)];
    });
  }

  /** Rows as `name id state`. */
  states(): string[] {
    return this.rows().map(({ key, externalId, state }) => `${shownKey(key)} ${externalId} ${state}`);
  }

  snapshot(): Snapshot {
    return this.read((db) => new Snapshots(db).current("list") as Snapshot);
  }

  /** What the snapshot lists, as `name {facts}`. */
  listed(): string[] {
    return this.read((db) => {
      const snapshots = new Snapshots(db);
      const profiles = new Profiles(db);
      const cursor = new EntryCursor(snapshots.blocks((snapshots.current("list") as Snapshot).id));
      const listed: string[] = [];
      for (cursor.rewind(); cursor.live; cursor.advance()) {
        const facts: Facts = profiles.factsOf(cursor.profile);
        listed.push(`${shownKey(cursor.key.slice(0, cursor.keyBytes))} ${JSON.stringify(facts)}`);
      }
      return listed;
    });
  }

  /** Names of the snapshot. */
  names(): string[] {
    return this.listed().map((line) => line.slice(0, line.indexOf(" ")));
  }

  /** Names that the zone blocks. */
  blocked(): string[] {
    return (this.served()?.records ?? []).map((record) => record.slice(0, record.indexOf(" ")));
  }
}

/** A row under `header`. */
export const row = (
  id: string,
  name: string,
  { type = "", score = "", from = "", until = "", revoked = "", ref = "" } = {},
): string => [id, name, type, score, from, until, revoked, ref].join(",");
