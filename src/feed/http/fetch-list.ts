/**
 * Fetches one list: asks for it with what is known of its copy, tries again where that may help, and puts what came in the
 * place of the copy. Whatever goes wrong, the copy stays as it is.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Clock, nowSeconds, steadyMs } from "../../base/clock.ts";
import { shownUrl } from "../../base/shown-url.ts";
import { lockFile } from "../../store/file-lock.ts";
import { type CopyFacts, type CopyState, type FetchError, readCopyState } from "./copy-state.ts";
import { isCopyLost, isCopyThere, prepareFolder, sweepOthers, writeCopyState } from "./copy-writer.ts";
import { secondsAfterFailure, secondsAfterSuccess, secondsUntilDue } from "./due.ts";
import { FetchFailure, failureOf } from "./failure.ts";
import type { HostQueue } from "./hosts.ts";
import { receive } from "./receive.ts";
import { type Answer, request } from "./request.ts";
import { waitBeforeRetry } from "./retry.ts";
import { type FetchTask, type Resolve, type StepTimeouts, stepTimeoutsDefault } from "./task.ts";
import { type Validators, validatorsOf } from "./validators.ts";

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
}

/** Fetches a list; what goes wrong is in the result. */
export async function fetchList(task: FetchTask, options: FetchOptions): Promise<FetchOutcome> {
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
    const isDue = isCopyLost(file, before) || secondsUntilDue(before, everySeconds, this.#now) <= 0;
    if (this.#options.mode === "due" && !isDue) {
      return this.outcome("not-due", before);
    }
    try {
      const known = before?.copy !== undefined && isCopyThere(file, before.copy) ? before.copy : undefined;
      const { kind, copy } = await this.#tryFetch(known);
      const nextAt = this.#now + secondsAfterSuccess(everySeconds, this.#options.random);
      const state = { copy, triedAt: this.#now, nextAt, failures: 0, error: undefined };
      await writeCopyState(file, state);
      if (kind === "new") sweepOthers(file);
      return this.outcome(kind, state);
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
    const { everySeconds, url } = this.#task;
    const failures = (before?.failures ?? 0) + 1;
    const { retryAfterSeconds, code, message, remedy } = failure;
    const wait = secondsAfterFailure({ everySeconds, failures, retryAfterSeconds }, this.#options.random);
    const text = failure.isWhole ? message : `Cannot fetch "${shownUrl(url)}": ${message}`;
    const error = { code, message: text, remedy };
    return { copy: before?.copy, triedAt: this.#now, nextAt: this.#now + wait, failures, error };
  }

  async #tryFetch(known: CopyFacts | undefined): Promise<{ kind: "new" | "same" | "not-modified"; copy: CopyFacts }> {
    const { timeoutSeconds } = this.#task;
    const { random, wait } = this.#options;
    const deadline = AbortSignal.timeout(1000 * timeoutSeconds);
    for (let tries = 1; ; tries++) {
      try {
        return await this.#fetchOnce(known, deadline);
      } catch (thrown) {
        if (deadline.aborted) throw tookTooLong(timeoutSeconds);
        const failure = failureOf(thrown);
        const ms = waitBeforeRetry(failure, tries, random);
        if (ms === undefined) throw failure;
        await wait(ms, deadline);
        if (deadline.aborted) throw tookTooLong(timeoutSeconds);
      }
    }
  }

  #fetchOnce(known: CopyFacts | undefined, signal: AbortSignal) {
    const { mode, hosts, timeouts = stepTimeoutsDefault, resolve, clock } = this.#options;
    const asksWhole = known === undefined || mode === "force";
    const validators: Validators = asksWhole ? {} : { etag: known.etag, lastModified: known.lastModified };
    const options = { task: this.#task, validators, hosts, signal, timeouts, resolve, nowMs: clock.nowMs() };
    return request(options, async (answer) => {
      const checkedAt = this.#now;
      if (answer.status === 200) return this.#keep(answer, known);
      const hasAsked = validators.etag !== undefined || validators.lastModified !== undefined;
      if (known !== undefined && hasAsked) return { kind: "not-modified" as const, copy: { ...known, checkedAt } };
      throw new FetchFailure(
        "its host says that nothing has changed (304) though we have no copy and did not ask so",
        "Its operator must fix it",
      );
    });
  }

  async #keep(answer: Answer, known: CopyFacts | undefined) {
    const written = await receive(this.#task, answer, (bytes) => (this.#fetchedBytes += bytes));
    const now = this.#now;
    const times = { fetchedAt: now, checkedAt: now };
    try {
      if (written.sha256 === known?.sha256) {
        const { bytes, mtimeNs, changedAt } = known;
        const copy = { ...validatorsOf(answer.headers), sha256: known.sha256, bytes, mtimeNs, changedAt, ...times };
        return { kind: "same" as const, copy };
      }
      await written.keep();
      const { sha256, bytes, mtimeNs } = written;
      const copy = { ...validatorsOf(answer.headers), sha256, bytes, mtimeNs, changedAt: now, ...times };
      return { kind: "new" as const, copy };
    } finally {
      written.discard();
    }
  }
}

function tookTooLong(timeoutSeconds: number): FetchFailure {
  return new FetchFailure(
    `it took longer than ${timeoutSeconds} seconds`,
    "It is tried again by itself; raise `timeoutSeconds` if the list is large and the line slow",
  );
}
