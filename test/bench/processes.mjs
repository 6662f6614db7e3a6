/** Child processes: run to their end with the time taken, started and stopped, and looked at through /proc. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The command `rpzmill`. */
export const mainFile = join(root, "dist", "cli", "main.js");
/** What the benchmarks run beside it. */
export const clientFile = (name) => join(root, "test", "bench", "clients", name);

/** A point in time in seconds, good for differences only. */
export function secondsNow() {
  return performance.now() / 1000;
}

/** Runs a command to its end. Gives the wall time in seconds and its stdout; throws where it fails. */
export async function run(command, args) {
  const started = secondsNow();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stdout = [];
  const stderr = [];
  child.stdout.on("data", (chunk) => stdout.push(chunk));
  child.stderr.on("data", (chunk) => stderr.push(chunk));
  const code = await new Promise((done, fail) => child.on("close", done).on("error", fail));
  const seconds = secondsNow() - started;
  if (code !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${Buffer.concat(stderr).toString()}`);
  return { seconds, stdout: Buffer.concat(stdout).toString() };
}

/** Starts a process that runs until `stop()`. */
export function start(command, args) {
  const startedAt = secondsNow();
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said = `${said}${chunk}`.slice(-4000)));
  let isOver = false;
  const closed = new Promise((done) => child.on("close", done)).then(() => (isOver = true));
  child.on("error", (error) => (said += error.message));
  return {
    pid: child.pid,
    startedAt,
    /** Throws where it has ended by itself. */
    checkAlive() {
      if (isOver) throw new Error(`${command} has ended:\n${said}`);
    },
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

/** Whether a program is there; tried with arguments that end at once. */
export function isThere(program, args) {
  return spawnSync(program, args, { stdio: "ignore" }).error === undefined;
}

/** A TCP and UDP port on 127.0.0.1 that nobody has now. */
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Resident memory of a process now, and at most since its start or the last `forgetPeak()`; octets. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const octets = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)[1]) * 1024;
  return { rss: octets("VmRSS"), peak: octets("VmHWM") };
}

/** What a process and all that it started hold in memory; what they share counts once. */
export function memoryOfFamily(pid) {
  const share = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
      .split(" ")
      .filter((child) => child !== ""),
  );
  return children.reduce((sum, child) => sum + memoryOfFamily(child), Number(share[1]) * 1024);
}

/** Makes `peak` start anew from what is resident now. */
export function forgetPeak(pid) {
  // proc(5): 5 resets the peak resident set size to the current one.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
