/** Waiting for a condition of another process, with a deadline. */

/** What a wait says when its deadline passes. */
export interface WaitOptions {
  /** Completes "Cannot … : not within n ms". */
  readonly what: string;
  readonly deadlineMs?: number;
  /** Time between two looks. */
  readonly intervalMs?: number;
  /** More for the error message, such as a server's log. */
  readonly detail?: () => string;
}

/**
 * Looks again and again until `look` gives something other than undefined or false, and resolves to that. An exception
 * out of `look` ends the wait at once. @throws Error past the deadline (20 s where not said)
 */
export async function waitFor<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { what, deadlineMs = 20_000, intervalMs = 40, detail }: WaitOptions,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() >= end) {
      const more = detail === undefined ? "" : `\n${detail()}`;
      throw new Error(`Cannot ${what}: not within ${deadlineMs} ms${more}`);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
