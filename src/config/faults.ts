/** What is wrong with a configuration: every fault with its place, reported together. */

import { relative } from "node:path";
import { counted } from "../base/counted.ts";
import { type ErrorCode, OperatorError, type Place } from "../base/errors.ts";

/** One fault. `file` is absolute. */
export interface Fault extends Place {
  readonly code: Extract<ErrorCode, "CONFIG_UNREADABLE" | "CONFIG_SYNTAX" | "CONFIG_INVALID" | "SECRET_UNREADABLE">;
  readonly message: string;
}

/** Thrown by `loadConfig()`. Its message has a line for each fault. */
export class ConfigError extends OperatorError {
  /** At least one, in the order of files and lines. */
  readonly faults: readonly Fault[];

  /** The error's code is that of its faults where they agree, and CONFIG_INVALID where they do not. */
  constructor(file: string, faults: readonly Fault[]) {
    const first = faults[0];
    if (first === undefined) throw new RangeError("A configuration error without a fault");
    const code = faults.every((fault) => fault.code === first.code) ? first.code : "CONFIG_INVALID";
    const count = counted(faults.length, "fault");
    const lines = faults.map(faultLine).join("\n");
    super(code, `Cannot use the configuration "${shownPath(file)}": ${count}\n${lines}`, remedies[code], {
      place: first,
    });
    this.name = "ConfigError";
    this.faults = faults;
  }
}

const remedies: Readonly<Record<Fault["code"], string>> = {
  CONFIG_UNREADABLE: "Name an existing file with --config, or make this one readable",
  CONFIG_SYNTAX: "Fix the YAML at the places named",
  CONFIG_INVALID: "Fix the places named, then try `rpzmill config check`; docs/configuration.md has every key",
  SECRET_UNREADABLE: "Write a key with `rpzmill key generate NAME --output FILE`, or fix the file or variable named",
};

/** A place and what is said of it on one line: `file:line:column: key: message`. */
export function faultLine(fault: Place & { readonly message: string }): string {
  const line = fault.line === undefined ? "" : `:${fault.line}`;
  const column = fault.column === undefined ? "" : `:${fault.column}`;
  const key = fault.key === undefined || fault.key === "" ? "" : ` ${fault.key}:`;
  return `${shownPath(fault.file)}${line}${column}:${key} ${fault.message}`;
}

/** The path as someone standing in the working directory would type it. */
export function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere === "" || fromHere.startsWith("..") ? file : fromHere;
}
