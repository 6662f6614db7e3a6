import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Captured, mainFile, sampleFolder } from "./cli.ts";

interface Report {
  zones: Record<string, unknown>[];
  sources: Record<string, unknown>[];
  seconds: number;
  peakRssBytes: number;
}

async function build(sample: ReturnType<typeof sampleFolder>): Promise<Report> {
  return (await sample.json("build --quiet")) as unknown as Report;
}

test("--json prints one object with zones, sources, time and memory", async () => {
  const report = await build(sampleFolder());
  expect(report.zones).toEqual([
    {
      apex: "malware.rpz.example",
      outcome: "published",
      serial: 1_800_000_000,
      previousSerial: null,
      passedSerial: null,
      changed: true,
      merged: "all",
      rules: 1,
      records: 3,
      added: 1,
      removed: 0,
      ruleChanges: { added: 1, removed: 0, changed: 0 },
      firstNames: { added: [], removed: [], changed: [] },
      blocksWritten: 1,
      counts: expect.objectContaining({ rules: 1 }),
      hold: null,
      lifts: null,
      seconds: expect.any(Number),
      error: null,
    },
    expect.objectContaining({ apex: "phishing.rpz.example", rules: 2, records: 6, added: 4 }),
  ]);
  expect(report.sources).toEqual([
    {
      id: "phish",
      role: "block",
      outcome: "new",
      format: "domains",
      formatReason: null,
      lines: 4,
      indicators: 3,
      duplicates: 0,
      rejects: { "empty-label": 1 },
      states: null,
      stopped: {},
      takenAt: "2027-01-15T08:00:00Z",
      due: null,
      seconds: expect.any(Number),
      onHold: false,
      held: null,
      stale: null,
      warning: null,
      error: null,
    },
    expect.objectContaining({ id: "hosts", rejects: { boilerplate: 1, "maps-address": 1 } }),
    expect.objectContaining({ id: "own", role: "allow", indicators: 1 }),
  ]);
  expect(report.seconds).toBeGreaterThanOrEqual(0);
  expect(report.peakRssBytes).toBeGreaterThan(10_000_000);
});

test("equal input keeps the serial, a changed list raises it", async () => {
  const sample = sampleFolder();
  await build(sample);
  expect((await build(sample)).zones).toMatchObject([
    { serial: 1_800_000_000, previousSerial: 1_800_000_000, changed: false, added: 0, removed: 0 },
    { changed: false },
  ]);
  sample.write("lists/phish.txt", "login.bank.example\nnew.example\n");
  const { zones, sources } = await build(sample);
  expect(zones).toMatchObject([
    { changed: false },
    { serial: 1_800_000_001, previousSerial: 1_800_000_000, changed: true, added: 2, removed: 2 },
  ]);
  expect(sources).toMatchObject([{ outcome: "new" }, { outcome: "untouched" }, { outcome: "untouched" }]);
});

test("people get tables of sources and zones, what was stopped, and how to see the rejects", async () => {
  const { code, stdout, stderr } = await sampleFolder().run("build");
  expect(code).toBe(0);
  expect(stdout).toContain("source  format   lines  indicators  duplicates  rejects  outcome\n");
  expect(stdout).toMatch(/^phish +domains +4 +3 +0 +1 +accepted$/m);
  expect(stdout).toMatch(/^own +domains .* allow list, accepted$/m);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1800000000 +2 +6 +4 +0$/m);
  expect(stdout).toContain("phishing.rpz.example: 1 stopped by an allow list\n");
  expect(stdout).toContain("phish: rejected 1 empty-label; see `rpzmill source rejects phish`\n");
  expect(stdout).toMatch(/^built in [\d.]+ s, \d+(\.\d)? MB of memory at most$/m);
  expect(stderr).toContain("reading phish\n");
  expect(stderr).toContain("merging phishing.rpz.example\n");
});

test("--quiet says nothing on stderr where nothing is wrong", async () => {
  expect((await sampleFolder().run("build --quiet")).stderr).toBe("");
});

test("a zone shows its step from the old serial to the new one", async () => {
  const sample = sampleFolder();
  await build(sample);
  sample.write("lists/hosts.txt", "0.0.0.0 other.example\n");
  const { stdout } = await sample.run("build");
  expect(stdout).toMatch(/^malware\.rpz\.example +1800000000 -> 1800000001 +1 +3 +1 +1$/m);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1800000000 unchanged /m);
});

test("a list that is gone keeps its last good snapshot: a warning, and exit code 0", async () => {
  const sample = sampleFolder();
  await build(sample);
  rmSync(sample.path("lists/phish.txt"));
  const { code, stdout, stderr } = await sample.run("build --quiet");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: Cannot read ".*phish\.txt": .*; the last good one stays in force\./);
  expect(stdout).toMatch(/^phish .* SOURCE_UNREADABLE, last good one kept$/m);
  const { sources, zones } = await build(sample);
  expect(sources[0]).toMatchObject({
    outcome: "failed",
    indicators: 3,
    error: { code: "SOURCE_UNREADABLE", message: expect.any(String), remedy: expect.any(String) },
  });
  expect(zones[1]).toMatchObject({ rules: 2, error: null });
});

