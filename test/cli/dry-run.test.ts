import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../src/base/logger.ts";
import { ReaderGone } from "../../src/cli/io.ts";
import { ServerState } from "../../src/store/server-state.ts";
import { Captured, type Sample, sampleFolder } from "./cli.ts";

test("a dry run says what a build would do, and changes nothing", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  sample.write("lists/phish.txt", "shop.example\nnew.example\n");
  const { code, stdout } = await sample.run("build --dry-run --quiet");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^zone +rules to add +to remove +to change +a build would$/m);
  expect(stdout).toMatch(/^malware\.rpz\.example +0 +0 +0 +leave it as it is$/m);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1 +1 +0 +publish it$/m);
  expect(stdout).toContain("+ new.example.phishing.rpz.example\n- login.bank.example.phishing.rpz.example\n");
  expect(stdout).toMatch(/^nothing was published, and the store is as it was$/m);
  expect((await sample.json("zone list"))["zones"]).toMatchObject([{}, { serial: 1_800_000_000, rules: 2 }]);
  expect(await sample.json("source list")).toMatchObject([{ indicators: 3 }, {}, {}]);
  // The build that follows finds it all still to do.
  expect((await sample.json("build"))["zones"]).toMatchObject([{}, { ruleChanges: { added: 1, removed: 1 } }]);
});

test.each([
  ["no state folder", () => {}],
  ["an empty state folder", (sample: Sample) => mkdirSync(sample.path("var"))],
  [
    "a server that waits for a store",
    (sample: Sample): void => {
      mkdirSync(sample.path("var"));
      const state = new ServerState(sample.path("var/server.db"), { nowMs: () => 0 }, silentLogger);
      onTestFinished(() => state.close());
    },
  ],
  [
    "an empty database",
    (sample: Sample): void => {
      mkdirSync(sample.path("var"));
      sample.write("var/rpzmill.db", "");
    },
  ],
])("with %s a dry run reports what the first build does, and leaves nothing behind", async (_what, prepare) => {
  const sample = sampleFolder();
  prepare(sample);
  const filesIn = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      // In a -shm SQLite notes who reads.
      return entry.isFile() && !path.endsWith("-shm")
        ? `${path} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`
        : path;
    });
  const before = filesIn(sample.folder);
  const { code, stdout } = await sample.run("build --dry-run --quiet");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^phishing\.rpz\.example +2 +0 +0 +publish it$/m);
  const dry = await sample.json("build --dry-run --quiet");
  expect(filesIn(sample.folder)).toEqual(before);
  expect(readdirSync(process.cwd()).filter((name) => name.includes("build-lock"))).toEqual([]);
  const facts = (report: Record<string, unknown>): Record<string, unknown>[] =>
    (report["zones"] as Record<string, unknown>[]).map(({ seconds: _, blocksWritten: __, ...rest }) => rest);
  expect(facts(dry)).toEqual(facts(await sample.json("build")));
});

test("--list names every rule, also of a zone's first version, and --json the first of them", async () => {
  const sample = sampleFolder();
  const first = await sample.run("build --dry-run --list --quiet");
  expect(first.stdout).toMatch(
    /^\+ dropper\.example\.malware\.rpz\.example\n\+ login\.bank\.example\.phishing\.rpz\.example\n\+ shop\.example\.phishing\.rpz\.example\nzone /,
  );
  await sample.run("build");
  const many = Array.from({ length: 30 }, (_, i) => `m${i}.example\n`).join("");
  sample.write("lists/phish.txt", `shop.example\n${many}`);
  const { stdout } = await sample.run("build --dry-run --list --quiet");
  expect(stdout.match(/^\+ m\d+\.example\.phishing\.rpz\.example$/gm)).toHaveLength(30);
  expect(stdout.match(/^- .*$/gm)).toEqual(["- login.bank.example.phishing.rpz.example"]);
  const { stdout: json } = await sample.run("build --dry-run --json --quiet");
  const { dryRun, zones } = JSON.parse(json);
  expect(dryRun).toBe(true);
  expect(zones[1]).toMatchObject({ outcome: "published", ruleChanges: { added: 30, removed: 1, changed: 0 } });
  expect(zones[1].firstNames.added).toHaveLength(20);
  expect(zones[1].firstNames.removed).toEqual(["login.bank.example"]);
});

