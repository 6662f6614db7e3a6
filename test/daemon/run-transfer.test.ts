import { expect, test } from "vitest";
import { mainFile, type Sample, sampleFolder } from "../cli/cli.ts";
import { apex, cname, message, ns, type Script, soa, startPrimary } from "../transfer/scripted-primary.ts";
import { askUdpRaw, decode, qtype, query } from "../xfr/client.ts";
import { BuiltProgram } from "./built-program.ts";

const systemClock = { nowMs: () => Date.now() };

const zone =
  (serial: number, ...records: Buffer[]): Script =>
  (asked) => [message(asked, [soa(serial), ns(), ...records, soa(serial)])];

function fetched(port: number, more = ""): Sample {
  const from = `primary: "127.0.0.1:${port}", apex: ${apex}${more}`;
  const main = mainFile().replace("from: lists/phish.txt", from).replace("format: domains", "format: rpz");
  return sampleFolder({ "rpzmill.yaml": main });
}

test("run fetches a zone, and again when its primary says that it changed", async () => {
  const primary = await startPrimary(zone(7, cname("login.bank.example")));
  const sample = fetched(primary.port);
  const run = new BuiltProgram(["run", "--config", sample.path("rpzmill.yaml")]);
  await run.reporter.line(/^phish: fetched anew, /);
  await run.reporter.line(/^phishing\.rpz\.example \d+: 1 rule in /);
  const line = await run.reporter.line(/^try: dig /);
  const port = Number(/-p (\d+)/.exec(line)?.[1]);
  primary.script = (asked) => [message(asked, [soa(8), soa(7), soa(8), cname("shop.example"), soa(8)])];
  const notify = query({ name: apex, type: qtype.SOA, flags: 0x2400 });
  expect(decode(await askUdpRaw(notify, port)).rcode).toBe(0);
  await run.reporter.line(/^phishing\.rpz\.example \d+ -> \d+: 2 rules/);
  expect(primary.asked).toEqual(["AXFR", "IXFR"]);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});

test("source fetch fetches a zone, by differences and whole, and says why it cannot", async () => {
  const primary = await startPrimary(zone(7, cname("login.bank.example")));
  const sample = fetched(primary.port);
  const fetch = (more = "") => sample.run(`source fetch phish${more}`, { clock: systemClock });
  expect((await fetch()).stdout).toMatch(/^phish +new /m);
  expect((await fetch()).stdout).toMatch(/^phish +not modified /m);
  expect((await fetch(" --force")).stdout).toMatch(/^phish +the same /m);
  primary.script = zone(6, cname("login.bank.example"));
  const failed = await fetch();
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    `Cannot fetch "${apex} from 127.0.0.1:${primary.port}": its serial went back from 7 to 6`,
  );
  await sample.run("build", { clock: systemClock });
  expect((await sample.run("source show phish", { clock: systemClock })).stdout).toMatch(
    /address +vendor\.rpz\.example from 127\.0\.0\.1:\d+/,
  );
  expect((await fetch(" --force")).stdout).toMatch(/^phish +the same /m);
  expect(primary.asked).toEqual(["AXFR", "IXFR", "AXFR", "IXFR", "AXFR"]);
});