test("a zone whose sources were never read cannot be built: exit code 1, the others are", async () => {
  const sample = sampleFolder();
  rmSync(sample.path("lists/phish.txt"));
  const { code, stdout } = await sample.run("build --quiet --json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout).zones).toMatchObject([
    { apex: "malware.rpz.example", changed: true, error: null },
    { apex: "phishing.rpz.example", serial: null, error: { code: "BUILD_NOTHING" } },
  ]);
});

test("--accept takes a list beyond its limit, once", async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `n${i}.example\n`);
  const sample = sampleFolder({ "lists/phish.txt": names.join("") });
  await build(sample);
  sample.write("lists/phish.txt", "left.example\n");
  const first = await sample.run("build --quiet");
  expect(first.code).toBe(0);
  expect(first.stderr).toContain("build with --accept phish");
  expect((await sample.run("build --quiet --accept phish")).stderr).toBe("");
  expect((await sample.json("zone list"))["zones"]).toMatchObject([{}, { rules: 1 }]);
});

test.each(["accept", "reread"])("--%s of a list that is not there exits 2", async (option) => {
  const { code, stderr } = await sampleFolder().run(`build --${option} pish`);
  expect(code).toBe(2);
  expect(stderr).toContain(`"--${option} pish": the configuration has no source`);
  expect(stderr).toContain('(did you mean "phish"?)');
});

test.each(["accept", "reread"])(
  "--%s takes the list of a guard as guard:ID, and says so where it is another",
  async (option) => {
    const sample = sampleFolder({
      "rpzmill.yaml": mainFile("guards: [{id: ours, class: protected, from: lists/own.txt}]\n"),
    });
    const { code, stderr } = await sample.run(`build --${option} ours`);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `"--${option} ours": the configuration has no source, allow list or guard list of this id`,
    );
    expect(stderr).toContain('(did you mean "guard:ours"?)');
    expect(stderr).toContain("`rpzmill source list` and `rpzmill guard list`; a guard's list is named guard:ID");
    expect((await sample.run(`build --quiet --${option} guard:ours`)).code).toBe(0);
  },
);

test("--reread reads a guard's list though its file looks untouched", async () => {
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile("guards: [{id: ours, class: protected, from: lists/ours.txt}]\n"),
    "lists/ours.txt": "one.example\n",
  });
  await build(sample);
  const outcome = async (line: string): Promise<unknown> => {
    const { guards } = (await sample.json(line)) as { guards: { id: string; outcome: string }[] };
    return guards.filter(({ id }) => id === "ours" || id === "popular").map((guard) => guard.outcome);
  };
  expect(await outcome("build")).toEqual(["untouched", "untouched"]);
  expect(await outcome("build --reread guard:ours")).toEqual(["untouched", "same"]);
  expect(await outcome("build --reread guard:popular")).toEqual(["same", "untouched"]);
});

test("--full reads and merges everything again and changes nothing", async () => {
  const sample = sampleFolder();
  await build(sample);
  const { zones, sources } = (await sample.json("build --full")) as unknown as Report;
  expect(zones).toMatchObject([
    { merged: "all", changed: false },
    { merged: "all", changed: false },
  ]);
  expect(sources).toMatchObject([{ outcome: "same" }, { outcome: "same" }, { outcome: "same" }]);
});

describe("faults of the configuration exit 2, all with their places", () => {
  test("in the main file and in a zone's", async () => {
    const sample = sampleFolder({
      "rpzmill.yaml": mainFile("sate: var\n"),
      "zones/malware.yaml": "version: 1\napex: malware.rpz.example\ntake: {categories: [malware]}\naction: nxdomian\n",
    });
    const { code, stdout, stderr } = await sample.run("build");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^rpzmill: Cannot use the configuration ".*": 2 faults$/m);
    expect(stderr).toMatch(/rpzmill\.yaml:9:1: sate: is not a key here \(did you mean "state"\?\)$/m);
    expect(stderr).toMatch(/malware\.yaml:4:9: action: .*nxdomian.*$/m);
    expect(stderr).toMatch(/`rpzmill config check`/);
    expect(stderr).not.toContain("    at ");
  });
});

test("on a terminal a bar is shown and taken away, and warnings come after it", async () => {
  const sample = sampleFolder();
  await build(sample);
  rmSync(sample.path("lists/phish.txt"));
  const shown: string[] = [];
  const stderr = new Captured();
  const terminal = { isTTY: true, columns: 80, write: (text: string) => shown.push(text) };
  await sample.run("build", { stderr: { write: (chunk) => stderr.write(chunk), terminal: terminal as never } });
  expect(shown.join("")).toContain("0/5 ");
  expect(shown.join("")).toContain("reading own");
  expect(shown.at(-1)).toBe("\u001b[2K");
  expect(stderr.text).toMatch(/^warning: Cannot read [^\n]*\n$/);
});
