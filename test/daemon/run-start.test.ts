import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Running } from "../../src/daemon/run.ts";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { askUdp, qtype } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";

test("a configuration that changed after it was read, and before it was watched, is taken in at the start", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  const config = loadConfig(sample.path("rpzmill.yaml"));
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/phishing.yaml", zone.replace("127.0.0.1/32", "192.0.2.1/32"));
  const reporter = new ReportedLines();
  const running = await Running.start({
    config,
    clock: systemClock,
    reporter,
    loadAgain: () => loadConfig(sample.path("rpzmill.yaml")),
    startBuild: () => ({ end: Promise.resolve({ kind: "died", how: "exit code 1" }), stop() {} }),
  });
  onTestFinished(() => running.stop());
  expect(reporter.lines).toContain("took in the changed configuration");
  const port = running.addresses[0]?.port ?? 0;
  expect((await askUdp({ name: "phishing.rpz.example", type: qtype.SOA }, port)).rcode).toBe(5);
});

test("a list is read again when its time has come, though the time of day was set back meanwhile", async () => {
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile().replace("scope: subtree}", "scope: subtree, refreshSeconds: 1}"),
  });
  let dayMs = 1_800_000_000_000;
  const reread = await new Promise<readonly string[]>((resolve, reject) => {
    const running = Running.start({
      config: loadConfig(sample.path("rpzmill.yaml")),
      clock: { nowMs: () => dayMs, steadyMs: () => performance.now() },
      reporter: new ReportedLines(),
      loadAgain: () => loadConfig(sample.path("rpzmill.yaml")),
      startBuild: (_config, ids) => {
        dayMs -= 86_400_000;
        if (ids.length > 0) resolve(ids);
        return { end: Promise.resolve({ kind: "died", how: "exit code 1" }), stop() {} };
      },
    });
    running.catch(reject);
    onTestFinished(async () => (await running).stop());
  });
  expect(reread).toEqual(["phish"]);
});
