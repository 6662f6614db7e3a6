/** The program as a function: reads a command line, runs one command, prints errors, gives the exit code. */
import { readFileSync } from "node:fs";
import { readCommandLine } from "./command-line.ts";
import { type Io, ReaderGone } from "./io.ts";
import { printError } from "./print-error.ts";

/**
 * Runs the command that `argv` (without interpreter and script) asks for.
 * @returns the exit code: 0 done, 1 failed, 2 command line or configuration at fault, 3 a zone is on hold (docs/errors.md)
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const request = await readCommandLine(argv);
    switch (request.kind) {
      case "help":
        io.stdout.write(`${request.text}\n`);
        return 0;
      case "version":
        io.stdout.write(`${versionOfPackage()}\n`);
        return 0;
      case "lost":
        io.stderr.write(`${request.text}\n`);
        return 2;
      case "run": {
        const run = await request.command.load();
        return await run(request.invocation, io);
      }
    }
  } catch (thrown) {
    if (thrown instanceof ReaderGone) return 0;
    return printError(thrown, io);
  }
}

function versionOfPackage(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
