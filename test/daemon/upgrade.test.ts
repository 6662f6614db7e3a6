import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { sampleFolder } from "../cli/cli.ts";
import { putOlderSchema } from "../store/older-schema.ts";
import { askTcp, askUdp, qtype } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";

const apex = "phishing.rpz.example";

test("a server started on a store of an older schema answers from it until the new version is there", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  putOlderSchema(sample.path("var/rpzmill.db"), 1);
  const reporter = new ReportedLines();
  const config = loadConfig(sample.path("rpzmill.yaml"));
  const serving = await Serving.start({ config, clock: systemClock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  const port = serving.addresses[0]?.port ?? 0;
  expect((await askUdp({ name: apex, type: qtype.SOA }, port)).answers).toEqual([`${apex} SOA 1800000000`]);
  const transfer = async (): Promise<number> => (await askTcp({ name: apex, type: qtype.AXFR }, port)).answers.length;
  expect(await transfer()).toBe(7);

  sample.write("lists/phish.txt", "login.bank.example\nshop.example\nnew.example\n");
  expect((await sample.run("build")).code).toBe(0);
  await reporter.line(/^phishing\.rpz\.example 1800000000 -> 1800000001: 3 rules/);
  expect((await askUdp({ name: apex, type: qtype.SOA }, port)).answers).toEqual([`${apex} SOA 1800000001`]);
  // Differences lead over the upgrade.
  const ixfr = await askTcp({ name: apex, type: qtype.IXFR, serial: 1_800_000_000 }, port);
  expect(ixfr.answers.length).toBeLessThan(7);
  expect(await transfer()).toBe(9);
});
