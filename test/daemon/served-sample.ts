/** The sample folder's store under a server in this process, and files that take the store's place. */
import { renameSync, rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Serving } from "../../src/daemon/serve.ts";
import type { Sample } from "../cli/cli.ts";
import { ReportedLines } from "./reported-lines.ts";

/** The store, in the sample's folder. */
export const database = "var/rpzmill.db";

/** Serves a sample until the test ends. */
export async function serve(sample: Sample) {
  const reporter = new ReportedLines();
  const config = loadConfig(sample.path("rpzmill.yaml"));
  const serving = await Serving.start({ config, clock: systemClock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  return { serving, reporter, port: serving.addresses[0]?.port ?? 0 };
}

/** Puts a file into the store's place, as a restore does: without the log of the one before. */
export function replace(sample: Sample, file: string): void {
  for (const end of ["-wal", "-shm"]) rmSync(sample.path(`${database}${end}`), { force: true });
  renameSync(sample.path(file), sample.path(database));
}
