/** Who is owed a full zone is known through a reload and a restart, and while the folder cannot be written. */
import { writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import { askTcp, qtype, TcpClient } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";

const apex = "phishing.rpz.example";

/** A sample of two versions. */
async function published(): Promise<Sample> {
  const sample = sampleFolder();
  await sample.run("build");
  sample.write("lists/phish.txt", "login.bank.example\nnew.example\n");
  await sample.run("build");
  return sample;
}

async function serve(sample: Sample) {
  const reporter = new ReportedLines();
  const clock = { nowMs: () => 1_800_000_000_000 };
  const serving = await Serving.start({ config: loadConfig(sample.path("rpzmill.yaml")), clock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  return { serving, reporter, port: serving.addresses[0]?.port ?? 0 };
}

async function transfer(port: number): Promise<void> {
  const client = new TcpClient(port);
  await client.ask({ name: apex, type: qtype.AXFR }).transfer();
  client.close();
}

/** How a client that has the first version is answered. */
async function answer(port: number): Promise<"full" | "differences"> {
  const { answers } = await askTcp({ name: apex, type: qtype.IXFR, serial: 1_800_000_000 }, port);
  return answers[1]?.includes(" SOA ") ? "differences" : "full";
}

test("a reload forgets nobody, nor does a restart", async () => {
  const sample = await published();
  const { serving, port } = await serve(sample);
  expect(await answer(port)).toBe("differences");
  await transfer(port);
  expect(await answer(port)).toBe("full");
  sample.write("new.key", `${Buffer.alloc(32, 1).toString("base64")}\n`);
  sample.write("rpzmill.yaml", mainFile("keys: [{name: isp-a, secretFile: new.key}]\n"));
  await serving.reload(loadConfig(sample.path("rpzmill.yaml")));
  expect(await answer(port)).toBe("full");
  await serving.stop();
  const again = await serve(sample);
  expect(await answer(again.port)).toBe("full");
  const shown = { name: apex, type: qtype.IXFR, serial: 1_800_000_001 };
  expect((await askTcp(shown, again.port)).answers).toHaveLength(1);
  expect(await answer(again.port)).toBe("differences");
});

test("a file that cannot be used is warned of, and all is served", async () => {
  const sample = await published();
  writeFileSync(sample.path("var/server.db"), "no database, whatever its name says".repeat(100));
  const { reporter, port } = await serve(sample);
  expect(reporter.lines).toContainEqual(expect.stringMatching(/^warning: cannot use ".*server\.db": .*not a database/));
  await transfer(port);
  expect(await answer(port)).toBe("full");
});
