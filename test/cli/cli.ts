/** Runs commands in this process over a folder of small lists. */
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Io, Output, Signal } from "../../src/cli/io.ts";
import { main } from "../../src/cli/program.ts";
import { folderOf } from "../config/folder.ts";

/** An output that keeps what is written to it. */
export class Captured implements Output {
  readonly terminal = undefined;
  readonly chunks: Buffer[] = [];
  write(chunk: string | Uint8Array): void {
    this.chunks.push(Buffer.from(chunk as Uint8Array));
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Fixture = Partial<Pick<Io, "env" | "readInput" | "clock" | "onSignal" | "exitNow" | "stdout" | "stderr">>;

/** Runs one command line. */
export async function run(argv: readonly string[], fixture: Fixture = {}): Promise<Result> {
  const stdout = new Captured();
  const stderr = new Captured();
  const io: Io = {
    stdout,
    stderr,
    env: {},
    readInput: () => new Uint8Array(0),
    clock: { nowMs: () => 1_800_000_000_000 },
    onSignal: (_: (signal: Signal) => void) => () => {},
    exitNow() {},
    ...fixture,
  };
  const code = await main(argv, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The main file of `sampleFolder`, with more lines of the caller's. */
export const mainFile = (more = ""): string => `version: 1
server: {listen: ["127.0.0.1:0"]}
sources:
  - {id: phish, format: domains, from: lists/phish.txt, category: phishing, confidence: 80, scope: subtree}
  - {id: hosts, format: hosts, from: lists/hosts.txt, category: malware, confidence: 60}
allow:
  - {id: own, from: lists/own.txt, scope: subtree}
zones: zones
${more}`;

const zone = (apex: string, category: string): string =>
  `version: 1\napex: ${apex}\ntake: {categories: [${category}]}\naction: nxdomain\ntransfer: [{address: 127.0.0.1/32}]\n`;

/** A folder with two small lists, an allow list and two zones; it goes when the test ends. */
export function sampleFolder(files: Readonly<Record<string, string>> = {}): Sample {
  return new Sample(
    folderOf({
      "rpzmill.yaml": mainFile(),
      "lists/phish.txt": "login.bank.example\nshop.example\nsafe.example\nbad..name.example\n",
      "lists/hosts.txt": "127.0.0.1 localhost\n0.0.0.0 dropper.example\n192.0.2.1 mapped.example\n",
      "lists/own.txt": "safe.example\n",
      "zones/malware.yaml": zone("malware.rpz.example", "malware"),
      "zones/phishing.yaml": zone("phishing.rpz.example", "phishing"),
      ...files,
    }),
  );
}

export class Sample {
  readonly folder: string;
  #changes = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Writes a file with a time of change that none before had. */
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
    this.#changes += 1;
    const seconds = 1_700_000_000 + this.#changes;
    utimesSync(this.path(name), seconds, seconds);
  }

  /** Runs a command line on this folder's configuration; its words are parted by blanks, or given one by one. */
  run(line: string | readonly string[], fixture: Fixture = {}): Promise<Result> {
    const words = typeof line === "string" ? line.split(" ") : line;
    return run([...words, "--config", this.path("rpzmill.yaml")], fixture);
  }

  /** Runs a command line with `--json` and reads its output. */
  async json(line: string): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run(`${line} --json`);
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
}
