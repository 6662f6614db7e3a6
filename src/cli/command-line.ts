/**
 * Reads a command line with yargs: which command, with which options and operands, or which help to print. yargs only
 * splits the line here; what is known and what was probably meant is judged by our own table of commands, so that one
 * rule holds for all. (Handing yargs the commands as well would cost every start the rendering of a help nobody sees.)
 */
import yargs from "yargs";
import { OperatorError } from "../base/errors.ts";
import { didYouMean } from "../config/suggest.ts";
import { type Command, commonOptions, Invocation, type Option } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { helpOf, yargsOptions } from "./help-text.ts";

export type Request =
  | { readonly kind: "run"; readonly command: Command; readonly invocation: Invocation }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  /** No command at all: the help, as an answer to a mistake. */
  | { readonly kind: "lost"; readonly text: string };

interface Parsed {
  readonly _: readonly (string | number)[];
  readonly [option: string]: unknown;
}

/** @throws OperatorError USAGE */
export async function readCommandLine(argv: readonly string[]): Promise<Request> {
  const parsed = await split(argv);
  const words = parsed._.map(String);
  if (words[0] === "help") return { kind: "help", text: await helpOf(subjectOf(words.slice(1))) };
  const asksHelp = parsed["help"] === true;
  const subject = words.length === 0 ? undefined : subjectOf(words, asksHelp);
  if (asksHelp) return { kind: "help", text: await helpOf(subject) };
  const command = typeof subject === "object" ? subject : undefined;
  checkOptions(parsed, command);
  checkFlags(argv, command);
  if (parsed["version"] === true) return { kind: "version" };
  if (command === undefined) return { kind: "lost", text: await helpOf(undefined) };
  const operands = readOperands(command, words.slice(command.words.length));
  return { kind: "run", command, invocation: new Invocation(readOptions(parsed, command), operands) };
}

/** Splits the line by the options of all commands together; a test holds that they agree on what takes a value. */
async function split(argv: readonly string[]): Promise<Parsed> {
  const every: Record<string, Option> = {};
  for (const { options } of commands) Object.assign(every, options);
  return yargs()
    .locale("en")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    })
    .options(yargsOptions({ ...every, ...commonOptions }))
    .help(false)
    .version(false)
    .boolean(["help", "version"])
    .fail((message, error) => {
      // Returning from here would go on as if nothing had been wrong.
      if (error !== undefined && error.name !== "YError") throw error;
      throw usage(undefined, faultOfYargs(message ?? error.message));
    })
    .parseAsync([...argv]);
}

function faultOfYargs(message: string): string {
  const option = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return option === undefined
    ? `Cannot read the command line: ${message}`
    : `Cannot use "${flagOf(option)}": its value is missing`;
}

function flagOf(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/**
 * The command or, where `orGroup` says so, the noun that the words name; undefined without words.
 * @throws OperatorError USAGE where there is none
 */
function subjectOf(words: readonly string[], orGroup = true): Command | string | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  const found = commands.find((command) => command.words.every((word, i) => words[i] === word));
  if (found !== undefined) return found;
  const group = groups.find(({ noun }) => noun === first);
  if (group === undefined) {
    const known = [...new Set(commands.map((command) => command.words[0] ?? ""))];
    throw usage(undefined, `Cannot run "${first}": there is no such command${didYouMean(first, known)}`);
  }
  const verbs = commands.filter((command) => command.words[0] === first).map((command) => command.words[1] ?? "");
  if (second !== undefined) {
    const why = `Cannot run "${first} ${second}": there is no such command${didYouMean(second, verbs)}`;
    throw new OperatorError("USAGE", why, helpRemedy([first]));
  }
  if (orGroup) return first;
  const ways = verbs.map((verb) => `"${first} ${verb}"`).join(" or ");
  throw new OperatorError("USAGE", `Cannot run "${first}" alone: say ${ways}`, helpRemedy([first]));
}

function checkOptions(parsed: Parsed, command: Command | undefined): void {
  const known = { ...commonOptions, ...command?.options };
  const names = [...Object.keys(known), "help", "version"];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || name === "$0" || value === undefined) continue;
    if (!names.includes(name)) {
      const meant = didYouMean(name, names).replace(/"(.+)"/, '"--$1"');
      throw usage(command, `Cannot use "${flagOf(name)}": there is no such option${meant}`);
    }
    if (known[name]?.kind !== "values" && Array.isArray(value)) {
      throw usage(command, `Cannot use "${flagOf(name)}": it is there twice`);
    }
  }
}

/** yargs reads `--json=no` as no `--json`; whoever writes that expects something of it. */
function checkFlags(argv: readonly string[], command: Command | undefined): void {
  const end = argv.indexOf("--");
  for (const word of end < 0 ? argv : argv.slice(0, end)) {
    const name = /^--([^=]+)=/.exec(word)?.[1];
    if (name === undefined) continue;
    if (name === "help" || name === "version" || command?.options?.[name]?.kind === "flag") {
      throw usage(command, `Cannot use "${word}": --${name} takes no value`);
    }
  }
}

function readOptions(parsed: Parsed, command: Command): Map<string, boolean | string | readonly string[]> {
  const values = new Map<string, boolean | string | readonly string[]>();
  for (const [name, option] of Object.entries({ ...commonOptions, ...command.options })) {
    const value = parsed[name];
    if (typeof value === "boolean" || typeof value === "string") values.set(name, value);
    else if (Array.isArray(value)) values.set(name, value.map(String));
    else if (option.kind === "value" && option.default !== undefined) values.set(name, option.default);
  }
  return values;
}

function readOperands(command: Command, given: readonly string[]): Map<string, readonly string[]> {
  const wanted = command.operands ?? [];
  const words = command.words.join(" ");
  const missing = wanted.find(({ optional }, i) => optional !== true && given[i] === undefined);
  if (missing !== undefined) throw usage(command, `Cannot run "${words}": ${missing.name} is missing`);
  const repeats = wanted.at(-1)?.repeats === true;
  const surplus = repeats ? undefined : given[wanted.length];
  if (surplus !== undefined) throw usage(command, `Cannot run "${words}" with "${surplus}": it takes no more words`);
  const operands = new Map<string, readonly string[]>();
  wanted.forEach(({ name }, i) => {
    const values = repeats && i === wanted.length - 1 ? given.slice(i) : given.slice(i, i + 1);
    if (values.length > 0) operands.set(name, values);
  });
  return operands;
}

function usage(command: Command | undefined, message: string): OperatorError {
  return new OperatorError("USAGE", message, helpRemedy(command?.words ?? []));
}

function helpRemedy(words: readonly string[]): string {
  return `See \`${["rpzmill", ...words, "--help"].join(" ")}\``;
}
