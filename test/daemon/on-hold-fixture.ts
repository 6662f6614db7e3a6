/** A list that its guard may hold back, plain or with facts, and what is in force and decided of it. */
import { SourceHolds } from "../../src/store/source-holds.ts";
import type { Result } from "../cli/cli.ts";
import { run } from "../cli/cli.ts";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { header, row } from "../feed/ledger/ledger-fixture.ts";

export const kinds = ["a plain list", "a list with facts"] as const;

export class OnHoldFixture extends BuildFixture {
  readonly #hasFacts: boolean;

  constructor(kind: (typeof kinds)[number], guard = "shrinkPercent: 30, growPercent: 300", guards = "guards: none") {
    const hasFacts = kind === "a list with facts";
    const reading = hasFacts ? "format: csv, fields: {id: id, reference: ref}" : "format: domains, scope: exact";
    const more = `${mainText([`{id: list, category: one, from: list.txt, ${reading}, guard: {${guard}}}`])}${guards}\n`;
    super({ "main.yaml": more });
    this.#hasFacts = hasFacts;
  }

  list(...names: readonly string[]): void {
    const lines = this.#hasFacts ? [header, ...names.map((name) => row(name, name))] : names;
    this.write("list.txt", `${lines.join("\n")}\n`);
  }

  /** Runs a command line a second after what was done before; words are given one by one. */
  command(...words: readonly string[]): Promise<Result> {
    this.nowMs += 1000;
    const { nowMs } = this;
    return run([...words, "--config", this.path("main.yaml")], { clock: { nowMs: () => nowMs } });
  }

  /** The names that are blocked. */
  blocked(): string[] {
    const records = this.served()?.records ?? [];
    return records.filter((line) => !line.startsWith("*.")).map((line) => line.replace(/ .*$/, ""));
  }

  /** Decisions, the newest first, as `verdict by: reason`. */
  decisions(): string[] {
    return this.read((db) =>
      new SourceHolds(db).decisionsOf("list", 100).map(({ verdict, by, reason }) => `${verdict} ${by}: ${reason}`),
    );
  }

  isOnHold(): boolean {
    return this.read((db) => new SourceHolds(db).find("list")) !== undefined;
  }
}
