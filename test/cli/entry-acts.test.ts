/** Entries that people add and end, by the commands. */
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { type Fixture, mainFile, type Result, type Sample, sampleFolder } from "./cli.ts";

const start = 1_800_000_000;
const day = 86_400;
const iso = (seconds: number): string => new Date(1000 * seconds).toISOString().replace(".000", "");

/** The sample with a source that people keep, which takes the place of no list. */
const withAnalysts = (more = ""): string =>
  mainFile().replace(
    "allow:\n",
    `  - {id: analysts, manual: true, category: phishing, confidence: 70${more}}\nallow:\n`,
  );

let sample: Sample;
let now = start;

/** Runs a command, a second after the one before. */
function run(line: string | readonly string[], fixture: Fixture = {}): Promise<Result> {
  now += 1;
  const at = now;
  const clock = { nowMs: () => 1000 * at };
  return sample.run(line, { clock, ...fixture });
}

async function json(line: string | readonly string[]): Promise<Record<string, unknown>> {
  const words = typeof line === "string" ? line.split(" ") : line;
  const { code, stdout, stderr } = await run([...words, "--json"]);
  if (stdout === "") throw new Error(`exit code ${code}: ${stderr}`);
  return { code, ...(JSON.parse(stdout) as object) };
}

const rules = async (apex = "phishing.rpz.example"): Promise<string[]> => {
  const { stdout } = await run(`zone export ${apex}`);
  return stdout.split("\n").filter((line) => / CNAME /.test(line) && !line.startsWith("*."));
};

beforeEach(async () => {
  now = start;
  sample = sampleFolder({ "rpzmill.yaml": withAnalysts() });
  await run("build");
});

