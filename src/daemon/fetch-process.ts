/**
 * Fetches in a process of its own, so that no TLS, no decompression and nothing that a server sends comes near the one that
 * serves. It is started when there is something to fetch, and ends when there was nothing for a while.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FetchOutcome } from "../feed/fetch/fetch.ts";
import type { FetchTask } from "../feed/fetch/task.ts";
import type { FetchNews, FetchOrder } from "./fetch-messages.ts";
import type { Fetch } from "./fetch-pool.ts";

export interface FetchProcess {
  readonly fetch: Fetch;
  /** Ends the process; copies are what they were, or new ones. */
  stop(): void;
}

/** The built module; a run from the sources has to name it. */
const childModule = fileURLToPath(new URL("./fetch-child.js", import.meta.url));
/** Between lists of one minute it stays, so that not each of them costs a start. */
const idleMsDefault = 10_000;
/** After a process that ended by itself. */
const diedWaitSeconds = 60;

interface Ordered {
  readonly task: FetchTask;
  readonly resolve: (outcome: FetchOutcome) => void;
}

export function fetchesInChild(module: string = childModule, idleMs: number = idleMsDefault): FetchProcess {
  const ordered = new Map<number, Ordered>();
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last = 0;

  const ended = (gone: ChildProcess, how: string): void => {
    if (child === gone) child = undefined;
    for (const [number, { task, resolve }] of ordered) {
      ordered.delete(number);
      resolve(diedOutcome(task, how));
    }
  };
  const start = (): ChildProcess => {
    // In a process group of its own: a Ctrl-C is for us, who then end it.
    const started = fork(module, [], { stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true });
    started.on("message", ({ number, outcome }: FetchNews) => {
      ordered.get(number)?.resolve(outcome);
      ordered.delete(number);
      if (ordered.size > 0) return;
      idle = setTimeout(() => {
        child = undefined;
        started.disconnect();
      }, idleMs);
    });
    started.once("error", (error) => ended(started, error.message));
    started.once("exit", (code, signal) => {
      if (child === started) ended(started, signal === null ? `exit code ${code}` : signal);
    });
    return started;
  };
  return {
    fetch: (task, mode) => {
      clearTimeout(idle);
      child ??= start();
      const number = ++last;
      const done = new Promise<FetchOutcome>((resolve) => ordered.set(number, { task, resolve }));
      const order: FetchOrder = { number, task, mode };
      // A child that is gone before it reads this tells so by its exit.
      child.send(order, () => {});
      return done;
    },
    stop: () => {
      clearTimeout(idle);
      child?.kill("SIGTERM");
    },
  };
}

function diedOutcome({ name }: FetchTask, how: string): FetchOutcome {
  const error = {
    code: "SOURCE_NOT_FETCHED" as const,
    message: `Cannot fetch "${name}": the process that fetches ended by ${how}`,
    remedy: "It is tried again by itself; look into the system's log if this lasts",
  };
  return {
    name,
    outcome: "failed",
    error,
    fetchedBytes: 0,
    bytes: null,
    dueInSeconds: diedWaitSeconds,
    seconds: 0,
  };
}
