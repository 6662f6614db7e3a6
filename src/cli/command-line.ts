/**
 * Reads a command line with yargs: which command, with which options and operands, or which help to print. yargs
 * splits and formats; what is known and what was probably meant is judged here, so that one rule holds for all.
 */
import yargs, { type Argv } from "yargs";
import { OperatorError } from "../base/errors.ts";
import { didYouMean } from "../config/suggest.ts";
import { type Command, commonOptions, Invocation, type Option } from "./command.ts";
import { commands, groups } from "./commands.ts";

export type Request =
  | { readonly kind: "run"; readonly command: Command; readonly invocation: Invocation }
  | { readonly kind: "print"; readonly text: string }
  /** No command at all: the help, as an answer to a mistake. */
  | { readonly kind: "lost"; readonly text: string };

type Parsed = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** @throws OperatorError USAGE */
export async function readCommandLine(argv: readonly string[], version: string): Promise<Request> {
  const found = await parse(argv, version);
  if (found.text !== "") return { kind: "print", text: found.text };
  const words = found.parsed._.map(String);
  const { command } = found;
  if (command !== undefined) {
    checkOptions(found.parsed, command);
    checkFlags(argv, command);
    const operands = readOperands(command, words.slice(command.words.length));
    return { kind: "run", command, invocation: new Invocation(readOptions(found.parsed, command), operands) };
  }
  if (words.length === 0) {
    checkOptions(found.parsed, undefined);
    return { kind: "lost", text: (await parse(["--help"], version)).text };
  }
  if (words[0] === "help") return { kind: "print", text: (await parse([...words.slice(1), "--help"], version)).text };
  throw unknownCommand(words);
}

interface Found {
  readonly parsed: Parsed;
  readonly command: Command | undefined;
  /** Help or version, where that was asked for. */
  readonly text: string;
}

async function parse(argv: readonly string[], version: string): Promise<Found> {
  let chosen: Command | undefined;
  const choose = (command: Command) => () => {
    chosen = command;
  };
  const parser = yargs()
    .scriptName("rpzmill")
    .locale("en")
    .wrap(100)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    })
    .usage(overview)
    .options(optionsFor(commonOptions))
    .help()
    .version(version)
    .fail((message, error) => {
      // Returning from here would run the command all the same.
      if (error !== undefined && error.name !== "YError") throw error;
      throw usage(chosen, faultOfYargs(message ?? error.message));
    });
  const add = (to: Argv, command: Command): void => {
    to.command(command.words.at(-1) ?? "", command.line, (one: Argv) => describe(one, command), choose(command));
  };
  for (const command of commands) if (command.words.length === 1) add(parser, command);
  for (const { noun, line } of groups) {
    parser.command(noun, line, (group: Argv) => {
      group.usage(`rpzmill ${noun} COMMAND\n\n${line}.`);
      for (const command of commands) if (command.words.length > 1 && command.words[0] === noun) add(group, command);
      return group;
    });
  }
  let text = "";
  const parsed = await parser.parseAsync([...argv], {}, (_error, _argv, output) => {
    text = output;
  });
  return { parsed: parsed as Parsed, command: chosen, text };
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

const overview = `rpzmill COMMAND [options]

Merges shared malicious-domain intelligence into DNS Response Policy Zones and serves them to resolvers.

Results go to stdout, the talk to stderr. Exit code 0: done, 1: failed, 2: the command line or the
configuration is at fault, 3: held for a person to approve.`;

function describe(one: Argv, command: Command): Argv {
  const operands = (command.operands ?? []).map(({ name, optional }) => (optional === true ? `[${name}]` : name));
  const usage = ["rpzmill", ...command.words, ...operands, "[options]"].join(" ");
  one.usage([usage, `${command.line}.`, ...command.paragraphs].join("\n\n"));
  const own = command.options ?? {};
  one.options(optionsFor(own));
  if (Object.keys(own).length > 0) one.group(Object.keys(own), "Options:");
  one.group([...Object.keys(commonOptions), "help", "version"], "Common options:");
  for (const [example, meaning] of command.examples) one.example(`rpzmill ${example}`, meaning);
  return one;
}

