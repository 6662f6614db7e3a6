/** Entries that people change, begin anew and end, where it depends on what was there before. */
import { beforeEach, expect, test } from "vitest";
import { mainFile, type Result, type Sample, sampleFolder } from "./cli.ts";

const start = 1_800_000_000;

const withAnalysts = (more = ""): string =>
  mainFile().replace("allow:\n", `  - {id: analysts, manual: true, category: phishing${more}}\nallow:\n`);

let sample: Sample;
let now = start;

/** Runs a command, a second after the one before. */
function run(line: string | readonly string[]): Promise<Result> {
  now += 1;
  const at = now;
  return sample.run(line, { clock: { nowMs: () => 1000 * at } });
}

const rules = async (): Promise<string> => (await run("zone export phishing.rpz.example")).stdout;

beforeEach(async () => {
  now = start;
  sample = sampleFolder({ "rpzmill.yaml": withAnalysts() });
  await run("build");
});

test("an entry that begins anew keeps its markings, unless they are given", async () => {
  await run("entry add sec.example --source analysts --tlp red --pap amber --confidence 90");
  await run("entry end sec.example --source analysts");
  const again = await run("entry add sec.example --source analysts");
  expect(again.stdout).toMatch(
    /^added again: sec\.example current: exact, tlp red, pap amber, first .*\n {2}kept from before it ended: tlp red, pap amber\n {2}.*: not taken for its tlp\n/,
  );
  expect(await rules()).not.toContain("sec.example");
  await run("entry end sec.example --source analysts");
  const given = await run(["entry", "add", "sec.example", "--source", "analysts", "--tlp", "clear", "--pap", ""]);
  expect(given.stdout).toMatch(/^added again: sec\.example current: exact, tlp clear, first /);
  expect(given.stdout).not.toContain("kept from before");
});

test("a row of a list whose times became unreadable can be ended once people keep it", async () => {
  const asList = withAnalysts().replace(
    "manual: true, ",
    "from: lists/old.csv, format: csv, fields: {validUntil: until}, ",
  );
  sample.write("rpzmill.yaml", asList);
  sample.write("lists/old.csv", "domain,until\nold.example,2099-12-31\nother.example,2099-12-31\n");
  await run("build");
  sample.write("lists/old.csv", "domain,until\nold.example,some day\nother.example,2099-12-31\n");
  await run("build");
  sample.write("rpzmill.yaml", withAnalysts());
  await run("build");
  expect((await run("entry list analysts")).stdout).toMatch(/old\.example unreadable/);
  expect(await rules()).toContain("old.example CNAME .");
  const { code, stderr } = await run("entry end old.example --source analysts");
  expect([code, stderr]).toEqual([0, ""]);
  expect(await rules()).not.toContain("old.example CNAME .");
});

test("a first entry says of each zone that it publishes, also of one that does not take the source", async () => {
  sample = sampleFolder({ "rpzmill.yaml": withAnalysts() });
  const other = "version: 1\napex: other.rpz.example\ntake: {sources: [phish]}\naction: nxdomain\n";
  sample.write("zones/other.yaml", `${other}transfer: [{address: 127.0.0.1/32}]\n`);
  const { stdout, stderr, code } = await run("entry add evil.example --source analysts");
  expect([code, stderr]).toEqual([0, ""]);
  const published = stdout.split("\n").flatMap((line) => /^(\S+) \d+: /.exec(line)?.[1] ?? []);
  expect(published).toEqual(["malware.rpz.example", "other.rpz.example", "phishing.rpz.example"]);
});

test("what a change changed is shown with who did it", async () => {
  await run("entry add evil.example --source analysts --tlp red --by alice");
  await run("entry add evil.example --source analysts --tlp amber --by bob --reason shared");
  await run("entry end evil.example --source analysts --at 2027-02-01 --by carol");
  const lines = (await run("entry show evil.example")).stdout.split("\n").map((line) => line.replace(/ at \S+/, ""));
  expect(lines.slice(1)).toEqual([
    "  added by alice",
    "  changed by bob (tlp red -> amber): shared",
    "  ended by carol (valid until never -> 2027-02-02T00:00:00Z)",
    "",
  ]);
});

test("an end that lies ahead and one before the beginning are called what they are", async () => {
  await run("entry add evil.example later.example --source analysts");
  const ahead = await run("entry end evil.example --source analysts --at 2027-02-01");
  expect(ahead.stdout).toMatch(/^ends at 2027-02-02T00:00:00Z: evil\.example current: /);
  await run("entry add later.example --source analysts --from 2027-03-01");
  const cancelled = await run("entry end later.example --source analysts");
  expect(cancelled.stdout).toMatch(/^cancelled: later\.example cancelled since /);
  expect((await run("entry list analysts")).stdout).toMatch(/^later\.example cancelled since /m);
  expect((await run("entry show later.example")).stdout).toMatch(/\n {2}cancelled at \S+\n$/);
  expect((await run("entry list analysts --state revoked --json")).stdout).toContain('"state":"revoked"');
});

test("a name alone changes its one entry, whatever that blocks, and is refused where there are several", async () => {
  await run("entry add evil.example --source analysts --scope subtree");
  const changed = await run("entry add evil.example --source analysts --until 2027-12-31");
  expect(changed.stdout).toMatch(/^changed: evil\.example current: subtree, valid until 2028-01-01T00:00:00Z, /);
  expect((await run("entry list analysts")).stdout.trimEnd().split("\n")).toHaveLength(1);
  await run("entry add evil.example --source analysts --scope exact --id case-7");
  const { stderr, code } = await run("entry add evil.example --source analysts --tlp amber");
  expect(stderr).toContain(
    'Cannot add "evil.example" to "analysts": it has several entries (exact, id case-7; subtree): say which by --scope or --id',
  );
  expect(code).toBe(2);
  const own = await run("entry add evil.example --source analysts --id case-7 --tlp amber");
  expect(own.stdout).toMatch(/^changed: evil\.example current: exact, tlp amber, /);
  const both = await run("entry add *.evil.example --source analysts --tlp amber");
  expect(both.stdout).toMatch(/^changed: evil\.example current: subtree, tlp amber, /);
});

test("entries of all triggers are given as they are shown, each with the checks of its trigger", async () => {
  const names = ["nsdname ns.example.net", "client-ip 192.0.2.2", "client-ip 10.0.0.1", "nsip 198.51.100.7"];
  const { code, stderr } = await run(["entry", "add", ...names, "--source", "analysts"]);
  expect([code, stderr]).toEqual([0, ""]);
  const { entries } = JSON.parse((await run("entry list analysts --json")).stdout) as { entries: { name: string }[] };
  expect(entries.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect((await run(["entry", "end", ...names, "--source", "analysts"])).code).toBe(0);
  expect((await run("entry list analysts --state current")).stdout).toBe("");
  for (const [name, why] of [
    ["nsip 10.0.0.1", "special-purpose-address"],
    ["nsdname 192.0.2.1", "wrong-trigger"],
    ["client-ip evil.example", "wrong-trigger"],
    ["nsdname com", "single-label"],
  ] as const) {
    expect((await run(["entry", "add", name, "--source", "analysts"])).stderr).toContain(
      `"${name}" to "analysts": ${why}`,
    );
  }
});
