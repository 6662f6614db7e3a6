/** Help as yargs lays it out: usage, one line, paragraphs, commands or options, examples. */
import yargs, { type Argv, type Options } from "yargs";
import { type Command, commonOptions, type Operand, type Option } from "./command.ts";
import { commands, groups } from "./commands.ts";

/** Help on a command, on a noun and its verbs, or on the whole program. */
export async function helpOf(subject: Command | string | undefined): Promise<string> {
  const help = yargs().scriptName("rpzmill").locale("en").wrap(100).help().version("");
  if (typeof subject === "object") describeCommand(help, subject);
  else describeCommands(help, subject);
  help.group([...Object.keys(commonOptions), "help", "version"], "Common options:");
  return help.options(yargsOptions(commonOptions)).getHelp();
}

const overview = `rpzmill COMMAND [options]

Merges shared malicious-domain intelligence into DNS Response Policy Zones and serves them to resolvers.

Results go to stdout, messages to stderr. Exit code 0: done, 1: failed, 2: the command line or the
configuration is at fault, 3: a zone is on hold until somebody accepts its change.`;

function describeCommands(help: Argv, noun: string | undefined): void {
  if (noun === undefined) {
    help.usage(overview);
    for (const { words, line } of commands) if (words.length === 1) help.command(words.join(" "), line);
    for (const group of groups) help.command(group.noun, group.line);
    return;
  }
  const line = groups.find((group) => group.noun === noun)?.line ?? "";
  help.usage(`rpzmill ${noun} COMMAND\n\n${line}.`);
  for (const command of commands) {
    if (command.words[0] === noun) help.command(command.words.join(" "), command.line);
  }
}

/** `NAME`, `NAME…` where it may be given many times, in brackets where it may be left out. */
export function operandInWords({ name, optional, repeats }: Operand): string {
  const shown = repeats === true ? `${name}…` : name;
  return optional === true ? `[${shown}]` : shown;
}

function describeCommand(
  help: Argv,
  { words, operands = [], options = {}, line, paragraphs, examples }: Command,
): void {
  const named = operands.map(operandInWords);
  const usage = ["rpzmill", ...words, ...named, "[options]"].join(" ");
  help.usage([usage, `${line}.`, ...paragraphs].join("\n\n"));
  if (Object.keys(options).length > 0) help.group(Object.keys(options), "Options:");
  help.options(yargsOptions(options));
  for (const [example, meaning] of examples) help.example(`rpzmill ${example}`, meaning);
}

/** Our options in the form of yargs. Defaults are only shown by it: `command-line.ts` fills them in. */
export function yargsOptions(options: Readonly<Record<string, Option>>): Record<string, Options> {
  const made: Record<string, Options> = {};
  for (const [name, option] of Object.entries(options)) {
    const { describe } = option;
    if (option.kind === "flag") {
      made[name] = { type: "boolean", describe };
      continue;
    }
    const shown = `${describe} (${option.name})`;
    const takes: Options = { type: "string", nargs: 1, describe: shown };
    if (option.kind === "values") made[name] = { ...takes, array: true };
    else if (option.default === undefined) made[name] = takes;
    else made[name] = { ...takes, defaultDescription: JSON.stringify(option.default) };
  }
  return made;
}
