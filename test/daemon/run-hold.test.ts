import { expect, test } from "vitest";
import { sampleFolder } from "../cli/cli.ts";
import { askUdp, qtype } from "../xfr/client.ts";
import { BuiltProgram } from "./built-program.ts";

test("run reports a zone on hold once, again when what is held changes, and when it ends", async () => {
  const sample = sampleFolder({
    "zones/phishing.yaml":
      "version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\n" +
      "transfer: [{address: 127.0.0.1/32}]\nlimit: {percent: 50, rules: 1}\n",
  });
  await sample.run("build");
  const old = sample.read("lists/phish.txt");
  const run = new BuiltProgram(["run", "--config", sample.path("rpzmill.yaml")]);
  const port = await run.port();
  await run.reporter.line(/^built in .*: nothing changed$/);
  sample.write("lists/phish.txt", "one.example\ntwo.example\n");
  const onHold = /^warning: phishing\.rpz\.example is on hold since \S+: it would add 2 rules, remove 2 and change 0; /;
  expect(await run.reporter.line(onHold)).toContain("rpzmill build --accept-zone phishing.rpz.example");
  await run.reporter.line(/^built in .*: nothing changed, 1 on hold$/);
  const soa = await askUdp({ name: "phishing.rpz.example", type: qtype.SOA }, port);
  expect(soa.answers).toEqual(["phishing.rpz.example SOA 1800000000"]);

  const lines = run.reporter.lines.length;
  run.process.kill("SIGHUP");
  await run.reporter.line(/^built in .*: nothing changed, 1 on hold$/, lines);
  expect(run.reporter.lines.filter((line) => line.includes("is on hold since"))).toHaveLength(1);

  sample.write("lists/phish.txt", "one.example\ntwo.example\nthree.example\n");
  await run.reporter.line(/ is on hold since \S+: it would add 3 rules/);
  sample.write("lists/phish.txt", old);
  await run.reporter.line(/^phishing\.rpz\.example is on hold no more$/);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});
