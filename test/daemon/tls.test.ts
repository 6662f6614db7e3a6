import { X509Certificate } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/types.ts";
import { ExpiryWarnings } from "../../src/daemon/expiry-warnings.ts";
import { Running } from "../../src/daemon/run.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import type { Certified } from "../tls/certificates.ts";
import { askUdp, qtype, TcpClient } from "../xfr/client.ts";
import { FixedClock } from "../xfr/serve.ts";
import { connectTls, serverAuthority } from "../xfr/tls-client.ts";
import { ReportedLines } from "./reported-lines.ts";

const dayMs = 86_400_000;
const tls = "\n  tls: {listen: 127.0.0.1:0, certFile: tls/server.pem, keyFile: tls/server.key}";
const soa = { name: "phishing.rpz.example", type: qtype.SOA };
const issue = (...names: string[]): Certified => serverAuthority.issue({ names: ["primary.example", ...names] });

/** The main file with TLS, or without. */
function mainWith(more: string): string {
  return mainFile().replace('server: {listen: ["127.0.0.1:0"]}', `server:\n  listen: ["127.0.0.1:0"]${more}`);
}

function writePair(sample: Sample, { certificate, privateKey }: Certified): void {
  sample.write("tls/server.pem", certificate);
  sample.write("tls/server.key", privateKey);
}

async function builtSample(): Promise<Sample> {
  const { certificate, privateKey } = issue();
  const files = { "rpzmill.yaml": mainWith(tls), "tls/server.pem": certificate, "tls/server.key": privateKey };
  const sample = sampleFolder(files);
  await sample.run("build");
  return sample;
}

/** The names that the server shows. */
async function shownAt(port: number): Promise<string | undefined> {
  const socket = connectTls(port);
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  return new X509Certificate(socket.getPeerCertificate().raw).subjectAltName;
}

async function run(sample: Sample) {
  const reporter = new ReportedLines();
  const running = await Running.start({
    config: loadConfig(sample.path("rpzmill.yaml")),
    clock: systemClock,
    reporter,
    loadAgain: (before: Config) => loadConfig(sample.path("rpzmill.yaml"), { before }),
    startBuild: () => ({ end: Promise.resolve({ kind: "died", how: "exit code 1" }), stop() {} }),
    watch: { settleMs: 20, pollMs: 50 },
  });
  onTestFinished(() => running.stop());
  return { reporter, port: running.addresses.find(({ isTls }) => isTls)?.port ?? 0 };
}

test("run takes a renewed pair of files in by itself, and open connections go on", async () => {
  const sample = await builtSample();
  const { reporter, port } = await run(sample);
  const open = new TcpClient(connectTls(port));
  expect((await open.ask(soa).next()).rcode).toBe(0);
  expect(await shownAt(port)).toBe("DNS:primary.example");
  writePair(sample, issue("renewed.example"));
  // Between the two files a look may come, which finds them broken.
  while ((await shownAt(port)) !== "DNS:primary.example, DNS:renewed.example");
  await reporter.line(/took in the changed configuration/);
  expect((await open.ask(soa).next()).rcode).toBe(0);
});

test("run warns of a broken pair, and shows the one before until it is whole", async () => {
  const sample = await builtSample();
  const { reporter, port } = await run(sample);
  const after = issue("renewed.example");
  sample.write("tls/server.pem", after.certificate);
  await reporter.line(/^warning: .*server\.tls\.keyFile: .*is not the key.*from before stay in force$/);
  expect(await shownAt(port)).toBe("DNS:primary.example");
  const lines = reporter.lines.length;
  sample.write("tls/server.key", after.privateKey);
  await reporter.line(/took in the changed configuration/, lines);
  expect(await shownAt(port)).toBe("DNS:primary.example, DNS:renewed.example");
});

test("serve opens and closes its ports for TLS at a reload, and says so", async () => {
  const sample = await builtSample();
  const reporter = new ReportedLines();
  const load = (): Config => loadConfig(sample.path("rpzmill.yaml"));
  const serving = await Serving.start({ config: load(), clock: systemClock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  const port = serving.addresses[1]?.port ?? 0;
  expect(reporter.lines).toContain(`listening on 127.0.0.1:${port} (TLS, and UDP for the SOA)`);
  expect((await askUdp(soa, port)).rcode).toBe(0);
  sample.write("rpzmill.yaml", mainWith(""));
  await serving.reload(load());
  expect(reporter.lines).toContain(`no longer listening on 127.0.0.1:${port}`);
  expect(serving.addresses).toHaveLength(1);
  sample.write("rpzmill.yaml", mainWith(tls));
  await serving.reload(load());
  expect(await shownAt(serving.addresses[1]?.port ?? 0)).toBe("DNS:primary.example");
});

test("a certificate that expires soon is warned of once a day", async () => {
  const clock = new FixedClock(Date.now());
  const reporter = new ReportedLines();
  const notAfter = new Date(clock.ms + 15.5 * dayMs);
  const { certificate, privateKey } = serverAuthority.issue({ names: ["primary.example"], notAfter });
  const warnings = new ExpiryWarnings(clock, reporter);
  const config = { listen: [], files: [], certificate, privateKey };
  for (let hour = 0; hour < 72; hour++, clock.ms += dayMs / 24) warnings.look(config);
  expect(reporter.lines).toEqual([
    expect.stringMatching(/^warning: the certificate of "primary.example" expires in 13 days, on /),
  ]);
  clock.ms += 20 * dayMs;
  warnings.look(config);
  expect(reporter.lines[1]).toMatch(/ expired \d days ago, on /);
});
