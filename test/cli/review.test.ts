/** Entries that wait for people, and what people decide on them, by the commands. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Fixture, mainFile, type Result, type Sample, sampleFolder } from "./cli.ts";

const start = 1_800_000_000;
const iso = (seconds: number): string => new Date(1000 * seconds).toISOString().replace(".000", "");

const withPartner = (trust: string, more = ""): string =>
  mainFile(more).replace(
    "allow:\n",
    `  - {id: partner, format: csv, from: lists/partner.csv, category: phishing, trust: ${trust}, limit: {percent: 100000}, ` +
      "fields: {id: id, category: kind, reference: ref, validUntil: until}}\nallow:\n",
  );

const header = "id,domain,kind,ref,until";
let sample: Sample;
let now = start;

function run(line: string | readonly string[], fixture: Fixture = {}): Promise<Result> {
  now += 1;
  const at = now;
  return sample.run(line, { clock: { nowMs: () => 1000 * at }, ...fixture });
}

async function ok(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line);
  expect([code, stderr.replaceAll(/^(?:reading|merging) .*\n/gm, "")]).toEqual([0, ""]);
  return stdout;
}

async function json(line: string): Promise<Record<string, unknown>> {
  return JSON.parse((await run(`${line} --json`)).stdout) as Record<string, unknown>;
}

function list(...rows: readonly string[]): void {
  sample.write("lists/partner.csv", `${[header, ...rows].join("\n")}\n`);
}

async function blocked(): Promise<string[]> {
  const { stdout } = await run("zone export phishing.rpz.example");
  const names = stdout.split("\n").flatMap((line) => / CNAME /.exec(line) && (line.split(" ")[0] as string));
  return names.filter((name): name is string => name !== null && !name.startsWith("*.") && name.endsWith(".test"));
}

async function waiting(): Promise<string[]> {
  const { entries } = (await json("review list")) as { entries: { name: string; review: { id: string } }[] };
  return entries.map(({ name, review }) => `${review.id} ${name}`);
}

beforeEach(async () => {
  now = start;
  sample = sampleFolder({
    "rpzmill.yaml": withPartner("untrusted"),
    "lists/partner.csv": `${header}\n1,c1.test,phishing,case-1,\n2,b2.test,phishing,,\n3,a3.test,malware,,\n`,
  });
  await run("build");
});

describe("entries of a source that is not trusted", () => {
  test("wait, and are listed, counted and explained", async () => {
    expect(await blocked()).toEqual([]);
    const since = iso(start + 1);
    expect((await ok("review list")).split("\n")).toEqual([
      `partner: a3.test waits for review r1 (untrusted) since ${since}: exact, category malware, first seen ${since}, id 3`,
      `partner: b2.test waits for review r2 (untrusted) since ${since}: exact, category phishing, first seen ${since}, id 2`,
      `partner: c1.test waits for review r3 (untrusted) since ${since}: exact, category phishing, first seen ${since}, reference case-1, id 1`,
      "3 entries wait for review",
      `  partner: 3 untrusted, since ${since}`,
      "",
    ]);
    expect(await ok("source show partner")).toMatch(
      /rows +3 wait for review\nreview +3 untrusted, since \S+: `rpzmill review list --source partner`\n/,
    );
    expect(await ok("explain c1.test")).toContain("reported by partner: c1.test waits for review r3 (untrusted)");
    expect(await ok("entry list partner --state review --limit 1")).toContain("a3.test waits for review r1");
    const { stdout } = await run("build --full");
    expect(stdout).toContain("3 wait for review");
  });

  test("count once two different people accepted them", async () => {
    const first = await ok("review accept r3 --by Alice --reason seen");
    expect(first).toContain("accepted (1 of 2 accepts, by Alice): r3 of partner, c1.test");
    expect(first).toContain("another person must accept it");
    expect(await blocked()).toEqual([]);
    expect(await ok("review accept r3 --by alice --reason again")).toContain("unchanged (1 of 2 accepts, by Alice)");
    expect(await ok("review list")).toContain("; 1 of 2 accepts, by Alice\n");
    const second = await ok("review accept c1.test --by bob --reason ticket");
    expect(second).toContain("accepted (2 of 2 accepts, by Alice and bob): r3 of partner, c1.test current");
    expect(second).toContain("  phishing.rpz.example: new rule, nxdomain\n");
    expect(await blocked()).toEqual(["c1.test"]);
    expect(await waiting()).toEqual(["r1 a3.test", "r2 b2.test"]);
    // Nothing of it is lost by reading the list again, changed or not.
    list("1,c1.test,phishing,case-1,", "2,b2.test,phishing,,", "4,four.test,phishing,,");
    await ok("build --full");
    expect(await blocked()).toEqual(["c1.test"]);
    expect(await waiting()).toEqual(["r2 b2.test", "r4 four.test"]);
    const shown = await ok("review show c1.test");
    expect(shown.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^ {2}accepted at .* by Alice: seen$/),
      expect.stringMatching(/^ {2}accepted at .* by bob: ticket$/),
      "",
    ]);
  });

  test("wait anew where the source says something else under the same id, and the old number means nothing any more", async () => {
    await ok("review accept r3 --by alice --reason seen");
    await ok("review accept r3 --by bob --reason seen");
    list("1,c1.test,malware,case-1,", "2,b2.test,phishing,,");
    await ok("build");
    expect(await blocked()).toEqual([]);
    expect(await waiting()).toEqual(["r2 b2.test", "r4 c1.test"]);
    const { code, stderr } = await run("review accept r3 --by carol --reason seen");
    expect([code, stderr]).toEqual([1, expect.stringContaining("which waits under another number")]);
    // As it was before, it was decided on.
    list("1,c1.test,phishing,case-1,", "2,b2.test,phishing,,");
    await ok("build");
    expect(await blocked()).toEqual(["c1.test"]);
    expect(await waiting()).toEqual(["r2 b2.test"]);
  });

  test("leave the queue where they go, are revoked or end, and come back with what was decided", async () => {
    await ok("review accept r2 --by alice --reason seen");
    list(`1,c1.test,phishing,case-1,${iso(start + 3600)}`);
    await ok("build");
    expect(await waiting()).toEqual(["r3 c1.test"]);
    const { code, stderr } = await run("review accept r2 --by bob --reason seen");
    expect([code, stderr]).toEqual([1, expect.stringContaining("its source no longer reports it")]);
    now = start + 3600;
    expect(await waiting()).toEqual([]);
    list("2,b2.test,phishing,,", "9,nine.test,phishing,,");
    await ok("build");
    expect(await waiting()).toEqual(["r2 b2.test", "r4 nine.test"]);
    await ok("review accept r2 --by bob --reason seen");
    expect(await blocked()).toEqual(["b2.test"]);
  });

  test("never count once a person refused them, until enough people accept them", async () => {
    await ok("review accept r2 r3 --by alice --reason seen");
    await ok("review accept r2 r3 --by bob --reason seen");
    expect(await blocked()).toEqual(["b2.test", "c1.test"]);
    const refused = await ok("review reject c1.test --by carol --reason parked");
    expect(refused).toContain("refused: r3 of partner, c1.test refused in review r3 since");
    expect(refused).toContain("  phishing.rpz.example: the rule goes (nxdomain)\n");
    expect(await blocked()).toEqual(["b2.test"]);
    expect((await ok("entry show c1.test")).split("\n")).toEqual(
      expect.arrayContaining([
        expect.stringContaining("refused in review r3 since"),
        expect.stringMatching(/^ {2}rejected at .* by carol: parked$/),
      ]),
    );
    await ok("build --full");
    expect(await blocked()).toEqual(["b2.test"]);
    await ok("review accept c1.test --by bob --reason sure");
    expect(await waiting()).toEqual(["r1 a3.test", "r3 c1.test"]);
    await ok("review accept c1.test --by alice --reason sure");
    expect(await blocked()).toEqual(["b2.test", "c1.test"]);
  });

  test("are guarded all the same, and a dry run says so and writes nothing", async () => {
    sample.write("lists/guarded.txt", "c1.test\n");
    const guards = "guards:\n  - {id: ours, class: protected, from: lists/guarded.txt}\n";
    sample.write("rpzmill.yaml", withPartner("untrusted", guards));
    await ok("build");
    await ok("review accept r2 r3 --by alice --reason seen");
    const dry = await ok("review accept r2 r3 --by bob --reason seen --dry-run");
    expect(dry).toContain("  phishing.rpz.example: stopped: a guard stops c1.test\n");
    expect(dry).toContain("phishing.rpz.example: would publish 1 rule added");
    expect(await waiting()).toEqual(["r1 a3.test", "r2 b2.test", "r3 c1.test"]);
    await ok("review accept r2 r3 --by bob --reason seen");
    expect(await blocked()).toEqual(["b2.test"]);
  });

  test("are all taken, or none: each fault is told", async () => {
    const { code, stderr } = await run("review accept r3 r77 other.test --by alice --reason seen");
    expect([code, stderr]).toEqual([1, expect.stringContaining('"r77": there is no such review')]);
    expect(stderr).toContain('"other.test": no entry of this name waits');
    expect(await ok("review list")).not.toContain("alice");
    expect((await run("review accept r3 --by alice")).stderr).toContain("without --reason: a decision says why");
    expect((await run("review accept r3 --reason seen")).stderr).toContain("without --by: a decision says who decides");
    expect((await run("review accept --by a --reason b")).code).toBe(2);
    const readInput = () => Buffer.from("# these\nr2\nr3\n");
    const { stdout } = await run("review reject --file - --by alice --reason no", { readInput });
    expect(stdout).toContain("refused: r2");
    expect(await waiting()).toEqual(["r1 a3.test"]);
  });

  test("are listed page by page, by source and reason", async () => {
    expect(await ok("review list --limit 2")).toContain("those behind: --after r2\n");
    expect(await ok("review list --limit 2 --after r2")).toContain("c1.test waits for review r3");
    expect(await ok("review list --reason pattern")).toBe("nothing waits for review\n");
    expect((await run("review list --source nobody")).stderr).toContain('Cannot find "nobody"');
    expect(await json("review list --source partner --limit 1")).toMatchObject({
      waiting: 3,
      counts: [{ source: "partner", reason: "untrusted", count: 3, since: iso(start + 1) }],
      next: "r1",
      entries: [{ name: "a3.test", review: { id: "r1", reason: "untrusted", detail: null }, accepts: [] }],
    });
  });
});

describe("the trust in a source", () => {
  test("decides how many people must accept, also of what was decided before", async () => {
    await ok("review accept r3 --by alice --reason seen");
    sample.write("rpzmill.yaml", withPartner("automatic"));
    await ok("build");
    expect(await blocked()).toEqual(["b2.test", "c1.test"]);
    expect(await ok("review list")).toBe("nothing waits for review\n");
    sample.write("rpzmill.yaml", withPartner("untrusted"));
    await ok("build");
    expect(await blocked()).toEqual([]);
    expect(await waiting()).toHaveLength(3);
    await ok("review accept c1.test --by bob --reason seen");
    expect(await blocked()).toEqual(["c1.test"]);
  });

  test("is no key of plain lists, of which the store has names alone, nor of what people keep", async () => {
    sample.write(
      "rpzmill.yaml",
      mainFile().replace("scope: subtree}\n  - {id: hosts", "trust: untrusted}\n  - {id: hosts"),
    );
    const { code, stderr } = await run("config check");
    expect([code, stderr]).toEqual([2, expect.stringContaining("a list without fields cannot wait for people")]);
  });
});
