/** A worker thread of a build: carries out one task after the other on its own connection to the store. */
import { parentPort, workerData } from "node:worker_threads";
import { type Database, openForWriting } from "../store/database.ts";
import { type BuildTask, type BuildTaskResult, carryOut, sendError } from "./build-tasks.ts";

const port = parentPort;
if (port === null) throw new Error("build-worker is started by a build, not by hand");
const { databaseFile } = workerData as { databaseFile: string };
let db: Database | undefined;

/** Opens the store with the first task, so that a failure to do so is that task's. */
async function carryOutHere(task: BuildTask): Promise<BuildTaskResult> {
  db ??= openForWriting(databaseFile);
  return carryOut(db, task);
}

port.on("message", (task: BuildTask) => {
  carryOutHere(task).then(
    (result) => port.postMessage({ result }),
    (error: unknown) => port.postMessage({ error: sendError(error) }),
  );
});
