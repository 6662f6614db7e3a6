/** The messages on stderr: plain lines for people, or JSON lines for programs. */
import type { Reporter } from "../daemon/reporter.ts";
import type { Output } from "./io.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One line for each message, with a word before warnings and errors and the fields of log calls behind. */
export function plainReporter(output: Output): Reporter {
  const line = (word: string, fields: Fields, message: string): void => {
    const facts = Object.entries(fields).filter(([, value]) => value !== undefined);
    const shown = facts.map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    output.write(`${word}${message}${shown.join("")}\n`);
  };
  return {
    report: (_, message) => output.write(`${message}\n`),
    info: (fields, message) => line("", fields, message),
    warn: (fields, message) => line("warning: ", fields, message),
    error: (fields, message) => line("error: ", fields, message),
  };
}

/** One JSON object a line, with level, time, the fields and `msg`. */
export async function jsonReporter(output: Output): Promise<Reporter> {
  const { pino } = await import("pino");
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: (line) => output.write(line) },
  );
  return {
    report: (fields, message) => logger.info(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
