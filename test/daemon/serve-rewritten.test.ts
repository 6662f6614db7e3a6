/** A store whose own file stays, while its log is taken away beneath a server or something is written over it. */
import { copyFileSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Sample, sampleFolder } from "../cli/cli.ts";
import { answersOf, askTcp, askUdp, qtype, TcpClient } from "../xfr/client.ts";
import { BuiltProgram } from "./built-program.ts";
import { database, serve } from "./served-sample.ts";

const apex = "phishing.rpz.example";
const soa = { name: apex, type: qtype.SOA };
const axfr = { name: apex, type: qtype.AXFR };

async function serveAndAsk(sample: Sample) {
  const { serving, reporter, port } = await serve(sample);
  /** What a transfer brings; SERVFAIL brings nothing. */
  const served = async (): Promise<readonly string[]> => {
    const client = new TcpClient(port);
    try {
      return answersOf(await client.ask(axfr).transfer());
    } finally {
      client.close();
    }
  };
  return { serving, reporter, port, served };
}

/** Runs a command in a process of its own: within one, SQLite knows of all connections, whatever becomes of the files. */
async function runApart(sample: Sample, ...argv: string[]): Promise<void> {
  const program = new BuiltProgram([...argv, "--config", sample.path("rpzmill.yaml")]);
  program.process.stdout?.resume();
  expect(await program.end, program.reporter.lines.join("\n")).toBe(0);
}

async function publish(sample: Sample, ...names: string[]): Promise<void> {
  sample.write("lists/phish.txt", `${names.join("\n")}\n`);
  await runApart(sample, "build", "--accept-zone", apex, "--accept", "phish", "--quiet");
}

const published = (serial: number): RegExp => new RegExp(`^phishing\\.rpz\\.example (\\d+ -> )?${serial}: `);
const names = (count: number, tail: string): string[] => Array.from({ length: count }, (_, i) => `n${i}.${tail}`);

describe("where files of the log are removed beneath a server", () => {
  test.each([[["-wal", "-shm"]], [["-wal"]], [["-shm"]]])("%s, what is built then is served", async (ends) => {
    const sample = sampleFolder();
    await sample.run("build");
    const { reporter, port, served } = await serveAndAsk(sample);
    for (const end of ends) rmSync(sample.path(database + end));
    await reporter.line(
      /^warning: Cannot follow ".*rpzmill\.db": a part of its write-ahead log was removed; what was open is served on$/,
    );
    expect(await served()).toHaveLength(7);
    await publish(sample, "login.bank.example");
    await reporter.line(
      /^warning: ".*rpzmill\.db" was opened again, since a part of its write-ahead log was removed: serv/,
    );
    await reporter.line(published(1_800_000_001));
    expect(await served()).toHaveLength(5);
    // From now on it is attached to the new log.
    await publish(sample, "login.bank.example", "third.example");
    await reporter.line(published(1_800_000_002));
    expect((await askUdp(soa, port)).answers).toEqual([`${apex} SOA 1800000002`]);
    expect(reporter.lines.filter((line) => line.startsWith("warning: "))).toHaveLength(2);
    expect(reporter.lines.filter((line) => line.startsWith("error: "))).toEqual([]);
  });

  test("a transfer that runs is cut when the store is opened again, and not sent from two stores", async () => {
    const sample = sampleFolder({ "lists/phish.txt": `${names(4000, "example").join("\n")}\n` });
    const zone = sample.read("zones/phishing.yaml");
    const texts = Array.from({ length: 15 }, (_, i) => `${i}${"x".repeat(250)}`);
    sample.write("zones/phishing.yaml", zone.replace("action: nxdomain", `action: {txt: [${texts.join(", ")}]}`));
    await sample.run("build");
    const { reporter, port } = await serveAndAsk(sample);
    const client = new TcpClient(port);
    onTestFinished(() => client.close());
    client.ask(axfr);
    await client.next();
    client.socket.pause();
    for (const end of ["-wal", "-shm"]) rmSync(sample.path(database + end));
    await publish(sample, "login.bank.example");
    await reporter.line(/was opened again/);
    client.socket.resume();
    await reporter.line(/^warning: a transfer was cut/);
    await expect(client.transfer()).rejects.toThrow("The server ended the connection");
  });
});

