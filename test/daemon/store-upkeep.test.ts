import { statSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { compactStore, forgetPart } from "../../src/daemon/store-upkeep.ts";
import { copyStore } from "../../src/store/copy.ts";
import { type Database, openForReading } from "../../src/store/database.ts";
import { sampleFolder } from "../cli/cli.ts";
import { apex, BuildFixture, mainText, servedZone } from "../feed/fixture.ts";
import { BuildingProcess } from "../store/building-process.ts";
import { faultsOf } from "../store/consistency.ts";
import { askTcp, qtype } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";

const names = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `n${i}.${tail}\n`).join("");
const main = mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]);

test("while a server runs, a compacted store is served on, transfers before and after alike", async () => {
  const sample = sampleFolder({ "lists/phish.txt": names(20_000, "old.example") });
  await sample.run("build");
  const config = loadConfig(sample.path("rpzmill.yaml"));
  const reporter = new ReportedLines();
  const serving = await Serving.start({ config, clock: systemClock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  const port = serving.addresses[0]?.port ?? 0;
  const axfr = { name: "phishing.rpz.example", type: qtype.AXFR };
  const before = (await askTcp(axfr, port)).answers;
  sample.write("lists/phish.txt", names(10, "new.example"));
  await sample.run("build --accept-zone phishing.rpz.example --accept phish");
  await reporter.line(/ -> .*: 10 rules/);
  const bytes = statSync(config.databaseFile).size;
  const during = askTcp(axfr, port);
  compactStore(config, systemClock);
  expect(statSync(config.databaseFile).size).toBeLessThan(bytes);
  const after = (await askTcp(axfr, port)).answers;
  expect((await during).answers).toEqual(after);
  expect(after).not.toEqual(before);
  expect(after.length).toBe(2 * 10 + 3);
  expect(reporter.lines.filter((line) => /error|warning/.test(line))).toEqual([]);
});

test("a copy that is made in the middle of a build is what was published before it", async () => {
  const fixture = new BuildFixture({ "main.yaml": main, "list.txt": names(2000, "old.example") });
  await fixture.build();
  const before = fixture.served();
  fixture.write("list.txt", names(2100, "old.example"));
  const holder = new BuildingProcess({ config: fixture.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 8 });
  await holder.tells(({ locked }) => locked !== undefined);
  const db = openForReading(fixture.path("var/rpzmill.db")) as Database;
  copyStore(db, fixture.path("copy.db"), "");
  db.close();
  const copy = openForReading(fixture.path("copy.db")) as Database;
  expect(servedZone(copy, apex)).toEqual(before);
  copy.close();
});

test("a build that runs holds off compacting and forgetting", async () => {
  const fixture = new BuildFixture({ "main.yaml": main, "list.txt": names(20, "old.example") });
  await fixture.build();
  const holder = new BuildingProcess({ config: fixture.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 4 });
  await holder.tells(({ locked }) => locked !== undefined);
  const locked = expect.objectContaining({ code: "BUILD_HELD" });
  expect(() => compactStore(fixture.config(), systemClock)).toThrow(locked);
  expect(() => forgetPart(fixture.config(), systemClock, "list")).toThrow(locked);
});

test("copies that are made while a build writes are each what was published before it, or after", async () => {
  const fixture = new BuildFixture({ "main.yaml": main, "list.txt": names(60_000, "old.example") });
  await fixture.build();
  const before = fixture.served()?.row.serial as number;
  fixture.write("list.txt", names(70_000, "old.example"));
  const db = openForReading(fixture.path("var/rpzmill.db")) as Database;
  onTestFinished(() => void db.close());
  const order = { config: fixture.path("main.yaml"), nowMs: fixture.nowMs + 10_000 };
  const building = new BuildingProcess(order);
  const ended: unknown[] = [];
  const end = building.end.then((how) => ended.push(how));
  const serials: number[] = [];
  while (ended.length === 0) {
    copyStore(db, fixture.path("copy.db"), "");
    const copy = openForReading(fixture.path("copy.db")) as Database;
    const served = servedZone(copy, apex);
    copy.close();
    serials.push(served?.row.serial as number);
    expect(served?.records).toHaveLength(2 * (serials.at(-1) === before ? 60_000 : 70_000));
    // Lets the news of the other process in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await end;
  expect(ended).toEqual([0]);
  expect(serials[0]).toBe(before);
  expect(fixture.served()?.row.serial).toBeGreaterThan(before);
  expect(fixture.read(faultsOf)).toEqual([]);
});