describe("entry add", () => {
  test("says what each zone makes of an entry, and publishes it", async () => {
    const { stdout, stderr, code } = await run("entry add evil.example --source analysts --scope subtree --by alice");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      `added: evil.example current: subtree, first seen ${iso(now)}`,
      "  phishing.rpz.example: new rule, nxdomain",
      `malware.rpz.example ${start + 1}: unchanged`,
      `phishing.rpz.example ${now}: 1 rule added, 0 removed, 0 changed`,
      "",
    ]);
    expect(await rules()).toContain("evil.example CNAME .");
  });

  test("knows what covers, allows, guards and does not take an entry", async () => {
    sample.write("lists/guarded.txt", "guarded.example\n");
    sample.write(
      "rpzmill.yaml",
      `${withAnalysts()}guards:\n  - {id: ours, class: protected, from: lists/guarded.txt}\n`,
    );
    await run("build");
    const names = "x.shop.example safe.example www.guarded.example 192.0.2.9 evil.example";
    const { stdout } = await run(`entry add ${names} --source analysts`);
    const effects = stdout.split("\n").filter((line) => line.startsWith("  "));
    expect(effects).toEqual([
      "  phishing.rpz.example: nxdomain already: phish lists shop.example",
      "  phishing.rpz.example: stopped: the allow list own holds safe.example",
      "  phishing.rpz.example: stopped: a guard stops www.guarded.example",
      expect.stringContaining("guard ours (protected) stops www.guarded.example of analysts"),
      "  phishing.rpz.example: new rule, nxdomain",
      "  phishing.rpz.example: new rule, nxdomain",
    ]);
    const spam = await run("entry add spam.example --source analysts --category spam");
    expect(spam.stdout).toContain(
      "  malware.rpz.example: not taken for its category\n  phishing.rpz.example: not taken",
    );
    const malware = await run("entry add bot.example --source analysts --category malware");
    expect(malware.stdout).toContain("\n  malware.rpz.example: new rule, nxdomain\n");
    expect(malware.stdout).not.toContain("  phishing.rpz.example:");
    const red = await run("entry add red.example --source analysts --tlp red");
    expect(red.stdout).toContain("  phishing.rpz.example: not taken for its tlp\n");
  });

  test("reads names, addresses, prefixes, ranges and URLs as lists have them", async () => {
    const given =
      "hxxps://login[.]cloud.example/a *.wild.example MÜNCHEN.example 192.0.2.0/24 198.51.100.1-198.51.100.2";
    const { entries } = (await json(`entry add ${given} --source analysts`)) as { entries: object[] };
    expect(entries).toMatchObject([
      { name: "login.cloud.example", says: ["url-host"], externalId: "url-host" },
      { name: "wild.example", says: ["subtree"], externalId: "subtree" },
      { name: "xn--mnchen-3ya.example", says: ["exact"], externalId: "exact" },
      { name: "192.0.2.0/24", says: ["exact"], externalId: "exact" },
      { name: "198.51.100.1", says: ["exact"] },
      { name: "198.51.100.2", says: ["exact"] },
    ]);
  });

  test("takes names from a file and from stdin, comments left out, each once", async () => {
    sample.write("names.txt", "# of a letter\none.example  # the first\n\ntwo.example\r\none.example\n");
    const readInput = (): Uint8Array => Buffer.from("three.example\ntwo.example\n");
    const words = ["entry", "add", "-", "--file", sample.path("names.txt"), "--source", "analysts"];
    expect((await run(words, { readInput })).code).toBe(0);
    expect((await rules()).filter((rule) => /^(?:one|two|three)\./.test(rule))).toHaveLength(3);
  });

  test("takes all or nothing, and names each fault with its place", async () => {
    const before = await rules();
    const readInput = (): Uint8Array => Buffer.from("good.example\nbad..example\na b\n");
    const { stdout, stderr, code } = await run("entry add fine.example com - --source analysts", { readInput });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n")).toEqual([
      '"com": single-label',
      '"bad..example" (stdin line 2): empty-label',
      '"a b" (stdin line 3): free-text',
      'rpzmill: Cannot add "com" to "analysts": single-label, and 2 more',
      "Nothing was done; put that right, and give all again",
      "",
    ]);
    expect(await rules()).toEqual(before);
    expect((await run("entry list analysts")).stdout).toBe("");
  });

  test("changes an entry that is there, and never doubles it", async () => {
    await run("entry add evil.example --source analysts --tlp green --reference case-7 --until 2027-06-30");
    const again = await run("entry add evil.example --source analysts --tlp green");
    expect(again.stdout).toMatch(
      /^unchanged: evil\.example current: exact, tlp green, .*\n.*, as before\nnothing changes\n$/,
    );
    const changed = await json([
      "entry",
      "add",
      "evil.example",
      "--source",
      "analysts",
      "--confidence",
      "90",
      "--until",
      "",
    ]);
    expect(changed).toMatchObject({
      changes: 1,
      entries: [
        {
          act: "changed",
          facts: { tlp: "green", confidence: 90 },
          validUntil: null,
          reference: "case-7",
          firstSeen: iso(start + 2),
        },
      ],
    });
    expect(await json("entry show evil.example")).toMatchObject({ entries: [{ externalId: "exact" }] });
    await run("entry add evil.example --source analysts --id case-8");
    const { entries } = (await json("entry show evil.example")) as { entries: unknown[] };
    expect(entries).toHaveLength(2);
  });

  test("tries without writing anything", async () => {
    const serial = (await json("zone show phishing.rpz.example"))["serial"];
    const { stdout, code } = await run("entry add evil.example --source analysts --dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain("  phishing.rpz.example: new rule, nxdomain\n");
    expect(stdout).toContain(
      "phishing.rpz.example: would publish 1 rule added, 0 removed, 0 changed\nnothing was written\n",
    );
    expect((await json("zone show phishing.rpz.example"))["serial"]).toBe(serial);
    expect((await run("entry list analysts")).stdout).toBe("");
    expect((await run("entry show evil.example")).code).toBe(1);
  });

  test("makes the store where there is none, with all lists", async () => {
    sample = sampleFolder({ "rpzmill.yaml": withAnalysts() });
    const trial = await run("entry add evil.example --source analysts --dry-run");
    expect([trial.code, trial.stderr]).toEqual([0, ""]);
    expect((await run("zone list")).stdout).not.toMatch(/\d{10}/);
    expect((await run("entry add evil.example --source analysts")).code).toBe(0);
    expect(await rules()).toEqual(["login.bank.example CNAME .", "evil.example CNAME .", "shop.example CNAME ."]);
    expect(await rules("malware.rpz.example")).toEqual(["dropper.example CNAME ."]);
  });
});

