/**
 * Fetches one list, whatever its kind: where it is due, under its lock, with further tries where they may help, and writes down what came
 * of it. Whatever goes wrong, the copy stays as it is.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Clock, nowSeconds, steadyMs } from "../../base/clock.ts";
import { placeInWords } from "../../config/fetch-kinds.ts";
import { lockFile } from "../../store/file-lock.ts";
import { fetchList } from "../http/list.ts";
import { intervalOf, longestRetryOf } from "../transfer/soa-times.ts";
import { type CopyFacts, type CopyState, type FetchError, readCopyState } from "./copy-state.ts";
import { isCopyLost, isCopyThere, prepareFolder, sweepOthers, writeCopyState } from "./copy-writer.ts";
import { secondsAfterFailure, secondsAfterSuccess, secondsUntilDue } from "./due.ts";
import { FetchFailure, failureOf } from "./failure.ts";
import type { HostQueue } from "./hosts.ts";
import { waitBeforeRetry } from "./retry.ts";
import { type FetchTask, type Resolve, type StepTimeouts, stepTimeoutsDefault } from "./task.ts";
import type { Fetched, FetchTools } from "./tools.ts";

/** `due`: only where it is time. `check`: now, by what is known of the copy. `force`: now and whole. */
export type FetchMode = "due" | "check" | "force";

export interface FetchOptions {
  readonly mode: FetchMode;
  readonly hosts: HostQueue;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or at once where the signal comes. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly timeouts?: StepTimeouts;
  readonly resolve?: Resolve;
}

/** What came of a fetch. Plain data, to pass between processes. */
export interface FetchOutcome {
  /** The name of the list's snapshots. */
  readonly name: string;
  /**
   * `new`: another list came; `same`: the same did; `not-modified`: its host says that it is the same; `not-due`, and `locked`,
   * while another process fetches it: nothing was asked.
   */
  readonly outcome: "new" | "same" | "not-modified" | "not-due" | "locked" | "failed";
  readonly error: FetchError | null;
  /** Octets that came, of all tries. */
  readonly fetchedBytes: number;
  /** Of the copy; null where there is none. */
  readonly bytes: number | null;
  /** Seconds from now until it is due; null where another process knows. */
  readonly dueInSeconds: number | null;
  readonly seconds: number;
  /** What came, in words, where octets do not say it. */
  readonly says?: string;
}

/** Fetches a list; what goes wrong is in the result. */
export async function fetchTask(task: FetchTask, options: FetchOptions): Promise<FetchOutcome> {
  const work = new ListFetch(task, options);
  try {
    mkdirSync(dirname(task.file), { recursive: true });
    const lock = lockFile(join(dirname(task.file), "lock"));
    if (lock === undefined) return work.outcome("locked", readCopyState(task.file));
    try {
      return await work.run();
    } finally {
      lock.release();
    }
  } catch (thrown) {
    return work.outcome("failed", work.failed(undefined, thrown));
  }
}

/** The fetch of one list, by whoever has its lock. */
class ListFetch {
  readonly #task: FetchTask;
  readonly #options: FetchOptions;
  readonly #started: number;
  #fetchedBytes = 0;

  constructor(task: FetchTask, options: FetchOptions) {
    this.#task = task;
    this.#options = options;
    this.#started = steadyMs(options.clock);
  }

  get #now(): number {
    return nowSeconds(this.#options.clock);
  }

