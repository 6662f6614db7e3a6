/** Fetches the lists of a `run` when they are due, and reports what came of it. Builds notice new copies as they notice files. */
import { type Clock, isoTime, nowSeconds } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";
import type { Config } from "../config/types.ts";
import { readCopyState } from "../feed/fetch/copy-state.ts";
import type { FetchOutcome } from "../feed/fetch/fetch.ts";
import type { FetchTask } from "../feed/fetch/task.ts";
import { staleAt } from "../feed/transfer/soa-times.ts";
import { FetchPool } from "./fetch-pool.ts";
import type { FetchProcess } from "./fetch-process.ts";
import { fetchTasksOf } from "./fetch-tasks.ts";
import { type DueTask, FetchTimes } from "./fetch-times.ts";
import { fetchedInWords, staleInWords } from "./fetch-words.ts";
import type { Reporter } from "./reporter.ts";

export interface FetchingOptions {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly process: FetchProcess;
  /** Called where a copy may be another one. */
  readonly onCopy: () => void;
  /** Called when the last of those that ran together has ended. */
  readonly onIdle: () => void;
}

/** Between two looks at the clock. */
const lookMs = 60_000;
/** Another process fetches the list. */
const lockedWaitSeconds = 15;

export class Fetching {
  readonly #options: FetchingOptions;
  readonly #times: FetchTimes;
  readonly #pool: FetchPool;
  /** By name, the failure that was last reported. */
  readonly #failures = new Map<string, string>();
  /** Names of lists that were reported to be stale. */
  readonly #stale = new Set<string>();
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(options: FetchingOptions) {
    this.#options = options;
    this.#times = new FetchTimes(options.clock);
    this.#pool = new FetchPool(options.process.fetch, 1);
  }

  /** Takes in a configuration, and fetches what is due by it. */
  configure(config: Pick<Config, "sources" | "allow" | "guards" | "fetchesMax">): void {
    this.#pool.runningMax = config.fetchesMax;
    this.#times.configure(fetchTasksOf(config));
    this.#look();
  }

  /** Looks into a folder, in which something happened. */
  lookInto(folder: string): void {
    this.#times.hasten((task) => task.kind === "folder" && task.folder === folder);
    this.#look();
  }

  /** Whether a list is being fetched. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Resolves when each list that has no copy was tried once, or after so long. */
  async tried(msMax: number): Promise<void> {
    if (this.#isStopped || !this.#times.hasFirst) return;
    await new Promise<void>((resolve) => {
      const timer = startTimer(resolve, msMax);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    for (const due of this.#times.take()) void this.#fetch(due);
    if (!this.#times.hasFirst) for (const resolve of this.#waiting.splice(0)) resolve();
    const { nextMs } = this.#times;
    if (nextMs !== undefined) this.#timer = startTimer(() => this.#look(), Math.min(lookMs, nextMs));
  }

  /** The host of a list says that it changed. */
  notify(name: string): void {
    this.#times.notify(name);
    this.#look();
  }

  async #fetch({ task, isNotified }: DueTask): Promise<void> {
    this.#running += 1;
    const outcome = await this.#pool.fetch(task, isNotified ? "check" : "due");
    this.#running -= 1;
    if (this.#isStopped) return;
    const seconds = outcome.dueInSeconds ?? lockedWaitSeconds;
    this.#times.end(task, { seconds, hasFailed: outcome.outcome === "failed" });
    this.#report(outcome);
    this.#reportStale(task);
    if (outcome.outcome !== "not-modified" && outcome.outcome !== "same") this.#options.onCopy();
    if (this.#running === 0) this.#options.onIdle();
    this.#look();
  }

  /** A failure once, and again when it is another one. */
  #report(outcome: FetchOutcome): void {
    const { reporter } = this.#options;
    const { name, error, fetchedBytes, seconds, dueInSeconds } = outcome;
    const fields = { list: name, outcome: outcome.outcome, bytes: fetchedBytes, seconds };
    if (error !== null) {
      if (this.#failures.get(name) === error.message) return;
      this.#failures.set(name, error.message);
      const again = `tried again in ${dueInSeconds} s`;
      reporter.warn({ list: name, code: error.code }, `${name}: ${error.message}; ${again}. ${error.remedy}`);
      return;
    }
    if (outcome.outcome === "locked" || outcome.outcome === "not-due") return;
    if (this.#failures.delete(name)) reporter.report(fields, `${name} can be fetched again`);
    if (outcome.outcome === "new") reporter.report(fields, `${name}: ${fetchedInWords(outcome)}`);
  }

  /** Once, a policy zone that is stale. */
  #reportStale({ name, file }: FetchTask): void {
    const { clock, reporter } = this.#options;
    const since = staleAt(readCopyState(file));
    if (since === undefined || since > nowSeconds(clock)) this.#stale.delete(name);
    else if (!this.#stale.has(name)) {
      this.#stale.add(name);
      reporter.warn({ list: name }, `${name} is stale since ${isoTime(since)}: ${staleInWords}`);
    }
  }

  /** Ends what runs. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#options.process.stop();
  }
}
