/** Another store in the place of the one that was served: what is remembered of the first must hold of it. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Running } from "../../src/daemon/run.ts";
import { identityOf } from "../../src/store/database-files.ts";
import { readServed } from "../../src/store/server-state-file.ts";
import { run, type Sample, sampleFolder } from "../cli/cli.ts";
import { askTcp, askUdp, qtype } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";
import { database, replace, serve } from "./served-sample.ts";

const apex = "phishing.rpz.example";
const soa = { name: apex, type: qtype.SOA };

/** A folder with a newer store in place, and beside it an older copy. */
async function twoStores(): Promise<Sample> {
  const sample = sampleFolder();
  await sample.run("build");
  copyFileSync(sample.path(database), sample.path("copy.db"));
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  return sample;
}

test("a run builds at once where a restored store is behind what was served", async () => {
  const sample = await twoStores();
  const reporter = new ReportedLines();
  let builds = 0;
  let ordered = (): void => {};
  const secondBuild = new Promise<void>((resolve) => {
    ordered = resolve;
  });
  const running = await Running.start({
    config: loadConfig(sample.path("rpzmill.yaml")),
    clock: systemClock,
    reporter,
    pollMs: 10,
    loadAgain: () => loadConfig(sample.path("rpzmill.yaml")),
    startBuild: () => {
      builds += 1;
      if (builds > 1) ordered();
      return { end: Promise.resolve({ kind: "died", how: "exit code 1" }), stop() {} };
    },
  });
  onTestFinished(() => running.stop());
  await reporter.line(/^error: the build ended by exit code 1/);
  expect(builds).toBe(1);
  replace(sample, "copy.db");
  await secondBuild;
  expect(reporter.lines).toContainEqual(
    expect.stringContaining(`${apex}: the store has serial 1800000000, and 1800000001`),
  );
});

test("what was served is written down beside a new store as soon as that is there", async () => {
  const sample = await twoStores();
  const { reporter } = await serve(sample);
  rmSync(sample.path("var"), { recursive: true });
  await reporter.line(/^warning: Cannot find .*rpzmill\.db/);
  expect(existsSync(sample.path("var"))).toBe(false);
  mkdirSync(sample.path("var"));
  replace(sample, "copy.db");
  await reporter.line(/rpzmill\.db" was replaced/);
  expect(readServed(sample.path("var/server.db")).serials.get(apex)).toBe(1_800_000_001);
});

test("what another zone has got of a zone that was forgotten is never sent in its place", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  // The zones have the numbers 1 and 2; this is the one that is given again.
  const { serving, port } = await serve(sample);
  const axfr = async () => askTcp({ ...soa, type: qtype.AXFR }, port);
  expect((await axfr()).answers.length).toBeGreaterThan(4);
  const other = sample.path("other");
  mkdirSync(other);
  const zone = sample.read("zones/phishing.yaml");
  sample.write("other/malware.yaml", sample.read("zones/malware.yaml"));
  sample.write("other.yaml", sample.read("rpzmill.yaml").replace("zones: zones", "zones: other"));
  const there = (line: string) => run([...line.split(" "), "--config", sample.path("other.yaml")]);
  expect((await there(`store forget ${apex}`)).code).toBe(0);
  sample.write("other/late.yaml", zone.replace(apex, "late.rpz.example"));
  expect((await there("build")).code).toBe(0);
  const answer = await axfr();
  expect(answer.answers.filter((text) => text.includes("shop.example"))).toEqual([]);
  serving.poll();
  expect((await askUdp(soa, port)).rcode).toBe(2);
  expect((await axfr()).answers).toEqual([]);
});

test("a new store that has nothing of what was served is told of, and the one before is served on", async () => {
  const sample = await twoStores();
  const { serving, reporter, port } = await serve(sample);
  const empty = sampleFolder({ "lists/own.txt": "\n" });
  await empty.run("build");
  const store = empty.path(database);
  copyFileSync(store, sample.path("empty.db"));
  const db = new Sqlite(sample.path("empty.db"));
  for (const table of ["block", "version", "zone"]) db.exec(`DELETE FROM ${table}`);
  db.close();
  replace(sample, "empty.db");
  await reporter.line(/^warning: ".*rpzmill\.db" was replaced: the new one has no zone that is served$/);
  await reporter.line(
    /^warning: phishing\.rpz\.example: the new store has nothing of it; serial 1800000001 is served on from the one before$/,
  );
  expect((await askUdp(soa, port)).answers).toEqual([`${apex} SOA 1800000001`]);
  await serving.stop();
  // One that starts has no store before it to serve on.
  const next = await serve(sample);
  expect(next.reporter.lines).toContainEqual(
    expect.stringMatching(
      /^warning: phishing\.rpz\.example: the store has nothing of it, and serial 1800000001 was served/,
    ),
  );
});

test("a database that is a symbolic link is followed to its log, and to what is built there", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  mkdirSync(sample.path("disk"));
  renameSync(sample.path(database), sample.path("disk/real.db"));
  symlinkSync(sample.path("disk/real.db"), sample.path(database));
  const { reporter, port } = await serve(sample);
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  await reporter.line(/^phishing\.rpz\.example 1800000000 -> 1800000001/);
  expect((await askUdp(soa, port)).answers).toEqual([`${apex} SOA 1800000001`]);
  expect(identityOf(sample.path(database))?.log).toBe(identityOf(sample.path("disk/real.db"))?.log);
  expect(identityOf(sample.path(database))?.log).toBeDefined();
});
