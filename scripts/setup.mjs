/**
 * Makes a clone ready to run: installs the packages of package-lock.json and builds dist/, each only where it is not
 * fresh. `npm start` and `npm test` run this first, on any Node from 18 on: the packages bring the Node that runs the rest,
 * as `node_modules/.bin/node`, which npm puts first on the path of its scripts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const dist = join(root, "dist");
const installStamp = join(modules, ".rpzmill-installed");
const buildStamp = join(dist, ".built");
const foreignPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== join(modules, ".bin"));

install();
checkNode();
build();

/** Looks at the Node that npm's scripts will run on, which is the packages' own where they have one for this platform. */
function checkNode() {
  if (existsSync(join(modules, ".bin", "node")) || existsSync(join(modules, ".bin", "node.cmd"))) return;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major >= 24 || (major === 22 && minor >= 19)) return;
  fail(
    `Cannot run on Node ${process.versions.node}: rpzmill needs 22.19 or newer, or 24 or newer`,
    `There is no package with a Node for ${process.platform}-${process.arch}: install Node 24 by hand`,
  );
}

function install() {
  const lock = join(root, "package-lock.json");
  // Nothing that is installed depends on the Node that runs this.
  const wanted = `${hashOf(readFileSync(lock))}\n`;
  if (existsSync(installStamp)) {
    if (readFileSync(installStamp, "utf8") === wanted) return;
  } else {
    // Someone ran npm by hand: npm's own record tells whether that was after the last change of the lock file.
    const record = join(modules, ".package-lock.json");
    if (existsSync(record) && statSync(record).mtimeMs >= statSync(lock).mtimeMs) {
      writeFileSync(installStamp, wanted);
      return;
    }
  }
  report("installing packages with npm ci");
  const start = Date.now();
  run("npm", ["ci", "--include=dev", "--include=optional", "--no-progress"], {
    // Not on the Node that it is about to remove.
    path: foreignPath,
    failure: "Cannot install packages: npm ci failed, see its messages above",
    remedy: "It needs the npm registry, or a mirror of it that npm is configured for, and about 600 MB of disk",
  });
  writeFileSync(installStamp, wanted);
  report(`packages installed in ${seconds(start)}`);
}

function build() {
  const sources = filesBeneath(join(root, "src"), ".ts");
  const inputs = [...sources, join(root, "tsconfig.json"), join(root, "tsconfig.build.json"), installStamp];
  const wanted = `${hashOf(inputs.map(lineFor).join("\n"))}\n`;
  if (existsSync(buildStamp) && readFileSync(buildStamp, "utf8") === wanted) return;
  report("building dist/");
  const start = Date.now();
  rmSync(buildStamp, { force: true });
  run(join(modules, ".bin", "tsc"), ["-p", "tsconfig.build.json"], {
    path: [join(modules, ".bin"), ...foreignPath],
    failure: "Cannot build dist/: the compiler failed, see its messages above",
    remedy: "Fix the places it names, or remove node_modules and try again",
  });
  removeOrphans(sources);
  // The compiler writes plain files; npm links the command to this one, and does so before it is there.
  const command = join(dist, "cli", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
  mkdirSync(dist, { recursive: true });
  writeFileSync(buildStamp, wanted);
  report(`built in ${seconds(start)}`);
}

/** A file of dist/ whose source is gone would go on being loaded by whatever still names it. */
function removeOrphans(sources) {
  if (!existsSync(dist)) return;
  const kept = new Set(sources.map((file) => relative(join(root, "src"), file).replace(/\.ts$/, "")));
  for (const file of filesBeneath(dist, "")) {
    const module = relative(dist, file).replace(/\.(js|js\.map|d\.ts)$/, "");
    if (!kept.has(module)) rmSync(file);
  }
}

/** A file's path, size and time of change: enough to tell whether it is the one that was built. */
function lineFor(file) {
  const { size, mtimeMs } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

function filesBeneath(folder, ending) {
  const files = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...filesBeneath(path, ending));
    else if (entry.name.endsWith(ending)) files.push(path);
  }
  return files;
}

function run(command, args, { path, failure, remedy }) {
  const env = { ...process.env, PATH: path.join(delimiter) };
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ["ignore", 2, 2] });
  if (error !== undefined) fail(`${failure.split(":", 1)[0]}: ${command} did not start (${error.message})`, remedy);
  if (status !== 0) fail(failure, remedy);
}

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

function report(line) {
  process.stderr.write(`setup: ${line}\n`);
}

function fail(...lines) {
  for (const line of lines) report(line);
  process.exit(1);
}
