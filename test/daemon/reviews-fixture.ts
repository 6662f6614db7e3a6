/** A source that is not trusted and one that people keep, in one zone, and the commands that decide. */
import { type Fixture, type Result, run } from "../cli/cli.ts";
import { BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

export const header = "id,domain,kind,until";

export class ReviewsFixture extends BuildFixture {
  constructor(rows: readonly string[], zone = "") {
    const take = zoneText(zone).replace("{categories: [one]}", "{sources: [partner, other]}");
    super({ "main.yaml": ReviewsFixture.main("untrusted"), "zone.yaml": take, "other.txt": "other.example\n" });
    this.list(rows);
  }

  static main(trust: string): string {
    const fields = "{id: id, category: kind, validUntil: until}";
    const partner = `{id: partner, category: one, format: csv, from: partner.csv, trust: ${trust}, limit: {percent: 100000}, fields: ${fields}}`;
    return `${mainText([partner, "{id: other, category: one, format: domains, scope: exact, from: other.txt}"])}guards: none\n`;
  }

  list(rows: readonly string[]): void {
    this.write("partner.csv", `${[header, ...rows].join("\n")}\n`);
  }

  /** Runs a command line a second after what was done before. */
  command(line: string, fixture: Fixture = {}): Promise<Result> {
    this.nowMs += 1000;
    const { nowMs } = this;
    return run([...line.split(" "), "--config", this.path("main.yaml")], { clock: { nowMs: () => nowMs }, ...fixture });
  }

  /** The names that have a rule. */
  blocked(): string[] {
    return [...new Set((this.served()?.records ?? []).map((line) => line.replace(/ .*$/, "").replace(/^\*\./, "")))];
  }

  /** Rows as `name state`, then decisions as `name verdict who`. */
  decided(): string[] {
    return this.read((db) => {
      const rows = db.prepare("SELECT hex(key) || ' ' || state FROM ledger ORDER BY 1").pluck().all() as string[];
      const decisions = db.prepare("SELECT hex(key) || ' ' || verdict || ' ' || label FROM decision ORDER BY id");
      return [...rows, ...(decisions.pluck().all() as string[])];
    });
  }
}