test("builds, copies and compacting that come and go beside a server give no warning", {
  timeout: 60_000,
}, async () => {
  const sample = sampleFolder();
  await sample.run("build");
  const { reporter, served } = await serveAndAsk(sample);
  for (let i = 1; i <= 4; i++) {
    await publish(sample, ...names(500 * i, `t${i}.example`));
    await runApart(sample, "zone", "list");
    await runApart(sample, "store", "compact");
    await runApart(sample, "backup", sample.path(`copy-${i}.db`));
    await reporter.line(published(1_800_000_000 + i));
  }
  expect(await served()).toHaveLength(3 + 4000);
  expect(reporter.lines.filter((line) => /^(warning|error): /.test(line))).toEqual([]);
});

test("a copy that was moved into place has no log until it is built on, which gives no warning", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  await runApart(sample, "backup", sample.path("copy.db"));
  const { reporter, served } = await serveAndAsk(sample);
  for (const end of ["-wal", "-shm"]) rmSync(sample.path(database + end));
  renameSync(sample.path("copy.db"), sample.path(database));
  await reporter.line(/^warning: ".*rpzmill\.db" was replaced: serving from the new one$/);
  const from = reporter.lines.length;
  await publish(sample, "login.bank.example");
  await reporter.line(published(1_800_000_001), from);
  await publish(sample, "third.example", "fourth.example");
  await reporter.line(published(1_800_000_002), from);
  expect(await served()).toHaveLength(7);
  expect(reporter.lines.slice(from).filter((line) => /^(warning|error): /.test(line))).toEqual([]);
});

describe("a copy that is written over the store", () => {
  /** A store with these versions, a copy after each, and a server on the last. */
  async function servingCopied(...counts: readonly number[]) {
    const sample = sampleFolder();
    for (const [i, count] of counts.entries()) {
      await publish(sample, ...names(count, `t${i}.example`));
      await runApart(sample, "backup", sample.path(`copy-${i}.db`));
    }
    return { sample, ...(await serveAndAsk(sample)) };
  }

  const overwritten =
    /^warning: ".*rpzmill\.db" was written over: serving what it holds now\. Move copies into its place/;

  test.each([
    ["smaller", 2000, 30_000, 0],
    ["larger", 30_000, 2000, 0],
    ["of the same content, laid out in another way", 2000, 3000, 1],
  ])("and is %s is served whole, and builds go on", { timeout: 60_000 }, async (_what, first, second, chosen) => {
    const { sample, reporter, serving, served } = await servingCopied(first, second);
    const from = reporter.lines.length;
    copyFileSync(sample.path(`copy-${chosen}.db`), sample.path(database));
    if (chosen === 0) await reporter.line(overwritten, from);
    // The second look finds it settled.
    for (let looks = 0; looks < 2; looks++) serving.poll();
    expect(await served()).toHaveLength(3 + 2 * (chosen === 0 ? first : second));
    await publish(sample, "last.example");
    await reporter.line(/-> \d+: 1 rule/, from);
    expect(await served()).toHaveLength(5);
    expect((await sample.run("zone list")).code).toBe(0);
  });

  test.each([
    [
      "that was cut",
      "Restore the file from a copy",
      (sample: Sample) => truncateSync(sample.path("bad.db"), statSync(sample.path("bad.db")).size / 2),
    ],
    ["of nothing", "Put a whole copy in its place", (sample: Sample) => truncateSync(sample.path("bad.db"), 0)],
    ["of text", "Restore the file from a copy", (sample: Sample) => sample.write("bad.db", "text\n".repeat(40_000))],
  ])(
    "%s is reported once with what to do, and a good one over it is served",
    { timeout: 60_000 },
    async (_what, remedy, spoil) => {
      const { sample, reporter, port, served } = await servingCopied(20_000);
      copyFileSync(sample.path("copy-0.db"), sample.path("bad.db"));
      spoil(sample);
      copyFileSync(sample.path("bad.db"), sample.path(database));
      await reporter.line(/^error: Cannot .*rpzmill\.db": .*until it can be read, transfers fail$/);
      for (let i = 0; i < 3; i++) expect((await askTcp(axfr, port)).rcode).toBe(2);
      const reasons = reporter.lines.filter((line) => line.startsWith("error: Cannot "));
      expect(reasons).toEqual([expect.stringContaining(remedy)]);
      copyFileSync(sample.path("copy-0.db"), sample.path(database));
      await reporter.line(/^warning: ".*rpzmill\.db" can be read again: serving what it holds now$/);
      expect(await served()).toHaveLength(3 + 40_000);
    },
  );
});
