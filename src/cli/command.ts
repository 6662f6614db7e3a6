/** What a command is: the words that call it, what it takes, what its help says, and where its code is. */
import { OperatorError } from "../base/errors.ts";
import type { Io } from "./io.ts";

export interface Operand {
  /** In capitals, as in the usage line. */
  readonly name: string;
  readonly optional?: boolean;
  /** The last one may be given many times. */
  readonly repeats?: boolean;
}

export type Option =
  | { readonly kind: "flag"; readonly describe: string }
  | { readonly kind: "value"; readonly name: string; readonly describe: string; readonly default?: string }
  /** May be given more than once. */
  | { readonly kind: "values"; readonly name: string; readonly describe: string };

export interface Command {
  /** `["build"]`, or noun and verb: `["zone", "list"]`. */
  readonly words: readonly string[];
  readonly operands?: readonly Operand[];
  readonly options?: Readonly<Record<string, Option>>;
  /** What it does, on one line. */
  readonly line: string;
  readonly paragraphs: readonly string[];
  /** Command lines without the program's name, each with what it is for. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Loads the code of this command and no other: `serve` must start at once. */
  readonly load: () => Promise<Run>;
}

/** Does the command; gives the exit code. */
export type Run = (invocation: Invocation, io: Io) => Promise<number>;

/** Options of every command. */
export const commonOptions: Readonly<Record<string, Option>> = {
  config: { kind: "value", name: "FILE", describe: "The main configuration file", default: "rpzmill.yaml" },
};

export const jsonOption: Option = { kind: "flag", describe: "Print one JSON object on stdout" };

/** Of commands that list names which others may see over one's shoulder. */
export const unmaskOption: Option = {
  kind: "flag",
  describe: "Show names of category csam as they are; they are masked otherwise",
};

/** One call of a command, its options and operands checked against what the command takes. */
export class Invocation {
  readonly #values: ReadonlyMap<string, boolean | string | readonly string[]>;
  readonly #operands: ReadonlyMap<string, readonly string[]>;

  constructor(
    values: ReadonlyMap<string, boolean | string | readonly string[]>,
    operands: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#values = values;
    this.#operands = operands;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** The value of an option; undefined where it is not given and has no default. */
  value(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  values(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  /** An operand that must be there, and so is. */
  operand(name: string): string {
    const value = this.optionalOperand(name);
    if (value === undefined) throw new RangeError(`The command takes no ${name}`);
    return value;
  }

  optionalOperand(name: string): string | undefined {
    return this.#operands.get(name)?.[0];
  }

  /** All words of an operand that repeats. */
  operands(name: string): readonly string[] {
    return this.#operands.get(name) ?? [];
  }

  get config(): string {
    return this.value("config") ?? "";
  }

  /** A whole number of at least 1. @throws OperatorError USAGE */
  count(name: string): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(text)) {
      throw new OperatorError(
        "USAGE",
        `Cannot read --${name} "${text}": it is no whole number from 1`,
        `Try --${name} 10`,
      );
    }
    return Number(text);
  }
}
