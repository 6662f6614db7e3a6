import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { folderOf } from "../config/folder.ts";
import { havePrograms, programPath } from "../interop/harness/programs.ts";
import { mainFile, run, sampleFolder } from "./cli.ts";

test("without --output stdout has the secret and nothing else", async () => {
  const { code, stdout, stderr } = await run(["key", "generate", "isp-a"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  expect(stderr).not.toContain(stdout.trim());
});

test.each([
  ["hmac-sha1", 20],
  ["hmac-sha224", 28],
  ["hmac-sha256", 32],
  ["hmac-sha384", 48],
  ["HMAC-SHA512", 64],
])("a secret for %s has the %i octets of its digest, and is another each time", async (algorithm, octets) => {
  const make = async () => (await run(["key", "generate", "k", "--algorithm", algorithm])).stdout;
  const secret = await make();
  expect(Buffer.from(secret, "base64")).toHaveLength(octets);
  expect(await make()).not.toBe(secret);
});

test("--output writes a file for its owner only, and what is printed loads as configuration", async () => {
  const sample = sampleFolder();
  const file = sample.path("keys/isp-a.key");
  const { code, stdout, stderr } = await sample.run(`key generate ISP-a. --output ${file}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const secret = sample.read("keys/isp-a.key").trim();

  const printed = /^keys:\n.*\n/m.exec(stdout)?.[0] ?? "";
  expect(printed).toContain('secretFile: "keys/isp-a.key"');
  sample.write("rpzmill.yaml", mainFile(printed));
  const transfer = /^transfer: .*$/m.exec(stdout)?.[0] ?? "";
  sample.write("zones/malware.yaml", sample.read("zones/malware.yaml").replace(/^transfer: .*$/m, transfer));
  const config = loadConfig(sample.path("rpzmill.yaml"));
  expect(config.keys.map(({ name, secret: octets }) => [name, Buffer.from(octets).toString("base64")])).toEqual([
    ["isp-a", secret],
  ]);
  expect(config.warnings).toEqual([]);

  expect(stdout).toContain(`key "isp-a" { algorithm hmac-sha256; secret "${secret}"; };`);
  expect(stdout).toContain(`tsigname="isp-a", tsigalgo="hmac-sha256", tsigsecret="${secret}"`);
  for (const program of ["# BIND", "-- PowerDNS Recursor", "# Knot DNS", "# NSD"]) expect(stdout).toContain(program);
});

describe.each([
  ["BIND", "named-checkconf", (file: string) => [file]],
  ["Knot DNS", "knotc", (file: string) => ["-c", file, "conf-check"]],
  ["NSD", "nsd-checkconf", (file: string) => [file]],
] as const)("%s", (name, program, options) => {
  test.skipIf(!havePrograms(program))("takes what is printed for it", async () => {
    const sample = sampleFolder();
    const { stdout } = await sample.run(`key generate isp-a --output ${sample.path("isp-a.key")}`);
    const block = stdout.split("\n\n").find((text) => text.startsWith(`# ${name}: `)) ?? "";
    sample.write("program.conf", `${block}\n`);
    const check = () => execFileSync(programPath(program), options(sample.path("program.conf")), { stdio: "pipe" });
    expect(check).not.toThrow();
    sample.write("program.conf", block.replace(/secret:? .*/, ""));
    expect(check).toThrow("Command failed");
  });
});

test("a file that is there is not replaced, but with --force", async () => {
  const sample = sampleFolder({ "isp.key": "old\n" });
  const file = sample.path("isp.key");
  const refused = await sample.run(`key generate isp-a --output ${file}`);
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("it is there already");
  expect(sample.read("isp.key")).toBe("old\n");
  expect((await sample.run(`key generate isp-a --output ${file} --force`)).code).toBe(0);
  expect(sample.read("isp.key")).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("--json gives name, algorithm, secret and file", async () => {
  const file = `${folderOf({})}/k`;
  const { stdout } = await run(["key", "generate", "k.example", "--json", "--output", file]);
  expect(JSON.parse(stdout)).toEqual({
    name: "k.example",
    algorithm: "hmac-sha256",
    secret: expect.stringMatching(/=$/),
    file,
  });
});

describe("what cannot be a key exits 2", () => {
  test.each([
    ["a..b", [], "empty-label"],
    ["a b", [], "has other characters"],
    ["x".repeat(64), [], "label-too-long"],
    ["k", ["--algorithm", "hmac-sha265"], 'did you mean "hmac-sha256"?'],
    ["k", ["--algorithm", "hmac-md5"], "there is no such algorithm"],
  ])("%s %j", async (name, options, message) => {
    const { code, stdout, stderr } = await run(["key", "generate", name, ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
