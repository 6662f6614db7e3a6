import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ErrorCode, OperatorError } from "../../src/base/errors.ts";
import { exitCodeOfError } from "../../src/cli/print-error.ts";

const source = readFileSync(new URL("../../src/base/errors.ts", import.meta.url), "utf8");
const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");

/** The members of the union `ErrorCode`. */
function codesOf(text: string): string[] {
  const union = /export type ErrorCode =([^;]+);/.exec(text)?.[1] ?? "";
  return [...union.matchAll(/"([A-Z_]+)"/g)].map((match) => match[1] ?? "");
}

/** The codes that the page has a heading for. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^### `([A-Z_]+)`$/gm)].map((match) => match[1] ?? "");
}

test("codes and headings are found where they stand", () => {
  expect(codesOf('export type ErrorCode =\n  | "A_B"\n  | "C";\nconst x = "D";')).toEqual(["A_B", "C"]);
  expect(headingsOf("### `A_B`\ntext `C`\n### `D`\n")).toEqual(["A_B", "D"]);
});

test("every error code is documented, and no other, in the same order", () => {
  expect(codesOf(source).length).toBeGreaterThan(5);
  expect(headingsOf(page)).toEqual(codesOf(source));
});

test("every code says what it means and what to do", () => {
  const sections = page.split(/^### /m).slice(1);
  for (const section of sections) {
    expect(section).toMatch(/\*\*Meaning\.\*\* \S/);
    expect(section).toMatch(/\*\*What to do\.\*\* \S/);
  }
});

/** Codes of what is wrong with a list that is in force all the same: no command ends with one. */
const warnings: readonly string[] = [
  "ALLOW_HELD",
  "ALLOW_UNREADABLE",
  "GUARD_HELD",
  "EXCEPTION_UNREADABLE",
  "SOURCE_STALE",
];

test.each(codesOf(source))("%s has the exit code that the page says", (code) => {
  const section = page.split(/^### /m).find((text) => text.startsWith(`\`${code}\``)) ?? "";
  const written = /^\*\*Exit code\*\* (.+)\.$/m.exec(section)?.[1];
  const ofCommand = String(exitCodeOfError(new OperatorError(code as ErrorCode, "", "")));
  const orWarning = `${ofCommand} where nothing could be built without it, else 0 with a warning`;
  if (warnings.includes(code)) expect(written).toBe("0 with a warning");
  else expect(written).toBe(code.startsWith("SOURCE_") ? orWarning : ofCommand);
});