function optionsFor(options: Readonly<Record<string, Option>>) {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const { describe } = option;
      if (option.kind === "flag") return [name, { type: "boolean" as const, describe }];
      const shown = `${describe} (${option.name})`;
      if (option.kind === "values") return [name, { type: "string" as const, array: true, nargs: 1, describe: shown }];
      const fallback = option.default === undefined ? {} : { default: option.default };
      return [name, { type: "string" as const, nargs: 1, describe: shown, ...fallback }];
    }),
  );
}

function checkOptions(parsed: Parsed, command: Command | undefined): void {
  const known = { ...commonOptions, ...command?.options };
  const names = [...Object.keys(known), "help", "version"];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || name === "$0" || value === undefined) continue;
    const flag = flagOf(name);
    const option = known[name];
    if (option === undefined) {
      if (name === "help" || name === "version") continue;
      const meant = didYouMean(name, names).replace(/"(.+)"/, '"--$1"');
      throw usage(command, `Cannot use "${flag}": there is no such option${meant}`);
    }
    if (option.kind !== "values" && Array.isArray(value))
      throw usage(command, `Cannot use "${flag}": it is there twice`);
  }
}

/** yargs reads `--json=no` as no `--json`; whoever writes that expects something of it. */
function checkFlags(argv: readonly string[], command: Command): void {
  const end = argv.indexOf("--");
  for (const word of end < 0 ? argv : argv.slice(0, end)) {
    const name = /^--([^=]+)=/.exec(word)?.[1];
    if (name !== undefined && command.options?.[name]?.kind === "flag") {
      throw usage(command, `Cannot use "${word}": --${name} takes no value`);
    }
  }
}

function readOptions(parsed: Parsed, command: Command): Map<string, boolean | string | readonly string[]> {
  const values = new Map<string, boolean | string | readonly string[]>();
  for (const name of Object.keys({ ...commonOptions, ...command.options })) {
    const value = parsed[name];
    if (typeof value === "boolean" || typeof value === "string") values.set(name, value);
    else if (Array.isArray(value)) values.set(name, value.map(String));
  }
  return values;
}

function readOperands(command: Command, given: readonly string[]): Map<string, string> {
  const wanted = command.operands ?? [];
  const words = command.words.join(" ");
  const missing = wanted.find(({ optional }, i) => optional !== true && given[i] === undefined);
  if (missing !== undefined) throw usage(command, `Cannot run "${words}": ${missing.name} is missing`);
  const surplus = given[wanted.length];
  if (surplus !== undefined) throw usage(command, `Cannot run "${words}" with "${surplus}": it takes no more words`);
  const operands = new Map<string, string>();
  for (const [i, value] of given.entries()) operands.set((wanted[i] as { name: string }).name, value);
  return operands;
}

function unknownCommand([first = "", second]: readonly string[]): OperatorError {
  const group = groups.find(({ noun }) => noun === first);
  if (group === undefined) {
    const words = [...new Set(commands.map(({ words: [word = ""] }) => word))];
    return usage(undefined, `Cannot run "${first}": there is no such command${didYouMean(first, words)}`);
  }
  const verbs = commands.filter(({ words: [noun] }) => noun === first).map(({ words: [, verb = ""] }) => verb);
  const why =
    second === undefined
      ? `Cannot run "${first}" alone: say ${verbs.map((verb) => `"${first} ${verb}"`).join(" or ")}`
      : `Cannot run "${first} ${second}": there is no such command${didYouMean(second, verbs)}`;
  return new OperatorError("USAGE", why, helpRemedy([first]));
}

function usage(command: Command | undefined, message: string): OperatorError {
  return new OperatorError("USAGE", message, helpRemedy(command?.words ?? []));
}

function helpRemedy(words: readonly string[]): string {
  return `See \`${["rpzmill", ...words, "--help"].join(" ")}\``;
}
