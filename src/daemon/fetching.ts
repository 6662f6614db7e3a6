/** Fetches the lists of a `run` when they are due, and reports what came of it. Builds notice new copies as they notice files. */
import type { Clock } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";
import type { Config } from "../config/types.ts";
import type { FetchOutcome } from "../feed/fetch/fetch.ts";
import type { FetchTask } from "../feed/fetch/task.ts";
import { FetchPool } from "./fetch-pool.ts";
import type { FetchProcess } from "./fetch-process.ts";
import { fetchTasksOf } from "./fetch-tasks.ts";
import { FetchTimes } from "./fetch-times.ts";
import { fetchedInWords } from "./fetch-words.ts";
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
    for (const task of this.#times.take()) void this.#fetch(task);
    if (!this.#times.hasFirst) for (const resolve of this.#waiting.splice(0)) resolve();
    const { nextMs } = this.#times;
    if (nextMs !== undefined) this.#timer = startTimer(() => this.#look(), Math.min(lookMs, nextMs));
  }

  async #fetch(task: FetchTask): Promise<void> {
    this.#running += 1;
    const outcome = await this.#pool.fetch(task, "due");
    this.#running -= 1;
    if (this.#isStopped) return;
    const seconds = outcome.dueInSeconds ?? lockedWaitSeconds;
    this.#times.end(task, { seconds, hasFailed: outcome.outcome === "failed" });
    this.#report(outcome);
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

  /** Ends what runs. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#options.process.stop();
  }
}
