/**
 * Fetches several lists side by side, so many at most. One whose host is busy waits without taking a place, so that one slow
 * host with many lists holds no other up.
 */
import { hostOf } from "../config/fetch-kinds.ts";
import type { FetchMode, FetchOutcome } from "../feed/fetch/fetch.ts";
import type { FetchTask } from "../feed/fetch/task.ts";

/** Fetches one list; what goes wrong with it is in the result. */
export type Fetch = (task: FetchTask, mode: FetchMode) => Promise<FetchOutcome>;

interface Waiting {
  readonly task: FetchTask;
  readonly start: () => Promise<void>;
}

export class FetchPool {
  readonly #fetch: Fetch;
  readonly #waiting: Waiting[] = [];
  readonly #busyHosts = new Set<string>();
  #running = 0;
  #runningMax: number;

  constructor(fetch: Fetch, runningMax: number) {
    this.#fetch = fetch;
    this.#runningMax = runningMax;
  }

  set runningMax(runningMax: number) {
    this.#runningMax = runningMax;
    this.#startSome();
  }

  /** Fetches a list as soon as there is a place and its host is free. `onStart` is called then. */
  fetch(task: FetchTask, mode: FetchMode, onStart?: () => void): Promise<FetchOutcome> {
    return new Promise((resolve, reject) => {
      const start = (): Promise<void> => {
        onStart?.();
        return this.#fetch(task, mode).then(resolve, reject);
      };
      this.#waiting.push({ task, start });
      this.#startSome();
    });
  }

  #startSome(): void {
    for (let i = 0; i < this.#waiting.length && this.#running < this.#runningMax; ) {
      const { task, start } = this.#waiting[i] as Waiting;
      const host = hostOf(task);
      if (this.#busyHosts.has(host)) {
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#running += 1;
      this.#busyHosts.add(host);
      void this.#run(start, host);
    }
  }

  async #run(start: () => Promise<void>, host: string): Promise<void> {
    await start();
    this.#running -= 1;
    this.#busyHosts.delete(host);
    this.#startSome();
  }
}
