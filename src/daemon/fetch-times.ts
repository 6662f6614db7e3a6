/**
 * When each list of a `run` is fetched next. Times go by the clock that nobody sets, so that one which is set back delays nothing,
 * and by the one that people set as well, since the other stands still while the machine sleeps.
 */
import { type Clock, nowSeconds, steadyMs } from "../base/clock.ts";
import { readCopyState } from "../feed/fetch/copy-state.ts";
import { isCopyLost } from "../feed/fetch/copy-writer.ts";
import { secondsUntilDue } from "../feed/fetch/due.ts";
import type { FetchTask } from "../feed/fetch/task.ts";

interface Entry {
  task: FetchTask;
  /** On the clock that nobody sets, and on the other. */
  dueSteadyMs: number;
  dueMs: number;
  isRunning: boolean;
  /** Asked for while it ran. */
  isAgain: boolean;
  hasFailed: boolean;
  /** When it was last started, on the clock that nobody sets; undefined before the first time. */
  startedSteadyMs: number | undefined;
  /** Whether its host said that it changed since it was last started. */
  isNotified: boolean;
  /** No copy, and not tried since this process began. */
  isFirst: boolean;
}

/** A list whose time has come. */
export interface DueTask {
  readonly task: FetchTask;
  /** Whether its host said that it changed, so that it is asked for whatever its state says. */
  readonly isNotified: boolean;
}

/** From one fetch to the next, however often a host says that its list changed. */
const notifyGapMs = 3000;

export class FetchTimes {
  readonly #clock: Clock;
  #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes in the lists of a configuration. What is known of them is on the disk, so that a start fetches nothing that is not due. One
   * that failed and is asked for otherwise now is due.
   */
  configure(tasks: readonly FetchTask[]): void {
    const entries = new Map<string, Entry>();
    for (const task of tasks) {
      const known = this.#entries.get(task.name);
      if (known === undefined || known.task.file !== task.file || known.task.everySeconds !== task.everySeconds) {
        entries.set(task.name, this.#entryOf(task, known));
        continue;
      }
      const isOtherwise = JSON.stringify(known.task) !== JSON.stringify(task);
      known.task = task;
      if (isOtherwise && known.hasFailed) this.#setDue(known, 0);
      entries.set(task.name, known);
    }
    this.#entries = entries;
  }

  #entryOf(task: FetchTask, known: Entry | undefined): Entry {
    const state = readCopyState(task.file);
    const entry: Entry = {
      task,
      dueSteadyMs: 0,
      dueMs: 0,
      // The lock of the list keeps two fetches of it apart; that of the former address ends by itself.
      isRunning: known?.isRunning === true && known.task.file === task.file,
      isAgain: false,
      hasFailed: (state?.failures ?? 0) > 0,
      startedSteadyMs: known?.startedSteadyMs,
      isNotified: false,
      isFirst: state === undefined || isCopyLost(task.file, state),
    };
    this.#setDue(entry, entry.isFirst ? 0 : secondsUntilDue(state, task.everySeconds, nowSeconds(this.#clock)));
    return entry;
  }

  #setDue(entry: Entry, seconds: number): void {
    entry.dueSteadyMs = steadyMs(this.#clock) + 1000 * seconds;
    entry.dueMs = this.#clock.nowMs() + 1000 * seconds;
  }

  /** The lists whose time has come; they run from now on. */
  take(): DueTask[] {
    const due = [...this.#entries.values()].filter((entry) => !entry.isRunning && this.#left(entry) <= 0);
    return due.map((entry) => {
      const { task, isNotified } = entry;
      Object.assign(entry, { isRunning: true, isNotified: false, startedSteadyMs: steadyMs(this.#clock) });
      return { task, isNotified };
    });
  }

  /**
   * The host of a list says that it changed: it is due now, or where it was started just now, a few seconds after that. What is said while
   * it runs may be of a change that this fetch has not seen.
   */
  notify(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.isNotified) return;
    entry.isNotified = true;
    if (!entry.isRunning) this.#setDueByNotify(entry);
  }

  #setDueByNotify(entry: Entry): void {
    const { startedSteadyMs } = entry;
    const since = startedSteadyMs === undefined ? notifyGapMs : steadyMs(this.#clock) - startedSteadyMs;
    const seconds = Math.max(0, notifyGapMs - since) / 1000;
    if (1000 * seconds < this.#left(entry)) this.#setDue(entry, seconds);
  }

  /** What a list is fetched from may have changed: it is due. */
  hasten(isMeant: (task: FetchTask) => boolean): void {
    for (const entry of this.#entries.values()) {
      if (!isMeant(entry.task)) continue;
      if (entry.isRunning) entry.isAgain = true;
      else this.#setDue(entry, 0);
    }
  }

  /** A fetch has ended, and the next is due in so many seconds. */
  end(task: FetchTask, { seconds, hasFailed }: { readonly seconds: number; readonly hasFailed: boolean }): void {
    const entry = this.#entries.get(task.name);
    if (entry === undefined || entry.task.file !== task.file) return;
    this.#setDue(entry, entry.isAgain ? 0 : seconds);
    Object.assign(entry, { isRunning: false, isAgain: false, hasFailed, isFirst: false });
    if (entry.isNotified) this.#setDueByNotify(entry);
  }

  /** Whether a list without a copy is fetched for the first time. */
  get hasFirst(): boolean {
    return [...this.#entries.values()].some(({ isFirst }) => isFirst);
  }

  /** Milliseconds until the next is due; undefined where none will be. */
  get nextMs(): number | undefined {
    const waits = [...this.#entries.values()].filter(({ isRunning }) => !isRunning).map((entry) => this.#left(entry));
    return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
  }

  #left({ dueSteadyMs, dueMs }: Entry): number {
    return Math.min(dueSteadyMs - steadyMs(this.#clock), dueMs - this.#clock.nowMs());
  }
}