  async run(): Promise<FetchOutcome> {
    const { file, everySeconds } = this.#task;
    prepareFolder(file);
    const before = readCopyState(file);
    // A look into a folder asks nobody else, and whoever builds by hand waits for what was just put there.
    const isAlwaysDue = this.#task.kind === "folder";
    const isDue = isAlwaysDue || isCopyLost(file, before) || secondsUntilDue(before, everySeconds, this.#now) <= 0;
    if (this.#options.mode === "due" && !isDue) {
      return this.outcome("not-due", before);
    }
    try {
      const known = before?.copy !== undefined && isCopyThere(file, before.copy) ? before.copy : undefined;
      const { kind, copy, says, againSeconds } = await this.#tryFetch(known);
      const wait = againSeconds ?? secondsAfterSuccess(intervalOf(this.#task, copy), this.#options.random);
      const nextAt = this.#now + wait;
      const state = { copy, triedAt: this.#now, nextAt, failures: 0, error: undefined };
      await writeCopyState(file, state);
      if (kind === "new") sweepOthers(file);
      return { ...this.outcome(kind, state), ...(says === undefined ? {} : { says }) };
    } catch (thrown) {
      const state = this.failed(before, thrown);
      // On a full disk nobody can be told at the next start; whoever asked is told now.
      await writeCopyState(file, state).catch(failureOf);
      return this.outcome("failed", state);
    }
  }

  outcome(kind: FetchOutcome["outcome"], state: CopyState | undefined): FetchOutcome {
    const { name, everySeconds } = this.#task;
    return {
      name,
      outcome: kind,
      error: (kind === "failed" ? state?.error : undefined) ?? null,
      fetchedBytes: this.#fetchedBytes,
      bytes: state?.copy?.bytes ?? null,
      dueInSeconds: kind === "locked" ? null : secondsUntilDue(state, everySeconds, this.#now),
      seconds: (steadyMs(this.#options.clock) - this.#started) / 1000,
    };
  }

  /** The state after a failure: the copy is what it was. */
  failed(before: CopyState | undefined, thrown: unknown): CopyState {
    const failure = failureOf(thrown);
    const { everySeconds } = this.#task;
    const failures = (before?.failures ?? 0) + 1;
    const { retryAfterSeconds, code, message, remedy } = failure;
    const longest = longestRetryOf(this.#task, before?.copy);
    const wait = secondsAfterFailure({ everySeconds, failures, retryAfterSeconds, longest }, this.#options.random);
    const text = failure.isWhole ? message : `Cannot fetch "${placeInWords(this.#task)}": ${message}`;
    const error = { code, message: text, remedy };
    return { copy: before?.copy, triedAt: this.#now, nextAt: this.#now + wait, failures, error };
  }

  async #tryFetch(known: CopyFacts | undefined): Promise<Fetched> {
    const { timeoutSeconds } = this.#task;
    const { mode, hosts, timeouts = stepTimeoutsDefault, resolve, clock, wait } = this.#options;
    const signal = AbortSignal.timeout(1000 * timeoutSeconds);
    const tools: FetchTools = {
      mode,
      hosts,
      timeouts,
      resolve,
      signal,
      nowMs: () => clock.nowMs(),
      now: () => this.#now,
      wait: (ms) => wait(ms, signal),
      onBytes: (bytes) => {
        this.#fetchedBytes += bytes;
      },
      retrying: (step) => this.#retrying(step, signal),
    };
    try {
      return await fetchByKind(this.#task, known, tools);
    } catch (thrown) {
      throw signal.aborted ? tookTooLong(timeoutSeconds) : thrown;
    }
  }

  async #retrying<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { random, wait } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        return await step();
      } catch (thrown) {
        signal.throwIfAborted();
        const failure = failureOf(thrown);
        const ms = waitBeforeRetry(failure, tries, random);
        if (ms === undefined) throw failure;
        await wait(ms, signal);
        signal.throwIfAborted();
      }
    }
  }
}

/** Each kind is loaded when it is used first: most processes use one or two. */
async function fetchByKind(task: FetchTask, known: CopyFacts | undefined, tools: FetchTools): Promise<Fetched> {
  switch (task.kind) {
    case "list":
      return fetchList(task, known, tools);
    case "transfer":
      return (await import("../transfer/fetch-zone.ts")).fetchZone(task, known, tools);
    case "folder":
      return (await import("../folder/fetch.ts")).fetchFolder(task, known, tools);
    case "misp":
      return (await import("../misp/rest.ts")).fetchMisp(task, known, tools);
    case "misp-feed":
      return (await import("../misp/feed.ts")).fetchMispFeed(task, known, tools);
    case "taxii":
      return (await import("../taxii/fetch.ts")).fetchTaxii(task, known, tools);
  }
}

function tookTooLong(timeoutSeconds: number): FetchFailure {
  return new FetchFailure(
    `it took longer than ${timeoutSeconds} seconds`,
    "It is tried again by itself; raise `timeoutSeconds` if the list is large and the line slow",
  );
}
