import { rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { askUdpRaw, decode, qtype, query } from "../xfr/client.ts";
import { sign } from "../xfr/tsig-client.ts";
import { ReportedLines } from "./reported-lines.ts";

const soa = { name: "phishing.rpz.example", type: qtype.SOA };

test("a key whose file is gone is refused at once, though the configuration with it is a fault; other keys stay", async () => {
  const secret = (fill: number): Buffer => Buffer.alloc(32, fill);
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile("keys: [{name: isp-a, secretFile: isp-a.key}, {name: isp-b, secretFile: isp-b.key}]\n"),
    "isp-a.key": secret(1).toString("base64"),
    "isp-b.key": secret(2).toString("base64"),
  });
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/phishing.yaml", zone.replace(/^transfer:.*$/m, "transfer: [{key: isp-a}, {key: isp-b}]"));
  await sample.run("build");
  const reporter = new ReportedLines();
  const load = () => loadConfig(sample.path("rpzmill.yaml"));
  const serving = await Serving.start({ config: load(), clock: systemClock, reporter });
  onTestFinished(() => serving.stop());
  const port = serving.addresses[0]?.port ?? 0;
  const rcodes = (): Promise<number[]> =>
    Promise.all(
      (["isp-a", "isp-b"] as const).map(async (name, i) => {
        const time = Math.floor(Date.now() / 1000);
        const key = { name, algorithm: "hmac-sha256", secret: secret(i + 1), time } as const;
        return decode(await askUdpRaw(sign(query(soa), key).message, port)).rcode;
      }),
    );
  const reload = async (): Promise<void> => {
    try {
      await serving.reload(load());
    } catch (error) {
      serving.refuse(error);
    }
  };
  expect(await rcodes()).toEqual([0, 0]);
  rmSync(sample.path("isp-a.key"));
  await reload();
  expect(await rcodes()).toEqual([9, 0]);
  expect(reporter.lines).toContain("warning: the key isp-a is refused from now on: its file is gone");
  expect(reporter.lines).toContainEqual(
    expect.stringMatching(/^error: [^]*What was configured before stays in force, and so do its keys: isp-b$/),
  );
  sample.write("isp-a.key", secret(1).toString("base64"));
  await reload();
  expect(await rcodes()).toEqual([0, 0]);
  // One that is only taken out of `keys` while a zone names it is a fault, and the error says that it stays in force.
  sample.write("rpzmill.yaml", mainFile("keys: [{name: isp-b, secretFile: isp-b.key}]\n"));
  await reload();
  expect(await rcodes()).toEqual([0, 0]);
  expect(reporter.lines.at(-1)).toMatch(/and so do its keys: isp-a, isp-b$/);
});
