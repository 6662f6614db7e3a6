/** Entries that people add by the built program while it runs, builds, and adds others. */
import { expect, test } from "vitest";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { BuildingProcess } from "../store/building-process.ts";
import { askUdp, qtype } from "../xfr/client.ts";
import { BuiltProgram } from "./built-program.ts";

const apex = "phishing.rpz.example";
const sampleWithSource = () =>
  sampleFolder({
    "rpzmill.yaml": mainFile().replace("allow:\n", "  - {id: analysts, manual: true, category: phishing}\nallow:\n"),
  });

const serialOf = async (port: number): Promise<number> => {
  const { answers } = await askUdp({ name: apex, type: qtype.SOA }, port);
  return Number(/ SOA (\d+)$/.exec(answers[0] ?? "")?.[1]);
};

test("run answers with an entry that is added, and publishes one when it begins and when it ends", async () => {
  const sample = sampleWithSource();
  const program = new BuiltProgram(["run", "--config", sample.path("rpzmill.yaml")]);
  const port = await program.port();
  await program.reporter.line(/^built in /);
  const before = await serialOf(port);
  const entry = (...words: readonly string[]) =>
    new BuiltProgram(["entry", ...words, "--source", "analysts", "--config", sample.path("rpzmill.yaml")]).end;
  let lines = program.reporter.lines.length;
  expect(await entry("add", "evil.example")).toBe(0);
  await program.reporter.line(/^phishing\.rpz\.example \d+ -> \d+: 3 rules, \+1 -0 records$/, lines);
  expect(await serialOf(port)).toBeGreaterThan(before);
  const found = await askUdp({ name: `evil.example.${apex}`, type: qtype.CNAME }, port);
  expect(found.answers).toEqual([`evil.example.${apex} 30 CNAME .`]);

  // Nothing but the clock tells of these; it is the system's.
  lines = program.reporter.lines.length;
  const begins = Math.floor(Date.now() / 1000) + 4;
  expect(await entry("add", "short.example", "--from", `${begins}`, "--until", `${begins + 4}`)).toBe(0);
  await program.reporter.line(/: 4 rules, \+1 -0 records$/, lines);
  expect(Date.now()).toBeGreaterThanOrEqual(1000 * begins);
  await program.reporter.line(/: 3 rules, \+0 -1 records$/, lines);
  expect(Date.now()).toBeGreaterThanOrEqual(1000 * (begins + 4));
  program.process.kill("SIGTERM");
  expect(await program.end).toBe(0);
}, 60_000);

test("commands of one moment are done one after the other", async () => {
  const sample = sampleWithSource();
  await sample.run("build");
  const ends = Array.from(
    { length: 4 },
    (_, i) =>
      new BuiltProgram([
        "entry",
        "add",
        `n${i}.example`,
        "--source",
        "analysts",
        "--config",
        sample.path("rpzmill.yaml"),
      ]).end,
  );
  expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
  const { stdout } = await sample.run("entry list analysts");
  expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "n0.example",
    "n1.example",
    "n2.example",
    "n3.example",
    "",
  ]);
}, 60_000);

test("a command waits for a build that runs, and says so", async () => {
  const sample = sampleWithSource();
  await sample.run("build");
  sample.write("lists/phish.txt", "other.example\n");
  const config = sample.path("rpzmill.yaml");
  const building = new BuildingProcess({ config, nowMs: 1_800_000_100_000, holdAt: 4 });
  await building.tells(({ locked }) => locked !== undefined);
  const command = new BuiltProgram(["entry", "add", "evil.example", "--source", "analysts", "--config", config]);
  await command.reporter.line(/^Cannot build into ".*": process \d+ on .* is building; waiting for it to end$/);
  building.kill();
  expect(await command.end).toBe(0);
  expect((await sample.run("entry list analysts")).stdout).toMatch(/^evil\.example current: /);
}, 60_000);
