/** A worker thread of a build: carries out one task after the other on its own connection to the store. */
import { parentPort, workerData } from "node:worker_threads";
import { openForWriting } from "../store/database.ts";
import { type BuildTask, carryOut, sendError } from "./build-tasks.ts";

const port = parentPort;
if (port === null) throw new Error("build-worker is started by a build, not by hand");
const db = openForWriting((workerData as { databaseFile: string }).databaseFile);

port.on("message", (task: BuildTask) => {
  carryOut(db, task).then(
    (result) => port.postMessage({ result }),
    (error: unknown) => port.postMessage({ error: sendError(error) }),
  );
});
