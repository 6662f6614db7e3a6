/** A zone of a list and a source that people keep, the commands on it, and what its ledger, its acts and its zone say. */
import type { Fixture, Result } from "../cli/cli.ts";
import { run } from "../cli/cli.ts";
import { BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

export class EntriesFixture extends BuildFixture {
  constructor(zone = "", files: Readonly<Record<string, string>> = {}) {
    super({
      "main.yaml": EntriesFixture.main(),
      "zone.yaml": zoneText(zone),
      "list.txt": "listed.example\n",
      ...files,
    });
  }

  static main(more = ""): string {
    const list = "{id: list, category: one, scope: exact, format: domains, from: list.txt, limit: {percent: 100000}}";
    return `${mainText([list, `{id: kept, manual: true, category: one${more}}`])}guards: none\n`;
  }

  /** Runs a command line a second after what was done before. */
  command(line: string, fixture: Fixture = {}): Promise<Result> {
    this.nowMs += 1000;
    const { nowMs } = this;
    return run([...line.split(" "), "--config", this.path("main.yaml")], { clock: { nowMs: () => nowMs }, ...fixture });
  }

  /** Rows of the ledger, and what was done, as lines. */
  rows(): string[] {
    return this.read((db) =>
      (
        db
          .prepare(
            `SELECT hex(l.key) || ' ' || l.external_id || ' ' || coalesce(l.valid_from, '') || ' ' || coalesce(l.valid_until, '') || ' ' || l.state
             FROM ledger l JOIN source s ON s.id = l.source WHERE s.name = 'kept' ORDER BY 1`,
          )
          .pluck()
          .all() as string[]
      ).concat(
        db
          .prepare("SELECT hex(key) || ' ' || kind || ' ' || coalesce(label, '') FROM entry_act ORDER BY id")
          .pluck()
          .all() as string[],
      ),
    );
  }

  /** The names that have a rule which is no wildcard. */
  blocked(): string[] {
    const records = this.served()?.records ?? [];
    return records.filter((line) => !line.startsWith("*.")).map((line) => line.replace(/ .*$/, ""));
  }
}
