import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import { body, Script, serve } from "../feed/http/fetch-fixture.ts";
import { BuiltProgram } from "./built-program.ts";

function start(sample: Sample, ...argv: string[]): BuiltProgram {
  return new BuiltProgram([...argv, "--config", sample.path("rpzmill.yaml")]);
}

function fetched(origin: string, more = ""): Sample {
  const main = mainFile().replace("from: lists/phish.txt", `url: "${origin}/phish.txt?token=s3cret"${more}`);
  return sampleFolder({ "rpzmill.yaml": main });
}

async function end(run: BuiltProgram): Promise<void> {
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
}

test("run fetches before its first build, builds again when a copy changes, and asks no more often than it is to", async () => {
  const script = new Script(body("login.bank.example\n"), body("login.bank.example\nshop.example\n"));
  const sample = fetched(await serve(script.listener));
  const run = start(sample, "run");
  await run.reporter.line(/^phish: fetched anew, 19 octets/);
  await run.reporter.line(/^phishing\.rpz\.example \d+: 1 rule in /);
  await run.reporter.line(/^built in .* 2 of 2 zones changed$/);
  expect(run.reporter.lines.filter((line) => /^(?:warning|error)/.test(line))).toEqual([]);
  // Another process fetches; the running one notices the copy.
  await sample.run("source fetch phish", { clock: { nowMs: () => Date.now() } });
  await run.reporter.line(/^phishing\.rpz\.example \d+ -> \d+: 2 rules/);
  const lines = run.reporter.lines.length;
  run.process.kill("SIGHUP");
  await run.reporter.line(/^built in .* nothing changed$/, lines);
  await end(run);
  const again = start(sample, "run");
  await again.reporter.line(/^built in .* nothing changed$/);
  await end(again);
  expect(script.requests).toHaveLength(2);
});

test("run takes in an address that is added or changed, and says once what fails and when it no longer does", async () => {
  const good = await serve(body("shop.example\n"));
  const bad = await serve(new Script(body("", {}, 404)).listener);
  const sample = fetched(bad);
  const run = start(sample, "run");
  const warning = await run.reporter.line(/^warning: phish: Cannot fetch/);
  expect(warning).toMatch(
    /^warning: phish: Cannot fetch "[^"]*\?token=…": its host has no such list \(404\); tried again in \d+ s\. /,
  );
  await run.reporter.line(/^built in /);
  sample.write("rpzmill.yaml", sample.read("rpzmill.yaml").replace(bad, good));
  await run.reporter.line(/^phish can be fetched again$/);
  await run.reporter.line(/^phishing\.rpz\.example \d+: 1 rule/);
  await end(run);
});

test("a fetching process has no secret in its arguments, and its end is survived", async () => {
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let requests = 0;
  const origin = await serve((_, response) => {
    requests += 1;
    answer();
    if (requests > 1) response.end("shop.example\n");
  });
  const sample = fetched(origin, ', headers: {X-Key: "h34der"}');
  const run = start(sample, "run");
  await asked;
  const children = childrenOf(run.process.pid as number);
  const fetching = children.find((pid) => commandLine(pid).includes("fetch-child"));
  expect(fetching).toBeDefined();
  for (const pid of children) expect(commandLine(pid)).not.toMatch(/s3cret|h34der/);
  process.kill(fetching as number, "SIGKILL");
  await run.reporter.line(/^warning: phish: Cannot fetch "phish": the process that fetches ended by SIGKILL/);
  await run.reporter.line(/^malware\.rpz\.example /);
  await sample.run("source fetch phish", { clock: { nowMs: () => Date.now() } });
  await run.reporter.line(/^phishing\.rpz\.example \d+: 1 rule/);
  expect(run.reporter.lines.join("\n")).not.toMatch(/s3cret|h34der/);
  await end(run);
});

function childrenOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "latin1");
}
