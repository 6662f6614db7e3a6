/** What a list said at a past time, as `source show --at` and `source diff` print it: times, entries, why there are none. */
import { isoTime } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { flag } from "../indicator/entry/collector.ts";
import { shownKey } from "../indicator/entry/shown-key.ts";
import type { Statements } from "../indicator/entry/statements.ts";
import { secondsOf } from "../indicator/moment.ts";
import type { Role } from "../indicator/role.ts";
import type { Unreadable } from "../store/history.ts";
import { writeInChunks } from "./chunks.ts";

/** One line for people, or one object of a JSON array. */
export interface Piece {
  readonly line: string;
  readonly value: unknown;
}

/**
 * A time that was given, as Unix seconds. @throws OperatorError USAGE where it is none
 */
export function timeGiven(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== undefined) return seconds;
  throw new OperatorError(
    "USAGE",
    `Cannot read "${text}" as a time`,
    "Give a day (2026-11-24), a time (2026-11-24T10:00:00Z) or Unix seconds",
  );
}

/** For a time of which nothing is kept. */
export function nothingKept(id: string, at: number, kept: Unreadable): OperatorError {
  const why =
    kept.why === "too-large"
      ? `more changed at ${isoTime(kept.at)} than is kept of one change`
      : kept.from === undefined
        ? "it was never read"
        : `what is kept of it begins at ${isoTime(kept.from)}`;
  return new OperatorError(
    "NOT_FOUND",
    `Cannot say what "${id}" listed at ${isoTime(at)}: ${why}`,
    "`historyDays` says how long changes are kept; ask about a later time",
  );
}

/** What a list says of a name, in words: `subtree`, `exact`, `exception exact` …; empty where it says nothing. */
export function wordsOf({ count, flags }: Statements, role: Role): string[] {
  const words = new Set<string>();
  for (let i = 0; i < count; i++) for (const word of wordsOfFlags(flags[i] as number, role)) words.add(word);
  return [...words];
}

/** The same of one entry. */
export function wordsOfFlags(flags: number, role: Role): string[] {
  const reach = (self: number, beneath: number): string | undefined => {
    if (flags & self) return flags & beneath ? "subtree" : "exact";
    return flags & beneath ? "beneath" : undefined;
  };
  const words: string[] = [];
  const listed = reach(flag.blockSelf, flag.blockBeneath);
  if (listed !== undefined) words.push(listed);
  if (flags & flag.blockUrlHost && (flags & flag.blockSelf) === 0) words.push("url-host");
  const exempt = role === "allow" ? undefined : reach(flag.exemptSelf, flag.exemptBeneath);
  if (exempt !== undefined) words.push(`exception ${exempt}`);
  return words;
}

/** The name or prefix of a key. */
export function nameOf(key: Uint8Array): string {
  return shownKey(key.slice());
}

/** Writes pieces as lines, or as a JSON object whose `member` is their array; one at a time, since there may be millions. */
export function writePieces(
  write: (text: string) => void,
  pieces: Iterable<Piece>,
  asJson: { readonly head: Readonly<Record<string, unknown>>; readonly member: string } | undefined,
): void {
  writeInChunks(write, asJson === undefined ? linesOf(pieces) : jsonOf(pieces, asJson.head, asJson.member));
}

function* linesOf(pieces: Iterable<Piece>): Generator<string, undefined> {
  for (const { line } of pieces) yield `${line}\n`;
  return undefined;
}

function* jsonOf(pieces: Iterable<Piece>, head: object, member: string): Generator<string, undefined> {
  yield `${JSON.stringify(head).slice(0, -1)},"${member}":[`;
  let separator = "";
  for (const { value } of pieces) {
    yield separator + JSON.stringify(value);
    separator = ",";
  }
  yield "]}\n";
  return undefined;
}