test("what would be put on hold is told, with exit code 3", async () => {
  const sample = sampleFolder({
    "zones/phishing.yaml":
      "version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\nlimit: {rules: 0}\n",
  });
  await sample.run("build");
  sample.write("lists/phish.txt", "new.example\n");
  const { code, stdout } = await sample.run("build --dry-run");
  expect(code).toBe(3);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1 +2 +0 +put it on hold: it is beyond the zone's limit$/m);
  expect((await sample.run("zone list")).stdout).not.toContain("on hold");
  expect((await sample.run("build --dry-run --accept-zone phishing.rpz.example")).code).toBe(0);
});

test("what a zone on hold would publish all the same is told beside what it would hold", async () => {
  const sample = sampleFolder({
    "zones/phishing.yaml":
      "version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\nlimit: {rules: 0}\n",
  });
  await sample.run("build");
  sample.write("lists/phish.txt", "new.example\n");
  sample.write("lists/own.txt", `${sample.read("lists/own.txt")}shop.example\n`);
  const lift =
    "phishing.rpz.example: what allow lists and guards of your own lift, entries that people keep, and what ended is published at once: 0 rules added, 1 removed and 0 changed (- shop.example)\n";
  for (const before of [false, true]) {
    if (before) {
      // The zone is on hold already when the list changes.
      sample.write("lists/own.txt", sample.read("lists/own.txt").replace("shop.example\n", ""));
      expect((await sample.run("build")).code).toBe(3);
      sample.write("lists/own.txt", `${sample.read("lists/own.txt")}shop.example\n`);
    }
    for (const line of ["build --dry-run", "build --dry-run --list"]) {
      const { code, stdout } = await sample.run(line);
      expect(code).toBe(3);
      expect(stdout).toMatch(/^phishing\.rpz\.example +1 +2 +0 +put it on hold: it is beyond the zone's limit$/m);
      expect(stdout).toContain(lift);
      expect(stdout.match(/^[-+~] shop\.example\.phishing\.rpz\.example$/gm)).toEqual([
        "- shop.example.phishing.rpz.example",
      ]);
    }
    const { zones } = JSON.parse((await sample.run("build --dry-run --json")).stdout) as { zones: unknown[] };
    expect(zones[1]).toMatchObject({
      outcome: "held",
      changed: false,
      ruleChanges: { added: 1, removed: 2, changed: 0 },
      hold: { rules: { added: 1, removed: 2, changed: 0 } },
      lifts: { rules: { added: 0, removed: 1, changed: 0 }, firstNames: { removed: ["shop.example"] } },
    });
  }
  const { zones } = JSON.parse((await sample.run("build --json")).stdout) as { zones: unknown[] };
  expect(zones[1]).toMatchObject({
    ruleChanges: { added: 0, removed: 1, changed: 0 },
    hold: { rules: { added: 1, removed: 1, changed: 0 } },
    lifts: { rules: { added: 0, removed: 1, changed: 0 }, firstNames: { removed: ["shop.example"] } },
  });
  expect(zones[0]).toMatchObject({ lifts: null });
});

test.each(["build --list", "build --dry-run --list --json"])("%s exits 2", async (line) => {
  const { code, stderr } = await sampleFolder().run(line);
  expect(code).toBe(2);
  expect(stderr).toContain('Cannot use "--list"');
});

test("a reader that leaves ends a listing, and what was written for it goes", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  sample.write("lists/phish.txt", "shop.example\nnew.example\n");
  const stdout = new Captured();
  stdout.write = () => {
    throw new ReaderGone("gone");
  };
  await sample.run("build --dry-run --list --quiet", { stdout });
  expect((await sample.json("build"))["zones"]).toMatchObject([{}, { ruleChanges: { added: 1, removed: 1 } }]);
});
