/** What the figures were measured on and of: the machine and the commit. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { root } from "./processes.mjs";

export function describeMachine() {
  const named = existsSync("/etc/os-release")
    ? /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1]
    : undefined;
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown CPU",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: named ?? process.platform,
    kernel: release(),
    node: process.versions.node,
  };
}

/** The commit of the checkout, and whether what is built from differs from it. */
export function describeCommit() {
  const git = (...args) => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
  const { status, stdout } = git("rev-parse", "--short=12", "HEAD");
  if (status !== 0) return { id: "unknown", dirty: false };
  return { id: stdout.trim(), dirty: git("status", "--porcelain", "--", "src", "test/bench").stdout !== "" };
}

/** How many processes wanted a core in the last minute. */
export function loadAverage() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}
