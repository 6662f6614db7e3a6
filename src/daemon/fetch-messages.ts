/** What a process that fetches and the one that started it say to each other. */
import type { FetchMode, FetchOutcome } from "../feed/fetch/fetch.ts";
import type { FetchTask } from "../feed/fetch/task.ts";

/** Credentials come by this message alone: arguments and variables of a process can be read by others. */
export interface FetchOrder {
  readonly number: number;
  readonly task: FetchTask;
  readonly mode: FetchMode;
}

export interface FetchNews {
  readonly number: number;
  readonly outcome: FetchOutcome;
}
