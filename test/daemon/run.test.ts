import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import { askUdp, askUdpRaw, decode, qtype, query } from "../xfr/client.ts";
import { sign } from "../xfr/tsig-client.ts";
import { BuiltProgram, program } from "./built-program.ts";

function start(sample: Sample, ...argv: string[]): BuiltProgram {
  return new BuiltProgram([...argv, "--config", sample.path("rpzmill.yaml")]);
}

const soa = { name: "phishing.rpz.example", type: qtype.SOA };

async function serialAt(port: number): Promise<number> {
  const [line = ""] = (await askUdp(soa, port)).answers;
  return Number(/ SOA (\d+)$/.exec(line)?.[1]);
}

test("run builds, serves, prints a line to try, takes in a changed list, and ends at SIGTERM with 0", async () => {
  const sample = sampleFolder();
  const run = start(sample, "run");
  const port = await run.port();
  await run.reporter.line(/^built in [\d.]+ s: 2 of 2 zones changed$/);
  expect(await run.reporter.line(/dig/)).toBe(`try: dig @127.0.0.1 -p ${port} malware.rpz.example AXFR`);
  const before = await serialAt(port);

  sample.write("lists/phish.txt", "login.bank.example\n");
  const published = await run.reporter.line(/^phishing\.rpz\.example \d+ -> \d+: /);
  const after = await serialAt(port);
  expect(published).toBe(`phishing.rpz.example ${before} -> ${after}: 1 rule, +0 -2 records`);
  expect(after).toBeGreaterThan(before);

  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
  expect(run.reporter.lines.filter((line) => /^(warning|error)|rpzmill:/.test(line))).toEqual([]);
});

test("run keeps the configuration in force while the changed one has faults, and goes on building by it", async () => {
  const sample = sampleFolder();
  const run = start(sample, "run");
  const port = await run.port();
  await run.reporter.line(/^built in /);
  const good = sample.read("rpzmill.yaml");

  sample.write("rpzmill.yaml", `${good}sate: var\n`);
  await run.reporter.line(/rpzmill\.yaml:9:1: sate: is not a key here/);
  await run.reporter.line(/^What was configured before stays in force$/);
  sample.write("lists/phish.txt", "other.example\n");
  await run.reporter.line(/^phishing\.rpz\.example \d+ -> \d+: 1 rule/);

  sample.write("rpzmill.yaml", good);
  await run.reporter.line(/^the configuration has no fault any more$/);
  sample.write("zones/new.yaml", sample.read("zones/malware.yaml").replace("malware.rpz", "new.rpz"));
  await run.reporter.line(/^new\.rpz\.example \d+: 1 rule in 3 records$/);
  expect((await askUdp({ name: "new.rpz.example", type: qtype.SOA }, port)).rcode).toBe(0);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});

test("run takes in a secret that changes in its file, and keeps the one it has while that holds none", async () => {
  const secret = (fill: number): Buffer => Buffer.alloc(32, fill);
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile("keys: [{name: isp-a, secretFile: isp-a.key}]\n"),
    "isp-a.key": `${secret(1).toString("base64")}\n`,
  });
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/phishing.yaml", zone.replace(/^transfer:.*$/m, "transfer: [{key: isp-a}]"));
  await sample.run("build");
  const run = start(sample, "run");
  const port = await run.port();
  const rcode = async (fill: number): Promise<number> => {
    const time = Math.floor(Date.now() / 1000);
    const key = { name: "isp-a", algorithm: "hmac-sha256", secret: secret(fill), time };
    return decode(await askUdpRaw(sign(query(soa), key).message, port)).rcode;
  };
  expect(await rcode(1)).toBe(0);
  await run.reporter.line(/^built in /);
  sample.write("isp-a.key", "");
  await run.reporter.line(/keys\[0\]\.secretFile: ".*isp-a\.key" does not hold base64 text/);
  expect(await rcode(1)).toBe(0);
  sample.write("isp-a.key", `${secret(2).toString("base64")}\n`);
  await run.reporter.line(/^took in the changed configuration$/);
  expect([await rcode(1), await rcode(2)]).toEqual([9, 0]);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});

