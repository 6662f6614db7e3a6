import { copyFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { loadConfig } from "../../src/config/load.ts";
import { openForReading } from "../../src/store/database.ts";
import { faultsOf } from "../store/consistency.ts";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

const faults = (sample: Sample): string[] => {
  const db = openForReading(sample.path("var/rpzmill.db"));
  if (db === undefined) throw new Error("There is no store");
  try {
    return faultsOf(db);
  } finally {
    db.close();
  }
};

async function builtSample(): Promise<Sample> {
  const sample = sampleFolder();
  await sample.run("build");
  return sample;
}

describe("backup", () => {
  test("makes one file that serves what the store serves, in the place of the store", async () => {
    const sample = await builtSample();
    const copy = sample.path("copy.db");
    const { code, stdout } = await sample.run(`backup ${copy}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^copied the store to \S+copy\.db: [\d.]+ [kM]B, schema \d+, checked\n$/);
    expect(readdirSync(sample.folder).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
    const exported = (await sample.run("zone export phishing.rpz.example")).stdout;
    sample.write("lists/phish.txt", "other.example\n");
    await sample.run("build");
    for (const end of ["", "-wal", "-shm"]) rmSync(sample.path(`var/rpzmill.db${end}`), { force: true });
    copyFileSync(copy, sample.path("var/rpzmill.db"));
    expect((await sample.run("zone export phishing.rpz.example")).stdout).toBe(exported);
    expect((await sample.run("build")).code).toBe(0);
    expect(faults(sample)).toEqual([]);
  });

  test("replaces a file only with --force, and never the store itself", async () => {
    const sample = await builtSample();
    const copy = sample.path("copy.db");
    writeFileSync(copy, "precious");
    const refused = await sample.run(`backup ${copy}`);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("the file exists");
    expect(sample.read("copy.db")).toBe("precious");
    const { bytes } = JSON.parse((await sample.run(`backup --force --json ${copy}`)).stdout);
    expect(statSync(copy).size).toBe(bytes);
    const itself = await sample.run(`backup --force ${sample.path("var/rpzmill.db")}`);
    expect(itself.code).toBe(2);
    expect(itself.stderr).toContain("that is the store");
  });

  test("of a store that is damaged fails, and leaves no file", async () => {
    const sample = sampleFolder({
      "lists/phish.txt": Array.from({ length: 9000 }, (_, i) => `n${i}.example\n`).join(""),
    });
    await sample.run("build");
    const db = new Sqlite(sample.path("var/rpzmill.db"));
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.unsafeMode();
    db.pragma("writable_schema = ON");
    db.exec("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'block'");
    db.close();
    const { code, stderr } = await sample.run(`backup ${sample.path("copy.db")}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/STORE_UNUSABLE|the copy is damaged|malformed/);
    expect(readdirSync(sample.folder).filter((name) => name.startsWith("copy"))).toEqual([]);
  });

  test("before the first build, or where it cannot be written, says why", async () => {
    const sample = sampleFolder();
    const early = await sample.run(`backup ${sample.path("copy.db")}`);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("nothing has been built yet")]);
    await sample.run("build");
    const nowhere = await sample.run(`backup ${sample.path("nowhere/copy.db")}`);
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("Cannot copy the store to")]);
  });
});

