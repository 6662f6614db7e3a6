/** Runs the built program as a process of its own, and waits for its lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { ReportedLines } from "./reported-lines.ts";

export const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export class BuiltProgram {
  readonly process: ChildProcess;
  readonly reporter = new ReportedLines();
  /** The exit code, or the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals | null>;

  constructor(argv: readonly string[]) {
    if (!existsSync(program)) throw new Error("The program is not built: run `npm run build`");
    this.process = spawn(process.execPath, [program, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
    this.end = new Promise((resolve) => this.process.once("exit", (code, signal) => resolve(code ?? signal)));
    if (this.process.stderr !== null) {
      createInterface(this.process.stderr).on("line", (line) => this.reporter.report({}, line));
    }
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }

  /** The port of the first address that it tells of. */
  async port(): Promise<number> {
    const line = await this.reporter.line(/listening on /);
    return Number(/:(\d+) \(UDP and TCP\)/.exec(line)?.[1]);
  }
}
