import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mainFile, run, sampleFolder } from "./cli.ts";

test("a configuration without fault is summed up", async () => {
  const { code, stdout, stderr } = await sampleFolder().run("config check");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^configuration +.*rpzmill\.yaml has no fault$/m);
  expect(stdout).toMatch(/^sources +phish, hosts$/m);
  expect(stdout).toMatch(/^allow lists +own$/m);
  expect(stdout).toMatch(/^zones +malware\.rpz\.example, phishing\.rpz\.example$/m);
});

test("warnings go to stderr with their places, and the exit code is 0", async () => {
  const sample = sampleFolder({ "zones/malware.yaml": sampleZone("transfer: []") });
  const { code, stdout, stderr } = await sample.run("config check");
  expect(code).toBe(0);
  expect(stdout).toContain("has no fault, 1 warning\n");
  expect(stderr).toMatch(/^warning: .*malware\.yaml:2:\d+: apex: no one may transfer this zone/);
});

test("a source's exception that ends the search before a later zone's block is warned of, and explained", async () => {
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile().replace("confidence: 60}", "confidence: 60, scope: subtree}"),
  });
  sample.write("lists/hosts.txt", "0.0.0.0 bank.example\n@@||login.bank.example^\n");
  expect((await sample.run("config check")).stderr).toBe("");
  await sample.run("build");
  const { code, stdout, stderr } = await sample.run("config check");
  expect(code).toBe(0);
  expect(stdout).toContain("has no fault, 1 warning\n");
  expect(stderr).toMatch(
    /^warning: .*malware\.yaml: "hosts" exempts "login\.bank\.example" .* and of 1 more in the later "phishing\.rpz\.example" does not count/,
  );
  const explained = await sample.run("explain login.bank.example");
  expect(explained.stdout).toContain(
    "phishing.rpz.example: nxdomain, but no resolver that asks malware.rpz.example first gets here: it lets the name pass\n",
  );
  writeFileSync(sample.path("var/rpzmill.db"), "no database");
  expect((await sample.run("config check")).stderr).toMatch(/the order of zones is not checked: Cannot open/);
});

test("every fault is listed, the exit code is 2, and nothing is on stdout", async () => {
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile("colour: red\n"),
    "zones/malware.yaml": sampleZone("ttl: soon"),
  });
  const { code, stdout, stderr } = await sample.run("config check");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(": 2 faults\n");
  expect(stderr).toMatch(/rpzmill\.yaml:9:1: colour: is not a key here/);
  expect(stderr).toMatch(/malware\.yaml:5:6: ttl: should be /);
});

test("--json gives the faults to programs, with the same exit code", async () => {
  const sample = sampleFolder({ "zones/malware.yaml": sampleZone("ttl: soon") });
  const { code, stdout } = await sample.run("config check --json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    valid: false,
    faults: [
      {
        code: "CONFIG_INVALID",
        file: sample.path("zones/malware.yaml"),
        line: 5,
        column: 6,
        key: "ttl",
        message: expect.stringContaining('"soon"'),
      },
    ],
    warnings: [],
  });
});

test("--json of a good configuration names what is in it and no secret", async () => {
  const secret = Buffer.alloc(32, 7).toString("base64");
  const sample = sampleFolder({ "rpzmill.yaml": mainFile("keys: [{name: isp-a, secretEnv: ISP_A}]\n") });
  const { code, stdout } = await sample.run("config check --json", { env: { ISP_A: secret } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: true,
    keys: ["isp-a"],
    zones: ["malware.rpz.example", "phishing.rpz.example"],
  });
  expect(stdout).not.toContain(secret);
});

test("a file that is not there exits 2 and says how to name one", async () => {
  const { code, stderr } = await run(["config", "check", "--config", "/nowhere/rpzmill.yaml"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^rpzmill: Cannot use the configuration "\/nowhere\/rpzmill\.yaml": 1 fault\n/);
  expect(stderr).toContain("--config");
});

function sampleZone(more: string): string {
  return `version: 1\napex: malware.rpz.example\ntake: {categories: [malware]}\naction: nxdomain\n${more}\n`;
}
