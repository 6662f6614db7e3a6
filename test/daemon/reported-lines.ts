/** A talk that keeps its lines and lets a test wait for one. */
import type { Reporter } from "../../src/daemon/reporter.ts";

export class ReportedLines implements Reporter {
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];

  readonly report = (_: unknown, message: string): void => this.#add(message);
  readonly info = (_: unknown, message: string): void => this.#add(`info: ${message}`);
  readonly warn = (_: unknown, message: string): void => this.#add(`warning: ${message}`);
  readonly error = (_: unknown, message: string): void => this.#add(`error: ${message}`);

  #add(line: string): void {
    this.lines.push(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The first line that matches, from line number `from` on, now or as soon as there is one. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