describe("entry end", () => {
  test("lets a name go, keeps it as what was, and says who did what", async () => {
    await run("entry add evil.example --source analysts --by alice");
    const added = iso(now);
    const { stdout, code } = await run([
      "entry",
      "end",
      "evil.example",
      "--source",
      "analysts",
      "--by",
      "bob",
      "--reason",
      "a mistake",
    ]);
    const ended = iso(now);
    expect(code).toBe(0);
    expect(stdout).toContain("  phishing.rpz.example: the rule goes (nxdomain)\n");
    expect(await rules()).not.toContain("evil.example CNAME .");
    expect((await run("entry list analysts")).stdout).toMatch(/^evil\.example ended: exact, /);
    await run("entry add evil.example --source analysts --by carol --category scam");
    expect((await run("entry show evil.example")).stdout).toBe(
      `analysts current: exact, category scam, first seen ${added}, last seen ${iso(now - 1)}\n` +
        `  added at ${added} by alice\n  ended at ${ended} by bob: a mistake\n  added at ${iso(now - 1)} by carol\n`,
    );
    expect(await json("entry show evil.example")).toMatchObject({
      entries: [
        {
          acts: [
            { act: "added", at: added, by: "alice", reason: null, facts: {}, validUntil: null },
            { act: "ended", at: ended, by: "bob", reason: "a mistake", validUntil: ended },
            { act: "added", by: "carol", facts: { category: "scam" }, validUntil: null },
          ],
        },
      ],
    });
  });

  test("ends at a time, all entries of an id, and what has not begun", async () => {
    await run("entry add a.example b.example --source analysts --id case-7");
    await run("entry add b.example later.example --source analysts --scope exact --from 2027-03-01");
    expect(await json("entry end --id case-7 --source analysts --at 2027-02-01")).toMatchObject({
      changes: 2,
      entries: [
        { name: "a.example", act: "ended", state: "current", validUntil: "2027-02-02T00:00:00Z" },
        { name: "b.example", act: "ended", state: "current", validUntil: "2027-02-02T00:00:00Z" },
      ],
    });
    expect(await json("entry end later.example --source analysts")).toMatchObject({ entries: [{ state: "revoked" }] });
    const { stdout } = await run("entry list analysts --state waiting");
    expect(stdout).toMatch(/^b\.example waiting: /);
  });

  test.each([
    ["never.example", "there is no such entry", 1],
    ["gone.example", `it has ended already, at ${iso(start + 3)}`, 2],
    ["later.example --at 2027-02-01", "it would end at 2027-02-02T00:00:00Z, and it begins at 2027-03-01T00:00:00Z", 2],
    ["in..valid", "empty-label", 2],
  ])("refuses %s, and what is named beside it", async (what, why, exit) => {
    await run("entry add gone.example live.example --source analysts");
    await run("entry end gone.example --source analysts");
    await run("entry add later.example --source analysts --from 2027-03-01");
    const { stderr, code } = await run(`entry end live.example ${what} --source analysts`);
    expect(stderr).toContain(`of "analysts": ${why}`);
    expect(code).toBe(exit);
    expect(await rules()).toContain("live.example CNAME .");
  });
});

test.each([
  ["entry add x.example", "--source is missing", 2],
  ["entry add x.example --source phish", "it is a list, and has what its file has", 2],
  ["entry add x.example --source analyst", 'did you mean "analysts"?', 1],
  ["entry add --source analysts", "no name was given", 2],
  ["entry end --source analysts", "neither a name nor --id was given", 2],
  ["entry add x.example --source analysts --scope all", "it should be exact or subtree", 2],
  ["entry add x.example --source analysts --tlp secret", 'Cannot read --tlp "secret"', 2],
  ["entry add x.example --source analysts --confidence 101", 'Cannot read --confidence "101"', 2],
  ["entry add x.example --source analysts --until 2027-02-30", 'Cannot read --until "2027-02-30"', 2],
  ["entry add x.example --source analysts --until 2026-01-01", "which has passed", 2],
  ["entry add x.example --source analysts --from 2027-05-01 --until 2027-04-01", "and it begins at 2027-05-01", 2],
  ["entry add x.example *.x.example --source analysts --id one", "it is there twice, as exact and as subtree", 2],
  ["entry add x.example --source analysts --file none.txt", 'Cannot read "none.txt"', 2],
  ["entry add x.example --source analysts --id exact", 'Cannot take --id "exact"', 2],
  ["entry end --id subtree --source analysts", 'Cannot take --id "subtree"', 2],
  ["entry end x.example --source analysts --at soon", 'Cannot read --at "soon"', 2],
])("%s is a clear error, and nothing is done", async (line, text, code) => {
  const result = await run(line);
  expect(result.stderr).toContain(text);
  expect([result.code, result.stdout]).toEqual([code, ""]);
  expect((await run("entry list analysts")).stdout).toBe("");
});