test("run reads a list again when its refresh time comes, and at SIGHUP builds", async () => {
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile().replace("scope: subtree}", "scope: subtree, refreshSeconds: 1}"),
  });
  const run = start(sample, "run");
  await run.reporter.line(/^built in .* 2 of 2 zones changed$/);
  // What makes this build is the time alone: no file was touched.
  await run.reporter.line(/^built in .* nothing changed$/);
  const lines = run.reporter.lines.length;
  run.process.kill("SIGHUP");
  await run.reporter.line(/^built in /, lines);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});

test("run goes on serving when a build is killed", async () => {
  // Large enough that the build is still at it when the signal comes.
  const names = Array.from({ length: 300_000 }, (_, i) => `n${i}.x${i % 977}.example\n`);
  const sample = sampleFolder();
  await sample.run("build --quiet");
  const run = start(sample, "run");
  const port = await run.port();
  await run.reporter.line(/^built in /);
  const before = await serialAt(port);
  sample.write("lists/phish.txt", names.join(""));
  await run.reporter.line(/a list changed/);
  const child = await childOf(run.process.pid as number);
  process.kill(child, "SIGKILL");
  await run.reporter.line(/the build ended by SIGKILL; trying again/);
  expect(await serialAt(port)).toBe(before);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});

test("when run itself is killed, its build ends too and what was published stays whole", async () => {
  const names = Array.from({ length: 300_000 }, (_, i) => `n${i}.x${i % 977}.example\n`);
  const sample = sampleFolder({ "lists/phish.txt": names.join("") });
  const run = start(sample, "run");
  await run.port();
  const child = await childOf(run.process.pid as number);
  run.process.kill("SIGKILL");
  await run.end;
  while (existsSync(`/proc/${child}`) && !isZombie(child)) await new Promise((resolve) => setImmediate(resolve));
  const build = start(sample, "build", "--quiet");
  expect(await build.end).toBe(0);
  expect(build.reporter.lines).toEqual([]);
  expect((await sample.json("zone list"))["zones"]).toMatchObject([{ rules: 1 }, { rules: 300_000 }]);
});

test("serve answers what another process builds, talks in JSON lines, and ends at SIGINT with 0", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  const serve = start(sample, "serve", "--json");
  const listening = JSON.parse(await serve.reporter.line(/listening/)) as { level: string; port: number; msg: string };
  expect(listening).toMatchObject({ level: "info", msg: `listening on 127.0.0.1:${listening.port} (UDP and TCP)` });
  expect(await serialAt(listening.port)).toBe(1_800_000_000);
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  const published = JSON.parse(await serve.reporter.line(/ -> /)) as Record<string, unknown>;
  expect(published).toMatchObject({
    apex: "phishing.rpz.example",
    serial: 1_800_000_001,
    rules: 1,
    added: 0,
    removed: 2,
  });
  expect(await serialAt(listening.port)).toBe(1_800_000_001);
  serve.process.kill("SIGINT");
  expect(await serve.end).toBe(0);
});

test("an address in use ends serve with 1, the message and the remedy", async () => {
  const sample = sampleFolder();
  const first = start(sample, "serve");
  const port = await first.port();
  sample.write("rpzmill.yaml", mainFile().replace("127.0.0.1:0", `127.0.0.1:${port}`));
  const second = start(sample, "serve");
  expect(await second.end).toBe(1);
  expect(second.reporter.lines[0]).toMatch(new RegExp(`^rpzmill: Cannot listen on "127\\.0\\.0\\.1:${port}": `));
  expect(second.reporter.lines[1]).toMatch(/^Stop the program that uses this port/);
});

test("the built program ends quietly when the reader of its output has gone", async () => {
  const sample = sampleFolder({
    "lists/phish.txt": Array.from({ length: 20_000 }, (_, i) => `n${i}.example\n`).join(""),
  });
  await sample.run("build --quiet");
  const line = `"${process.execPath}" "${program}" zone export phishing.rpz.example --config "${sample.path("rpzmill.yaml")}" | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", line], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "$ORIGIN phishing.rpz.example.\n0\n", stderr: "" });
});

/** The child process of a process, as soon as it has one. */
async function childOf(parent: number): Promise<number> {
  for (;;) {
    for (const name of readdirSync("/proc")) {
      if (/^\d+$/.test(name) && parentOf(Number(name)) === parent) return Number(name);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

function isZombie(pid: number): boolean {
  return statOf(pid)[0] === "Z";
}
