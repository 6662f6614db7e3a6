/** Errors as people read them on stderr, and as exit codes. */
import { OperatorError } from "../base/errors.ts";
import type { Io } from "./io.ts";

/** Prints what was thrown. A defect shows its stack, since someone has to fix the program. @returns the exit code */
export function printError(thrown: unknown, io: Io): number {
  if (thrown instanceof OperatorError) {
    io.stderr.write(`${errorLines(thrown)}\n`);
    return exitCodeOfError(thrown);
  }
  const shown = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.stderr.write(`rpzmill: defect, please report it: ${shown}\n`);
  return 1;
}

/** `rpzmill: <message>` and the remedy beneath. */
export function errorLines(error: OperatorError): string {
  return `rpzmill: ${error.message}\n${error.remedy}`;
}

/** The exit code of a command that ends with this error; docs/errors.md has it for each code. */
export function exitCodeOfError({ code }: OperatorError): 1 | 2 {
  return code === "USAGE" || code === "SECRET_UNREADABLE" || code.startsWith("CONFIG_") ? 2 : 1;
}
