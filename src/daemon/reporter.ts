/** How a long-running process reports: lines for people that are events for programs. */
import { OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";

export interface Reporter extends Logger {
  /** A message that says all by itself; the fields are for programs. */
  report(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What to report of a configuration that could not be applied; a defect shows where it is. */
export function refusalOf(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const why = error instanceof OperatorError ? error.message : (error.stack ?? error.message);
  return `${why}\nWhat was configured before stays in force`;
}
