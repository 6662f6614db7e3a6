/**
 * Runs the built program on other versions of Node: build, serve, transfer and explain of the sample configuration, on
 * each version that is named. `node scripts/compat.mjs 22.23.3 26.10.0`. The versions are fetched as npm packages into a
 * temporary folder; the transfer is asked for with dig.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, "dist", "cli", "main.js");
const startSecondsMax = 30;

const versions = process.argv.slice(2);
if (versions.length === 0) fail("Cannot run on no version: name some, as in `node scripts/compat.mjs 22.23.3`");
for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-compat-"));
  try {
    await tryOn(version, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryOn(version, folder) {
  const packageName = `node-${process.platform}-${process.arch}@${version}`;
  output("npm", ["install", "--no-save", "--no-progress", "--prefix", folder, packageName]);
  const node = join(folder, "node_modules", ".bin", "node");
  const config = sampleIn(folder);
  const rpzmill = (...words) => output(node, [program, ...words, "--config", config]);
  const expected = JSON.parse(rpzmill("build", "--json")).zones;
  const apex = "malware.rpz.example";
  const { rules, records } = expected.find((zone) => zone.apex === apex);
  const server = spawn(node, [program, "serve", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let transferred;
  try {
    const port = await portOf(server);
    // The last line of a transfer is the SOA a second time.
    transferred = output("dig", ["@127.0.0.1", "-p", port, apex, "AXFR", "+onesoa", "+noall", "+answer"]);
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) fail(`Cannot end serve on Node ${version}: it exits with ${code}`);
  }
  const count = transferred.split("\n").filter((line) => line !== "" && !line.startsWith(";")).length;
  if (count !== records) fail(`Cannot transfer on Node ${version}: ${count} records came, the build says ${records}`);
  const explained = rpzmill("explain", "dropper.example");
  if (!/nxdomain/i.test(explained)) fail(`Cannot explain on Node ${version}: it prints\n${explained}`);
  console.log(`Node ${version}: built ${rules} rules, transferred ${count} records, explained one`);
}

/** The sample with its store in `folder` and any free port. */
function sampleIn(folder) {
  cpSync(join(root, "zones"), join(folder, "zones"), { recursive: true });
  const text = readFileSync(join(root, "rpzmill.yaml"), "utf8").replace(/listen: \[.*\]/, 'listen: ["127.0.0.1:0"]');
  const file = join(folder, "rpzmill.yaml");
  writeFileSync(file, text);
  return file;
}

function portOf(server) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("serve said nothing")), 1000 * startSecondsMax);
    createInterface(server.stderr).on("line", (line) => {
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    });
  });
}

/** The stdout of a command that must succeed. */
function output(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0)
    fail(`Cannot run ${command} ${args.join(" ")}: ${error?.message ?? `it exits with ${status}`}\n${stderr}`);
  return stdout;
}

function fail(message) {
  console.error(`compat: ${message}`);
  process.exit(1);
}
