/** The names that `entry add` and `entry end` are given: as words, in a file, or on stdin; each read, with each fault told. */
import { closeSync, openSync } from "node:fs";
import { messageOf, OperatorError } from "../base/errors.ts";
import { cutComment } from "../indicator/format/line-parser.ts";
import { isComment, itemComment } from "../indicator/format/plain-line.ts";
import { type GivenEntry, type GivenOptions, readGiven } from "../indicator/given-entry.ts";
import type { RejectReason } from "../indicator/rejects.ts";
import { type Io, readUpTo } from "./io.ts";

/** A text that was given, and where. */
export interface GivenText {
  readonly text: string;
  /** `names.txt line 3`; undefined on the command line. */
  readonly where: string | undefined;
}

export interface GivenName extends GivenEntry {
  readonly given: GivenText;
}

/** What is wrong with one of the names, in words. */
export interface NameFault {
  readonly given: GivenText;
  readonly why: string;
}

export interface GivenNames {
  readonly names: readonly GivenName[];
  readonly faults: readonly NameFault[];
  readonly notes: readonly { readonly given: GivenText; readonly reason: RejectReason }[];
}

/** More are a list, and a source of its own. */
const namesMax = 100_000;
const inputBytesMax = 16 * 1024 * 1024;

/**
 * Reads the words, `-` among them as stdin, and the file.
 * @throws OperatorError USAGE where there is none, the file cannot be read, or they are too many
 */
export function readNames(
  words: readonly string[],
  file: string | undefined,
  options: GivenOptions,
  io: Io,
): GivenNames {
  const texts = readTexts(words, file, io);
  const names: GivenName[] = [];
  const faults: NameFault[] = [];
  const notes: GivenNames["notes"][number][] = [];
  for (const given of texts) {
    const read = readGiven(given.text, options);
    if (read.fault !== undefined) faults.push({ given, why: read.fault });
    else names.push(...read.entries.map((entry) => ({ ...entry, given })));
    notes.push(...read.notes.map((reason) => ({ given, reason })));
  }
  return { names, faults, notes };
}

/** The words, `-` among them as the lines of stdin, and the lines of the file. @throws OperatorError as `readNames` */
export function readTexts(words: readonly string[], file: string | undefined, io: Io): GivenText[] {
  const texts = words.flatMap((word): GivenText[] =>
    word === "-" ? linesOf(io.readInput(inputBytesMax + 1), "stdin") : [{ text: word, where: undefined }],
  );
  if (file === "-") texts.push(...linesOf(io.readInput(inputBytesMax + 1), "stdin"));
  else if (file !== undefined) texts.push(...linesOf(readFile(file), file));
  if (texts.length > namesMax) throw tooMany(`${texts.length} names`);
  return texts;
}

function linesOf(bytes: Uint8Array, name: string): GivenText[] {
  if (bytes.length > inputBytesMax) throw tooMany(`more than ${inputBytesMax} octets`);
  const lines = Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split("\n");
  return lines.flatMap((line, i) => {
    const text = line.trim();
    if (text === "" || isComment(text)) return [];
    return [{ text: cutComment(text, itemComment), where: `${name} line ${i + 1}` }];
  });
}

function readFile(file: string): Uint8Array {
  try {
    const descriptor = openSync(file, "r");
    try {
      return readUpTo(descriptor, inputBytesMax + 1);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new OperatorError("USAGE", `Cannot read "${file}": ${messageOf(error)}`, "Name a file with one name a line", {
      cause: error,
    });
  }
}

function tooMany(what: string): OperatorError {
  return new OperatorError(
    "USAGE",
    `Cannot take ${what} at once: at most ${namesMax}`,
    "Give them in parts, or make them a list of a source of its own",
  );
}

/** Where a name was given and how it was written, for a message. */
export function shownGiven({ text, where }: GivenText): string {
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  return where === undefined ? shown : `${shown} (${where})`;
}

/** One error of all faults: told one by one on stderr where they are several. */
export function refuseNames(verb: "add" | "end", source: string, faults: readonly NameFault[], io: Io): OperatorError {
  const [first] = faults as [NameFault, ...NameFault[]];
  if (faults.length > 1) for (const { given, why } of faults) io.stderr.write(`${shownGiven(given)}: ${why}\n`);
  const others = faults.length === 1 ? "" : `, and ${faults.length - 1} more`;
  return new OperatorError(
    "USAGE",
    `Cannot ${verb} ${shownGiven(first.given)} ${verb === "add" ? "to" : "of"} "${source}": ${first.why}${others}`,
    "Nothing was done; put that right, and give all again",
  );
}
