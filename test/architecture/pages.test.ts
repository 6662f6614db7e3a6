import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { operandInWords } from "../../src/cli/help-text.ts";
import { loadConfig } from "../../src/config/load.ts";
import { listFormats } from "../../src/config/types.ts";
import { folderOf } from "../config/folder.ts";
import { havePrograms, programPath } from "../interop/harness/programs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = read("README.md");
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The fenced blocks of a language whose text holds `mark`. */
function blocksOf(page: string, language: string, mark = ""): string[] {
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.filter(([, of, text]) => of === language && text?.includes(mark)).map(([, , text = ""]) => text);
}

test("the README's first screen has the two commands and the line to try", () => {
  const screen = readme.split("\n").slice(0, 24).join("\n");
  for (const line of ["npm start ", "npm test ", "dig @127.0.0.1 -p 5354 malware.rpz.example AXFR"])
    expect(screen).toContain(line);
});

test("the proof on a bare machine runs the README's test command", () => {
  expect(blocksOf(readme, "sh", "npm test")[0]).toMatch(/^npm test\s+#/m);
  expect(read(".ci/run")).toMatch(/^\s*npm test /m);
});

test("the README's own configuration loads as it is printed", () => {
  const blocks = blocksOf(readme, "yaml", "version: 1");
  const named = Object.fromEntries(blocks.map((text) => [/^# (\S+)/.exec(text)?.[1] ?? "", text]));
  expect(Object.keys(named)).toEqual(["rpzmill.yaml", "zones/phishing.yaml"]);
  const config = loadConfig(join(folderOf(named), "rpzmill.yaml"));
  expect(config.zones[0]?.apex).toBe("phishing.rpz.example");
  expect(config.warnings).toEqual([]);
});

test("an action that docs/configuration.md prints is one", () => {
  const actions = blocksOf(read("docs/configuration.md"), "yaml", "action:");
  expect(actions).toHaveLength(1);
  const sources = ["phishing", "adult"]
    .map((word) => `  - {id: ${word}, from: ${word}.txt, category: ${word}}\n`)
    .join("");
  const folder = folderOf({
    "rpzmill.yaml": `version: 1\nsources:\n${sources}zones: zone.yaml\n`,
    "zone.yaml": `version: 1\napex: rpz.example\ntake: {sources: [phishing]}\n${actions[0]}`,
  });
  expect(loadConfig(join(folder, "rpzmill.yaml")).zones[0]?.action.byCategory["adult"]).toBe("nodata");
});

test("the README describes every format", () => {
  for (const format of listFormats) expect(readme).toContain(`| \`${format}\` | `);
});

test("the README lists every command with what it wants, in the order of the help", () => {
  const section = readme.split("## Commands\n")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([a-z][^`]*)` \| [a-z]/gm)].map(([, row = ""]) => row);
  const written = commands.map(({ words, operands = [] }) => {
    return [...words, ...operands.map(operandInWords)].join(" ");
  });
  expect(rows).toEqual(written);
});

test("every rpzmill command that a page prints is one", () => {
  const known = new Set(commands.map(({ words }) => words.join(" ")));
  for (const page of pages) {
    const printed = [
      ...read(page).matchAll(
        /rpzmill ((?:zone|source|entry|guard|store|config|key) [a-z-]+|build|serve|run|explain|backup)\b/g,
      ),
    ];
    for (const [, words = ""] of printed) expect(known, page).toContain(words);
  }
});

describe.each([
  ["BIND", "response-policy", "named-checkconf"],
  ["Unbound", "module-config", "unbound-checkconf"],
] as const)("%s", (_, mark, program) => {
  test.skipIf(!havePrograms(program))("takes the README's lines for it", () => {
    const file = join(folderOf({}), `${program}.conf`);
    writeFileSync(file, blocksOf(readme, "", mark)[0] ?? "no such block");
    expect(() => execFileSync(programPath(program), [file], { stdio: "pipe" })).not.toThrow();
  });
});

test("links between pages lead to files", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});