test("an entry begins and ends by the builds of its days, and a clock that is set back revives nothing", async () => {
  await run("entry add evil.example --source analysts --from 2027-01-20 --until 2027-01-21");
  expect(await rules()).not.toContain("evil.example CNAME .");
  const begins = Date.UTC(2027, 0, 20) / 1000;
  for (const [at, counts] of [
    [begins, true],
    [begins + 2 * day - 2, true],
    [begins + 2 * day, false],
    [begins + day, false],
  ] as const) {
    now = at - 1;
    await run("build");
    expect((await rules()).includes("evil.example CNAME ."), iso(at)).toBe(counts);
  }
  // Another entry while the clock is back does not bring it back either.
  await run("entry add other.example --source analysts");
  expect((await rules()).filter((rule) => /^(?:evil|other)\./.test(rule))).toEqual(["other.example CNAME ."]);
});

test("the source is listed, shown, forgotten and copied as others", async () => {
  await run("entry add evil.example --source analysts");
  expect((await run("source list")).stdout).toMatch(
    /\nanalysts +manual +phishing +70 +\S+ +1 +100 % +\+\d -0 +0 +current\n/,
  );
  const shown = (await run("source show analysts")).stdout;
  expect(shown).toMatch(/^source +analysts\nentries +kept by people/);
  expect(shown).toMatch(/\nzones +malware\.rpz\.example, phishing\.rpz\.example\n/);
  expect((await run(`backup ${sample.path("copy.db")}`)).code).toBe(0);
  sample.write("rpzmill.yaml", mainFile());
  await run("build");
  expect((await run("store forget analysts")).code).toBe(0);
  sample.write("rpzmill.yaml", withAnalysts());
  await run("build");
  expect((await run("entry list analysts")).stdout).toBe("");
});

test("a list whose source people keep from now on ends, but for rows that had facts", async () => {
  const asList = (more: string): string =>
    withAnalysts().replace("manual: true, category", `from: lists/old.csv, format: csv, ${more}category`);
  sample.write("lists/old.csv", "domain,type\nold.example,phishing\n");
  sample.write("rpzmill.yaml", asList(""));
  await run("build");
  expect(await rules()).toContain("old.example CNAME .");
  sample.write("rpzmill.yaml", withAnalysts());
  await run("build");
  expect(await rules()).not.toContain("old.example CNAME .");
  sample.write("rpzmill.yaml", asList("fields: {category: type}, "));
  await run("build");
  sample.write("rpzmill.yaml", withAnalysts());
  await run("build");
  expect(await rules()).toContain("old.example CNAME .");
  expect((await run("entry end old.example --source analysts")).code).toBe(0);
  expect(await rules()).not.toContain("old.example CNAME .");
});

test("entries that people keep are counted by their states", async () => {
  const states = async (): Promise<unknown> =>
    ((await json("source show analysts"))["snapshot"] as { states: object }).states;
  await run("entry add one.example two.example --source analysts");
  expect(await states()).toEqual({ current: 2 });
  await run("entry add two.example --source analysts --reference case-7");
  expect(await states()).toEqual({ current: 2 });
  await run("entry end two.example --source analysts");
  expect(await states()).toEqual({ current: 1, ended: 1 });
});

test("an entry that is added again is as sure as when it was new", async () => {
  sample.write("rpzmill.yaml", withAnalysts(", decay: {lifetimeDays: 10, threshold: 40}"));
  await run("entry add evil.example --source analysts");
  now += 8 * day;
  await run("build");
  expect(await rules()).not.toContain("evil.example CNAME .");
  await run("entry add evil.example --source analysts");
  now += 2 * day;
  await run("build");
  expect(await rules()).toContain("evil.example CNAME .");
});

test("the README's commands do what it says", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [block = ""] = /(?:^npx rpzmill entry .*\n)+/m.exec(readme) ?? [];
  const lines = block.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    const words = [...line.replace("npx rpzmill ", "").matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? "",
    );
    const { code, stderr } = await run(words);
    expect([code, stderr], line).toEqual([0, ""]);
  }
  expect((await run("entry show evil.example")).stdout).toMatch(
    / ended: .*\n {2}added .* by alice\n {2}ended .* by bob: false positive\n$/,
  );
});
