import { existsSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { Zones } from "../../src/store/zones.ts";
import { watchWrites } from "../store/every-write.ts";
import { Captured, type Sample, sampleFolder } from "./cli.ts";

const apex = "phishing.rpz.example";

/** Two kept serials of a zone of which each takes several writes. */
async function twoSerials(): Promise<Sample> {
  const names = (tail: string): string => Array.from({ length: 40_000 }, (_, i) => `name-${i}.${tail}\n`).join("");
  const sample = sampleFolder({ "lists/phish.txt": names("old.example") });
  await sample.run("build");
  sample.write("lists/phish.txt", names("new.example"));
  await sample.run(`build --accept-zone ${apex} --accept phish`);
  return sample;
}

/** An output whose reader takes its time: so much that something else is done at the first write. */
class SlowReader extends Captured {
  readonly #meanwhile: () => void;

  constructor(meanwhile: () => void) {
    super();
    this.#meanwhile = meanwhile;
  }

  override write(chunk: string | Uint8Array): void {
    if (this.chunks.length === 0) this.#meanwhile();
    super.write(chunk);
  }
}

function writer(sample: Sample): Sqlite.Database {
  const db = new Sqlite(sample.path("var/rpzmill.db"));
  onTestFinished(() => void db.close());
  return db;
}

test.each([
  ["zone export", `zone export ${apex}`],
  ["zone diff", `zone diff ${apex}`],
])("while the reader of %s takes its time, the log is emptied and commits go on", async (_, line) => {
  const sample = await twoSerials();
  const whole = (await sample.run(line)).stdout;
  const db = writer(sample);
  let emptied: unknown;
  const stdout = new SlowReader(() => {
    db.exec("CREATE TABLE note (text); DROP TABLE note");
    emptied = db.pragma("wal_checkpoint(TRUNCATE)");
  });
  expect((await sample.run(line, { stdout })).code).toBe(0);
  expect(emptied).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  expect(stdout.chunks.length).toBeGreaterThan(1);
  expect(stdout.text).toBe(whole);
});

test.each([
  ["an export", `zone export ${apex} --serial 1800000000`],
  ["a comparison", `zone diff ${apex} 1800000000`],
])("%s of a serial that is pruned meanwhile is an error, and never passes for a whole", async (_, line) => {
  const sample = await twoSerials();
  const db = writer(sample);
  const stdout = new SlowReader(() => {
    const zones = new Zones(db);
    const keep = { versions: 1, since: Number.POSITIVE_INFINITY, steadyNow: 0, readableSeconds: 0 };
    // The first withdraws what the second deletes.
    for (let i = 0; i < 2; i++) zones.prune(zones.find(apex) as number, keep);
    // Their numbers are given to others.
    db.exec("INSERT INTO message (data) SELECT data FROM message LIMIT 50");
  });
  const { code, stderr } = await sample.run(line, { stdout });
  expect(code).toBe(1);
  expect(stderr).toContain("Cannot read all of serial 1800000000");
});

test("an export into a file that cannot be whole leaves no file", async () => {
  const sample = await twoSerials();
  const db = writer(sample);
  const output = sample.path("old.zone");
  const line = `zone export ${apex} --serial 1800000000 --output ${output}`;
  const prune = db.prepare("DELETE FROM version WHERE version = 1");
  let gone = 0;
  watchWrites((kind) => {
    if (kind === "writeSync" && gone++ === 0) prune.run();
  });
  const { code } = await sample.run(line);
  expect([code, gone]).toEqual([1, 1]);
  expect(existsSync(output)).toBe(false);
});
