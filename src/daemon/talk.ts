/** How a long-running process talks: lines for people that are events for programs. */
import type { Logger } from "../base/logger.ts";

export interface Talk extends Logger {
  /** A message that says all by itself; the fields are for programs. */
  say(fields: Readonly<Record<string, unknown>>, message: string): void;
}
