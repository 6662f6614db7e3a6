import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import { askTcp, askUdp, askUdpRaw, decode, qtype, query, TcpClient } from "../xfr/client.ts";
import { sign } from "../xfr/tsig-client.ts";
import { ReportedLines } from "./reported-lines.ts";

async function serve(sample: Sample) {
  const reporter = new ReportedLines();
  const config = loadConfig(sample.path("rpzmill.yaml"));
  const serving = await Serving.start({ config, clock: systemClock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  return { serving, reporter, port: serving.addresses[0]?.port ?? 0 };
}

async function builtSample(files?: Readonly<Record<string, string>>): Promise<Sample> {
  const sample = sampleFolder(files);
  await sample.run("build");
  return sample;
}

const soa = { name: "phishing.rpz.example", type: qtype.SOA };
const rule = { name: "shop.example.phishing.rpz.example", type: qtype.CNAME };

test("each address is reported once it answers, by UDP and TCP", async () => {
  const files = { "rpzmill.yaml": mainFile().replace('["127.0.0.1:0"]', '["127.0.0.1:0", "[::1]:0"]') };
  const { serving, reporter } = await serve(await builtSample(files));
  const [v4, v6] = serving.addresses;
  expect(reporter.lines.slice(0, 2)).toEqual([
    `listening on 127.0.0.1:${v4?.port} (UDP and TCP)`,
    `listening on [::1]:${v6?.port} (UDP and TCP)`,
  ]);
  expect((await askUdp(rule, v4?.port ?? 0)).answers).toHaveLength(1);
  expect((await askTcp(rule, v4?.port ?? 0)).answers).toHaveLength(1);
});

test("what is published is reported with its size", async () => {
  const { reporter } = await serve(await builtSample());
  expect(reporter.lines).toContain("phishing.rpz.example 1800000000: 2 rules in 6 records");
});

test("a serial that another process publishes is answered and told of", async () => {
  const sample = await builtSample();
  const { reporter, port } = await serve(sample);
  sample.write("lists/phish.txt", "login.bank.example\n");
  await sample.run("build");
  await reporter.line(/^phishing\.rpz\.example 1800000000 -> 1800000001: 1 rule, \+0 -2 records$/);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000001"]);
  expect((await askUdp(rule, port)).rcode).toBe(3);
});

test("before the first build it answers SERVFAIL, and afterwards the zone", async () => {
  const sample = sampleFolder();
  const { reporter, port } = await serve(sample);
  expect((await askUdp(soa, port)).rcode).toBe(2);
  await sample.run("build");
  await reporter.line(/^phishing\.rpz\.example 1800000000: /);
  expect((await askUdp(soa, port)).answers).toEqual(["phishing.rpz.example SOA 1800000000"]);
});

test("an address in use is an error that names it, and leaves nothing open", async () => {
  const accepted = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void accepted.close());
  await new Promise((resolve) => accepted.once("listening", resolve));
  const { port } = accepted.address() as { port: number };
  const sample = await builtSample({ "rpzmill.yaml": mainFile().replace("127.0.0.1:0", `127.0.0.1:${port}`) });
  await expect(serve(sample)).rejects.toMatchObject({
    code: "LISTEN_FAILED",
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

describe("a changed configuration is applied", () => {
  const keys = (word: string): string => `keys: [{name: isp-a, secretFile: ${word}.key}]\n`;
  const secret = (fill: number): Buffer => Buffer.alloc(32, fill);
  const keyed = (sample: Sample): string =>
    sample.read("zones/phishing.yaml").replace(/^transfer:.*$/m, "transfer: [{key: isp-a}]");

  async function reload(sample: Sample, serving: Serving): Promise<void> {
    await serving.reload(loadConfig(sample.path("rpzmill.yaml")));
  }

  test("zones that come and go, and who may transfer them", async () => {
    const sample = await builtSample();
    const { serving, port } = await serve(sample);
    sample.write("zones/phishing.yaml", sample.read("zones/phishing.yaml").replace("127.0.0.1/32", "192.0.2.1/32"));
    rmSync(sample.path("zones/malware.yaml"));
    await reload(sample, serving);
    const axfr = async (name: string): Promise<number> => (await askTcp({ name, type: qtype.AXFR }, port)).rcode;
    expect(await axfr("phishing.rpz.example")).toBe(5);
    expect(await axfr("malware.rpz.example")).toBe(9);
  });

  test("keys, on the same port", async () => {
    const sample = await builtSample({
      "rpzmill.yaml": mainFile(keys("old")),
      "old.key": `${secret(1).toString("base64")}\n`,
      "new.key": `${secret(2).toString("base64")}\n`,
    });
    sample.write("zones/phishing.yaml", keyed(sample));
    const { serving, port } = await serve(sample);
    const rcodes = async (): Promise<number[]> => {
      const answers: number[] = [];
      for (const fill of [1, 2]) {
        const time = Math.floor(Date.now() / 1000);
        const key = { name: "isp-a", algorithm: "hmac-sha256", secret: secret(fill), time };
        answers.push(decode(await askUdpRaw(sign(query(soa), key).message, port)).rcode);
      }
      return answers;
    };
    expect(await rcodes()).toEqual([0, 9]);
    sample.write("rpzmill.yaml", mainFile(keys("new")));
    await reload(sample, serving);
    expect(await rcodes()).toEqual([9, 0]);
    expect(serving.addresses[0]?.port).toBe(port);
  });

  test("limits", async () => {
    const sample = await builtSample();
    const { serving, port } = await serve(sample);
    sample.write("rpzmill.yaml", mainFile().replace('127.0.0.1:0"]', '127.0.0.1:0"], limits: {connectionsMax: 1}'));
    await reload(sample, serving);
    const [first, second] = [new TcpClient(port), new TcpClient(port)];
    onTestFinished(() => second.close());
    expect((await second.ask(soa).next()).rcode).toBe(0);
    // There is a place for one, and the idle one made way.
    await first.closed();
  });

  test("a transfer that runs goes on, and a stop then ends within drainSeconds", async () => {
    // Two records of 4 KiB for each name: more than the kernel takes of a client that does not read.
    const names = Array.from({ length: 3000 }, (_, i) => `n${i}.example\n`);
    const texts = Array.from({ length: 15 }, (_, i) => `${i}${"x".repeat(250)}`);
    const sample = sampleFolder({ "lists/phish.txt": names.join("") });
    sample.write(
      "zones/phishing.yaml",
      sample.read("zones/phishing.yaml").replace("action: nxdomain", `action: {txt: [${texts.join(", ")}]}`),
    );
    await sample.run("build");
    const { serving, port } = await serve(sample);
    const client = new TcpClient(port);
    onTestFinished(() => client.close());
    client.ask({ name: "phishing.rpz.example", type: qtype.AXFR });
    await client.next();
    client.socket.pause();
    sample.write("rpzmill.yaml", mainFile().replace('127.0.0.1:0"]', '127.0.0.1:0"], limits: {drainSeconds: 0.05}'));
    await reload(sample, serving);
    expect(serving.transfers).toBe(1);
    await serving.stop();
    expect(serving.transfers).toBe(0);
  });

  test("addresses: what is added is listened on, what is gone is not, and the rest is not touched", async () => {
    const sample = await builtSample();
    const { serving, reporter, port } = await serve(sample);
    const client = new TcpClient(port);
    onTestFinished(() => client.close());
    sample.write("rpzmill.yaml", mainFile().replace('"127.0.0.1:0"', '"127.0.0.1:0", "127.0.0.2:0"'));
    await reload(sample, serving);
    const second = serving.addresses[1]?.port ?? 0;
    expect(reporter.lines.at(-1)).toBe(`listening on 127.0.0.2:${second} (UDP and TCP)`);
    expect((await askUdp(soa, second, "127.0.0.2")).rcode).toBe(0);
    expect((await client.ask(soa).next()).rcode).toBe(0);
    sample.write("rpzmill.yaml", mainFile().replace('"127.0.0.1:0"', '"127.0.0.2:0"'));
    await reload(sample, serving);
    expect(reporter.lines.at(-1)).toBe(`no longer listening on 127.0.0.1:${port}`);
    expect(serving.addresses).toEqual([{ address: "127.0.0.2", port: second }]);
    expect((await client.ask(soa).next()).rcode).toBe(0);
  });

  test("addresses that cannot be had are an error line, the rest is taken in, and what was listened on still is", async () => {
    const sample = await builtSample();
    const { serving, reporter, port } = await serve(sample);
    sample.write("zones/phishing.yaml", sample.read("zones/phishing.yaml").replace("127.0.0.1/32", "192.0.2.1/32"));
    sample.write("rpzmill.yaml", mainFile().replace("127.0.0.1:0", "192.0.2.1:5354"));
    await reload(sample, serving);
    const line = await reporter.line(
      /^error: Cannot listen on "192\.0\.2\.1:5354": .*; what was listened on before still is$/,
    );
    expect(line).toContain("EADDRNOTAVAIL");
    expect((await askUdp(soa, port)).rcode).toBe(5);
  });

  test("another state folder wants a restart, and it says so", async () => {
    const sample = await builtSample();
    const { serving, reporter, port } = await serve(sample);
    sample.write("rpzmill.yaml", mainFile("state: elsewhere\n"));
    await reload(sample, serving);
    expect(reporter.lines.filter((line) => line.startsWith("warning: "))).toEqual([
      "warning: state has changed: restart rpzmill to use another folder",
    ]);
    expect(serving.config.stateDir).toBe(sample.path("var"));
    expect((await askUdp(soa, port)).rcode).toBe(0);
  });
});