describe("what left the configuration", () => {
  async function sampleAfter(): Promise<Sample> {
    const sample = await builtSample();
    rmSync(sample.path("zones/malware.yaml"));
    sample.write("rpzmill.yaml", mainFile().replace(/^.*id: hosts.*\n/m, ""));
    return sample;
  }

  test("is noted by each build and listed until it is forgotten", async () => {
    const sample = await sampleAfter();
    const { code, stdout } = await sample.run("build");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^zone malware\.rpz\.example left the configuration; .* kept until `rpzmill store forget malware\.rpz\.example`$/m,
    );
    expect(stdout).toMatch(/^source hosts left the configuration; .*$/m);
    const { parts } = (await sample.json("store list")) as { parts: { name: string; configured: boolean }[] };
    const own = parts.filter(({ name }) => !name.startsWith("guard:"));
    expect(own.map(({ name, configured }) => [name, configured])).toEqual([
      ["malware.rpz.example", false],
      ["phishing.rpz.example", true],
      ["hosts", false],
      ["own", true],
      ["phish", true],
    ]);
    expect((await sample.run("store list")).stdout).toMatch(
      /^hosts +source +1 +16\.4 kB +left it; `rpzmill store forget hosts`$/m,
    );

    expect((await sample.run("store forget hosts")).stderr).toContain('what is served of "malware.rpz.example"');
    const zone = await sample.run("store forget Malware.rpz.example.");
    expect([zone.code, zone.stdout]).toEqual([
      0,
      expect.stringMatching(/^forgot zone malware\.rpz\.example: \d+ B\n$/),
    ]);
    expect((await sample.run("store forget hosts")).code).toBe(0);
    expect(faults(sample)).toEqual([]);
    const after = await sample.run("build --json --quiet");
    expect(JSON.parse(after.stdout)).toMatchObject({ left: [], zones: [{ changed: false }] });
  });

  test("starts from nothing when it comes back after it was forgotten", async () => {
    const sample = await sampleAfter();
    await sample.run("build");
    await sample.run("store forget malware.rpz.example");
    await sample.run("store forget hosts");
    sample.write("rpzmill.yaml", mainFile());
    sample.write("zones/malware.yaml", sample.read("zones/phishing.yaml").replaceAll("phishing", "malware"));
    const { zones } = (await sample.json("build")) as { zones: unknown[] };
    expect(zones[0]).toMatchObject({ apex: "malware.rpz.example", changed: true, merged: "all", rules: 1 });
    expect(faults(sample)).toEqual([]);
  });

  test("what is configured, or is not there, is not forgotten", async () => {
    const sample = await builtSample();
    const configured = await sample.run("store forget phishing.rpz.example");
    expect([configured.code, configured.stderr]).toEqual([2, expect.stringContaining("the configuration has it")]);
    const absent = await sample.run("store forget nothing");
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("has no such zone or source")]);
  });
});

test.each(["store compact", "store forget phishing.rpz.example"])(
  "%s makes no store where there is none",
  async (line) => {
    const sample = sampleFolder();
    const { code, stderr } = await sample.run(line);
    expect([code, stderr]).toEqual([1, expect.stringContaining("nothing has been built yet")]);
    expect(existsSync(sample.path("var"))).toBe(false);
  },
);

test("store show tells sizes and schema, and store compact gives back what is free", async () => {
  const many = (tail: string): string => Array.from({ length: 20_000 }, (_, i) => `n${i}.${tail}\n`).join("");
  const sample = sampleFolder({ "lists/phish.txt": many("old.example") });
  await sample.run("build");
  sample.write("lists/phish.txt", many("new.example"));
  await sample.run("build --accept-zone phishing.rpz.example --accept phish");
  const before = await sample.json("store show");
  expect(before).toMatchObject({
    schema: expect.any(Number),
    zones: 2,
    sources: 3 + builtInGuards.length,
    logBytes: 0,
    olderCopies: [],
  });
  expect(before["freeBytes"]).toBeGreaterThan(0);
  const { stdout } = await sample.run("store show");
  expect(stdout).toMatch(/^schema +\d+$/m);
  const exported = (await sample.run("zone export phishing.rpz.example")).stdout;
  const done = await sample.json("store compact");
  expect(done["before"]).toBe(before["bytes"]);
  expect(done["after"]).toBeLessThan(done["before"] as number);
  const after = await sample.json("store show");
  expect(after).toMatchObject({ bytes: done["after"], freeBytes: 0 });
  expect((await sample.run("zone export phishing.rpz.example")).stdout).toBe(exported);
  expect(faults(sample)).toEqual([]);
  expect(existsSync(loadConfig(sample.path("rpzmill.yaml")).databaseFile)).toBe(true);
});
