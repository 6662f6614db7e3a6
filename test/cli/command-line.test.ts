import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commonOptions } from "../../src/cli/command.ts";
import { readCommandLine } from "../../src/cli/command-line.ts";
import { commands, groups } from "../../src/cli/commands.ts";
import { operandInWords } from "../../src/cli/help-text.ts";
import { run } from "./cli.ts";

const named = commands.map((command) => [command.words.join(" "), command] as const);

test("without a command the help goes to stderr and the exit code is 2", async () => {
  const { code, stdout, stderr } = await run([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  for (const { words } of commands) expect(stderr).toContain(`rpzmill ${words[0]} `);
});

test.each([["--help"], ["help"]])("%s prints the help on stdout", async (word) => {
  const { code, stdout, stderr } = await run([word]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("rpzmill COMMAND [options]");
  for (const { noun } of groups) expect(stdout).toContain(`rpzmill ${noun} `);
});

test("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("options of one name take a value in all commands or in none, since lines are split by all of them", () => {
  const kinds = commands.flatMap(({ options = {} }) => Object.entries({ ...commonOptions, ...options }));
  const byName = new Map(kinds.map(([name, { kind }]) => [name, kind]));
  for (const [name, { kind }] of kinds) expect([name, kind]).toEqual([name, byName.get(name)]);
});

test("an option may stand anywhere, and after -- every word is an operand", async () => {
  const late = await readCommandLine(["--json", "source", "--limit", "3", "rejects", "phish"]);
  const early = await readCommandLine(["source", "rejects", "phish", "--limit=3", "--json"]);
  expect(late).toEqual(early);
  const dashed = await readCommandLine(["explain", "--", "--json"]);
  expect(dashed.kind === "run" && dashed.invocation.operand("NAME")).toBe("--json");
});

test("help on a command that is not there is an error", async () => {
  for (const argv of [
    ["help", "buidl"],
    ["buidl", "--help"],
  ]) {
    const { code, stderr } = await run(argv);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "build"?') });
  }
});

test.each(groups.map(({ noun }) => noun))("help on the noun %s lists its verbs", async (noun) => {
  const { code, stdout } = await run([noun, "--help"]);
  expect(code).toBe(0);
  for (const { words, line } of commands) {
    if (words[0] === noun) expect(stdout.replace(/ +/g, " ")).toContain(` rpzmill ${words.join(" ")} ${line}`);
  }
});

describe.each(named)("%s", (words, command) => {
  test("its help has usage, one line, paragraphs, options and examples", async () => {
    const { code, stdout } = await run([...command.words, "--help"]);
    expect(code).toBe(0);
    expect(stdout.startsWith(`rpzmill ${words} `)).toBe(true);
    const flowing = stdout.replace(/\s+/g, " ");
    for (const paragraph of command.paragraphs) expect(flowing).toContain(paragraph.replace(/\s+/g, " "));
    expect(stdout.split("\n\n")[1]).toBe(`${command.line}.`);
    for (const name of Object.keys(command.options ?? {})) expect(stdout).toContain(`--${name} `);
    expect(command.examples.length).toBeGreaterThan(0);
    expect(stdout).toContain("Examples:");
    expect((await run(["help", ...command.words])).stdout).toBe(stdout);
  });

  test("its examples are command lines of its own", async () => {
    for (const [example] of command.examples) {
      const argv = (example.split(" | ")[0] ?? "").split(" ");
      expect(await readCommandLine(argv)).toMatchObject({ kind: "run", command: { words: command.words } });
    }
  });

  test("its code loads", async () => {
    expect(await command.load()).toBeTypeOf("function");
  });
});

test("the README's table has every command and no other", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const table = /^\| command \| does \|\n[^\n]*\n((?:\|[^\n]*\n)+)/m.exec(readme)?.[1] ?? "";
  const listed = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, words]) => words);
  const required = commands.map(({ words, operands = [] }) => {
    return [...words, ...operands.map(operandInWords)].join(" ");
  });
  expect(new Set(listed)).toEqual(new Set(required));
  expect(listed).toHaveLength(required.length);
});

describe("what cannot be understood exits 2 and says what was probably meant", () => {
  test.each([
    ["buidl", 'Cannot run "buidl": there is no such command (did you mean "build"?)', "--help"],
    ["xyzzy", 'Cannot run "xyzzy": there is no such command', "--help"],
    ["zone", 'Cannot run "zone" alone: say "zone list" or', "zone --help"],
    ["zone lits", 'Cannot run "zone lits": there is no such command (did you mean "list"?)', "zone --help"],
    ["zone show", 'Cannot run "zone show": APEX is missing', "zone show --help"],
    ["zone show a b", 'Cannot run "zone show" with "b": it takes no more words', "zone show --help"],
    ["build --ful", 'Cannot use "--ful": there is no such option (did you mean "--full"?)', "build --help"],
    ["build --no-json", 'Cannot use "--no-json": there is no such option', "build --help"],
    ["build -x", 'Cannot use "-x": there is no such option', "build --help"],
    ["--jsno", 'Cannot use "--jsno": there is no such option', "--help"],
    ["build --config", 'Cannot use "--config": its value is missing', "--help"],
    ["build --config a --config b", 'Cannot use "--config": it is there twice', "build --help"],
    ["build --json=no", 'Cannot use "--json=no": --json takes no value', "build --help"],
    ["source rejects phish --limit many", 'Cannot read --limit "many"', "--limit 10"],
  ])("%s", async (line, message, remedy) => {
    const { code, stdout, stderr } = await run(withConfig(line));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.startsWith(`rpzmill: ${message}`)).toBe(true);
    expect(stderr.split("\n")[1]).toContain(remedy);
    expect(stderr).not.toContain("    at ");
  });
});

/** Words alone decide, so that no configuration needs to be there; one line must get past it. */
function withConfig(line: string): string[] {
  const sample = new URL("../../rpzmill.yaml", import.meta.url).pathname;
  return line.startsWith("source") ? [...line.split(" "), "--config", sample] : line.split(" ");
}
