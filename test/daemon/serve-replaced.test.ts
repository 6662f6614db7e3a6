import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { run, type Sample, sampleFolder } from "../cli/cli.ts";
import { askTcp, askUdp, qtype, TcpClient } from "../xfr/client.ts";
import { database, replace, serve } from "./served-sample.ts";

const soa = { name: "phishing.rpz.example", type: qtype.SOA };

async function builtSample(): Promise<Sample> {
  const sample = sampleFolder();
  await sample.run("build");
  return sample;
}

const replaced = /^warning: ".*rpzmill\.db" was replaced: serving from the new one$/;

test("a restored store is noticed, told of and served", async () => {
  const sample = await builtSample();
  copyFileSync(sample.path(database), sample.path("copy.db"));
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  const { reporter, port } = await serve(sample);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000001"]);
  replace(sample, "copy.db");
  await reporter.line(replaced);
  await reporter.line(/^phishing\.rpz\.example 1800000001 -> 1800000000: 2 rules$/);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000000"]);
  const axfr = await askTcp({ ...soa, type: qtype.AXFR }, port);
  expect(axfr.answers.filter((answer) => answer.includes("shop.example"))).toHaveLength(2);
});

test("what is published in the restored store is noticed, too", async () => {
  const sample = await builtSample();
  copyFileSync(sample.path(database), sample.path("copy.db"));
  const { reporter, port } = await serve(sample);
  replace(sample, "copy.db");
  await reporter.line(replaced);
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  await reporter.line(/^phishing\.rpz\.example 1800000000 -> 1800000001: 1 rule, \+0 -2 records$/);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000001"]);
});

test("a store that is deleted is served on with a warning, and one that is built anew is served then", async () => {
  const sample = await builtSample();
  const { reporter, port } = await serve(sample);
  rmSync(sample.path("var"), { recursive: true });
  await reporter.line(
    /^warning: Cannot find ".*rpzmill\.db" any more: it was moved or deleted; what was open is served on$/,
  );
  expect((await askTcp({ ...soa, type: qtype.AXFR }, port)).answers.length).toBeGreaterThan(4);
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build", { clock: { nowMs: () => 1_800_000_100_000 } });
  await reporter.line(replaced);
  await reporter.line(/^phishing\.rpz\.example 1800000000 -> 1800000100: 1 rule$/);
  expect(
    (await askTcp({ ...soa, type: qtype.AXFR }, port)).answers.some((answer) => answer.includes("login.bank")),
  ).toBe(true);
});

test.each([
  [
    "a file of another kind",
    "is not a database",
    (sample: Sample) => sample.write("other.db", "text\n".repeat(10_000)),
  ],
  ["a FIFO", "is not a regular file", (sample: Sample) => execFileSync("/usr/bin/mkfifo", [sample.path("other.db")])],
  [
    "a file that was cut",
    "Cannot ",
    (sample: Sample) => {
      copyFileSync(sample.path(database), sample.path("other.db"));
      const bytes = statSync(sample.path("other.db")).size;
      truncateSync(sample.path("other.db"), bytes - 65_536);
    },
  ],
])("%s in its place is an error line, once, and what was open is served on", async (_what, why, make) => {
  const sample = await builtSample();
  const { reporter, port } = await serve(sample);
  make(sample);
  replace(sample, "other.db");
  const line = await reporter.line(/^error: .*what was open is served on$/);
  expect(line).toContain(why);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000000"]);
  expect((await askTcp({ ...soa, type: qtype.AXFR }, port)).answers.length).toBeGreaterThan(4);
  expect(reporter.lines.filter((text) => text.startsWith("error: "))).toHaveLength(1);
});

test("a locked file in its place is told of, once, and served as soon as it is locked no more; nobody waits for that", async () => {
  const sample = await builtSample();
  const { reporter, port } = await serve(sample);
  copyFileSync(sample.path(database), sample.path("other.db"));
  const other = new Sqlite(sample.path("other.db"));
  onTestFinished(() => void other.close());
  other.pragma("journal_mode = DELETE");
  other.exec("BEGIN EXCLUSIVE");
  replace(sample, "other.db");
  const line = await reporter.line(/^error: .*what was open is served on$/);
  expect(line).toContain("database is locked. Wait until the program that has locked it is done");
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000000"]);
  expect(reporter.lines.filter((text) => text.startsWith("error: "))).toHaveLength(1);
  other.exec("COMMIT");
  await reporter.line(replaced);
  expect((await askTcp({ ...soa, type: qtype.AXFR }, port)).answers.length).toBeGreaterThan(4);
});

test("a locked file that appears where there was no store is waited for without waiting", async () => {
  const sample = await builtSample();
  renameSync(sample.path(database), sample.path("other.db"));
  const { reporter, port } = await serve(sample);
  const other = new Sqlite(sample.path("other.db"));
  onTestFinished(() => void other.close());
  other.pragma("journal_mode = DELETE");
  other.exec("BEGIN EXCLUSIVE");
  replace(sample, "other.db");
  await reporter.line(/^error: cannot look for new versions: .*database is locked/);
  other.exec("COMMIT");
  await reporter.line(/^phishing\.rpz\.example 1800000000: 2 rules in \d+ records$/);
  expect((await askUdp(soa, port)).rcode).toBe(0);
  expect(reporter.lines.filter((text) => text.startsWith("error: "))).toHaveLength(1);
});

test("an empty file in its place, as a build begins with, is waited for", async () => {
  const sample = await builtSample();
  copyFileSync(sample.path(database), sample.path("copy.db"));
  const { reporter, port } = await serve(sample);
  writeFileSync(sample.path("empty.db"), "");
  replace(sample, "empty.db");
  expect((await askUdp(soa, port)).rcode).toBe(0);
  replace(sample, "copy.db");
  await reporter.line(replaced);
  expect((await askUdp(soa, port)).rcode).toBe(0);
  expect(reporter.lines.filter((text) => text.startsWith("error: "))).toEqual([]);
});

test("a zone that the new store lacks is served from the one before", async () => {
  const sample = await builtSample();
  const { reporter, port } = await serve(sample);
  renameSync(sample.path("zones/phishing.yaml"), sample.path("phishing.yaml"));
  sample.write("other.yaml", `${sample.read("rpzmill.yaml")}state: other\n`);
  expect((await run(["build", "--config", sample.path("other.yaml")])).code).toBe(0);
  replace(sample, "other/rpzmill.db");
  await reporter.line(replaced);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000000"]);
  expect((await askTcp({ ...soa, type: qtype.AXFR }, port)).answers.length).toBeGreaterThan(4);
});

test("a transfer that runs is read to its end from the store that it began with", async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `n${i}.example\n`);
  const texts = Array.from({ length: 15 }, (_, i) => `${i}${"x".repeat(250)}`);
  const sample = sampleFolder({ "lists/phish.txt": names.join("") });
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/phishing.yaml", zone.replace("action: nxdomain", `action: {txt: [${texts.join(", ")}]}`));
  await sample.run("build");
  copyFileSync(sample.path(database), sample.path("copy.db"));
  const { reporter, port } = await serve(sample);
  const client = new TcpClient(port);
  onTestFinished(() => client.close());
  client.ask({ ...soa, type: qtype.AXFR });
  const first = await client.next();
  client.socket.pause();
  replace(sample, "copy.db");
  await reporter.line(replaced);
  client.socket.resume();
  let records = first.answers.length;
  let last = first;
  while (!last.answers.at(-1)?.includes(" SOA ") || records === first.answers.length) {
    last = await client.next();
    records += last.answers.length;
  }
  expect(records).toBe(6000 * 15 + 3);
});
