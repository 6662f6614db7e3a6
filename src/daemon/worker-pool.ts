/**
 * The worker pool of a build: small tasks are done on the spot, large ones by worker threads, which are started when the first
 * of them comes.
 */
import { Worker } from "node:worker_threads";
import type { WorkerPool } from "../feed/options.ts";
import type { Run, RunTask } from "../feed/run.ts";
import type { SnapshotPart, SnapshotTask } from "../feed/snapshot-writer.ts";
import type { Rebuilt } from "../mill/rebuild.ts";
import type { Database } from "../store/database.ts";
import {
  type BuildTask,
  type BuildTaskResult,
  carryOut,
  type RangeTask,
  receiveError,
  type SentError,
} from "./build-tasks.ts";

export interface BuildPool extends WorkerPool {
  buildRange(task: RangeTask): Promise<Rebuilt>;
  /** Resolves once no task runs or waits: where one of several failed, the others go on writing. */
  idle(): Promise<void>;
  end(): Promise<void>;
}

/** A pool of this thread alone. */
export function singleThreadPool(db: Database): BuildPool {
  return {
    size: 1,
    readRun: (task) => carryOut(db, { kind: "read", task }) as Promise<Run>,
    writeSnapshot: (task) => carryOut(db, { kind: "snapshot", task }) as Promise<SnapshotPart>,
    buildRange: (task) => carryOut(db, { kind: "range", task }) as Promise<Rebuilt>,
    async idle() {},
    async end() {},
  };
}

interface Waiting {
  readonly task: BuildTask;
  resolve(result: BuildTaskResult): void;
  reject(error: Error): void;
}

/** A pool of `size` worker threads beside this one. */
export class ThreadPool implements BuildPool {
  readonly size: number;
  readonly #db: Database;
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<BuildTaskResult>>();

  constructor(db: Database, size: number) {
    this.#db = db;
    this.size = size;
  }

  readRun(task: RunTask): Promise<Run> {
    return this.#do({ kind: "read", task }, task.range !== undefined) as Promise<Run>;
  }

  writeSnapshot(task: SnapshotTask): Promise<SnapshotPart> {
    return this.#do({ kind: "snapshot", task }, task.from !== task.to) as Promise<SnapshotPart>;
  }

  buildRange(task: RangeTask): Promise<Rebuilt> {
    return this.#do({ kind: "range", task }, task.range.from !== task.range.to) as Promise<Rebuilt>;
  }

  #do(task: BuildTask, large: boolean): Promise<BuildTaskResult> {
    if (!large) return carryOut(this.#db, task);
    const done = new Promise<BuildTaskResult>((resolve, reject) => {
      this.#queue.push({ task, resolve, reject });
      if (this.#idle.length === 0 && this.#all.length < this.size) this.#start();
      this.#dispatch();
    });
    this.#running.add(done);
    const remove = (): void => void this.#running.delete(done);
    done.then(remove, remove);
    return done;
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #start(): void {
    const worker = new Worker(new URL("./build-worker.js", import.meta.url), {
      workerData: { databaseFile: this.#db.name },
    });
    this.#all.push(worker);
    this.#idle.push(worker);
  }

  #dispatch(): void {
    for (;;) {
      const waiting = this.#queue[0];
      const worker = this.#idle.pop();
      if (waiting === undefined || worker === undefined) {
        if (worker !== undefined) this.#idle.push(worker);
        return;
      }
      this.#queue.shift();
      worker.once("message", (answer: { result: BuildTaskResult } | { error: SentError }) => {
        worker.removeAllListeners("error");
        this.#idle.push(worker);
        if ("error" in answer) waiting.reject(receiveError(answer.error));
        else waiting.resolve(answer.result);
        this.#dispatch();
      });
      // A worker that fails outside a task's own errors is gone: the build fails with it.
      worker.once("error", (error: Error) => {
        this.#all.splice(this.#all.indexOf(worker), 1);
        waiting.reject(error);
      });
      worker.postMessage(waiting.task);
    }
  }

  /** Lets the workers go. */
  async end(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
