/** What a kind of fetch is given to work with, and what it gives back. */
import type { CopyFacts } from "./copy-state.ts";
import type { FetchMode } from "./fetch.ts";
import type { HostQueue } from "./hosts.ts";
import type { Resolve, StepTimeouts } from "./task.ts";

export interface FetchTools {
  readonly mode: FetchMode;
  readonly hosts: HostQueue;
  readonly timeouts: StepTimeouts;
  readonly resolve: Resolve | undefined;
  /** Comes when the whole fetch is given up. */
  readonly signal: AbortSignal;
  nowMs(): number;
  /** Unix seconds. */
  now(): number;
  /** Resolves after so many milliseconds, or at once where the fetch is given up. */
  wait(ms: number): Promise<void>;
  /** Called with the octets that came, as they come. */
  onBytes(bytes: number): void;
  /** Does a step, and again after a while where it failed by what may pass. @throws FetchFailure */
  retrying<T>(step: () => Promise<T>): Promise<T>;
}

/** What came of a fetch that went well. */
export interface Fetched {
  /** `new`: another list came; `same`: the same did; `not-modified`: its host says that it is the same. */
  readonly kind: "new" | "same" | "not-modified";
  readonly copy: CopyFacts;
  /** What came, in words, where octets do not say it. */
  readonly says?: string;
  /** After how many seconds to ask again, where the interval is too long. */
  readonly againSeconds?: number;
}

/**
 * Brings the copy of a list up to date; `known` is what is known of the copy that there is. Whatever goes wrong, the copy is what it was.
 * @throws FetchFailure, OperatorError, or an error of a connection or the disk
 */
export type FetchKind<Task> = (task: Task, known: CopyFacts | undefined, tools: FetchTools) => Promise<Fetched>;
