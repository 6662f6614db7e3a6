/** A build in a process of its own (see `build-runner.mjs`), which may be killed. It wants a fresh `dist/`. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const runner = fileURLToPath(new URL("build-runner.mjs", import.meta.url));
const built = fileURLToPath(new URL("../../dist/daemon/build.js", import.meta.url));

export interface BuildOrder {
  /** Path of the main file. */
  readonly config: string;
  readonly nowMs: number;
  readonly workers?: number;
  readonly full?: boolean;
  readonly accept?: readonly string[];
  /** The write, from 1, before which it kills itself. */
  readonly dieAt?: number;
  /** The write before which it says `held` and waits. */
  readonly holdAt?: number;
}

/** What the process tells, one of these parts a line. */
export interface BuildReport {
  readonly step?: "source" | "zone" | "file";
  readonly locked?: number;
  readonly sources?: readonly { outcome: string; code?: string; remedy?: string }[];
  readonly zones?: readonly { result?: { serial: number; rules: number; merged: string }; code?: string }[];
  readonly writes?: number;
  /** By kind of write: the numbers of the first and the last, and how many there were. */
  readonly kinds?: Readonly<Record<string, { readonly first: number; readonly last: number; readonly count: number }>>;
  readonly maxRssBytes?: number;
  readonly failed?: { readonly code?: string; readonly message: string; readonly remedy?: string };
}

export class BuildingProcess {
  readonly #child: ChildProcess;
  readonly reported: BuildReport[] = [];
  readonly #waiting: { wanted: (reported: BuildReport) => boolean; resolve: (reported: BuildReport) => void }[] = [];
  /** The signal that ended it, or its exit code, once all it told has come. */
  readonly end: Promise<NodeJS.Signals | number | null>;

  constructor(order: BuildOrder) {
    if (!existsSync(built)) throw new Error("The program is not built: run `npm run build`");
    this.#child = spawn(process.execPath, [runner, JSON.stringify(order)], { stdio: ["ignore", "pipe", "inherit"] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("No pipe to the building process");
    createInterface(stdout).on("line", (line) => this.#take(JSON.parse(line) as BuildReport));
    this.end = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve(signal ?? code)));
    onTestFinished(() => this.kill());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  #take(reported: BuildReport): void {
    this.reported.push(reported);
    for (const { wanted, resolve } of this.#waiting) if (wanted(reported)) resolve(reported);
  }

  /** Waits for the process to tell something; fails where it ends without. */
  async tells(wanted: (reported: BuildReport) => boolean): Promise<BuildReport> {
    const known = this.reported.find(wanted);
    if (known !== undefined) return known;
    const reported = new Promise<BuildReport>((resolve) => this.#waiting.push({ wanted, resolve }));
    const ended = this.end.then((how) => {
      throw new Error(`The building process ended (${how}) and told only ${JSON.stringify(this.reported)}`);
    });
    return Promise.race([reported, ended]);
  }

  /** What it tells at the end of a build that was not killed. */
  async outcome(): Promise<BuildReport> {
    await this.end;
    return this.reported.at(-1) ?? {};
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
