/** What is wrong with a list in force, in words, by its snapshot: removals that are kept back, lines that cannot be read. */
import { counted, number } from "../base/counted.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListSourceConfig } from "../config/types.ts";
import { hidesName, type RejectReason } from "../indicator/rejects.ts";
import type { KeptRejects, Snapshot } from "../store/snapshots.ts";
import { type Feed, storedName } from "./feed.ts";
import { isStrict, lossPercentMax, unreadableLines } from "./kept-removals.ts";
import { standsIn } from "./name-in-line.ts";

/** `keepsRemoved`: names stay on the list, or would, that it no longer has. */
export interface ListFault {
  readonly keepsRemoved: boolean;
  readonly error: OperatorError;
}

/** What a list has of each reason, as a snapshot keeps it. */
type Kept = Readonly<Record<string, Pick<KeptRejects, "count" | "samples">>>;

/** How the faults of allow lists and of guard lists differ. */
const words = {
  allow: { code: "ALLOW_HELD", does: "allowed", shows: "source rejects" },
  guard: { code: "GUARD_HELD", does: "guarded", shows: "guard show" },
} as const;

/** The fault of a list by its snapshot; undefined where every line that matters was read and nothing waits. */
export function faultOf(feed: Feed, snapshot: Snapshot | undefined): ListFault | undefined {
  const rejects: Kept = snapshot?.rejects ?? {};
  if (feed.role === "block") return lostExceptions(feed.list, rejects["exception-unreadable"]);
  const counts = Object.fromEntries(Object.entries(rejects).map(([reason, { count }]) => [reason, count]));
  const lines = unreadableLines(counts);
  const beyond = rejects["beyond-limit"];
  if (lines > 0 && isStrict(feed)) return { keepsRemoved: true, error: lossesKept(feed, rejects, lines) };
  // Lists of ranks and of MISP's have labels that guard nothing; the build counts them as rejects.
  if (lines > 0 && feed.role === "allow") {
    return { keepsRemoved: beyond !== undefined, error: unreadableButTaken(feed, rejects, lines) };
  }
  return beyond === undefined ? undefined : { keepsRemoved: true, error: beyondLimit(feed, beyond) };
}

function lostExceptions({ id, from }: ListSourceConfig, lost: Kept[string] | undefined): ListFault | undefined {
  if (lost === undefined) return undefined;
  const [first] = lost.samples;
  const shown = first === undefined ? "" : `: line ${first.line} is "${first.text}"`;
  const error = new OperatorError(
    "EXCEPTION_UNREADABLE",
    `Cannot read ${counted(lost.count, "exception")} in "${from}"${shown}; what ${lost.count === 1 ? "it takes" : "they take"} out of the list is blocked`,
    `See \`rpzmill source rejects ${id} --reason exception-unreadable\`, and allow the names that are meant`,
  );
  return { keepsRemoved: false, error };
}

type Retaining = Exclude<Feed, { role: "block" }>;

function lossesKept(feed: Retaining, rejects: Kept, lines: number): OperatorError {
  const { code, does, shows } = words[feed.role];
  const stays = [rejects["beyond-limit"], rejects["not-removed"]];
  const kept = stays.reduce((sum, reject) => sum + (reject?.count ?? 0), 0);
  const removed = stays.flatMap((reject) => (reject?.samples ?? []).map(({ text }) => text));
  const { first, meant } = firstUnreadable(rejects, removed);
  const was = meant === undefined ? "" : `, and ${meant} was ${does} when the list was last read`;
  const stay = kept === 0 ? "" : `, and ${counted(kept, "name")} it no longer has stay${kept === 1 ? "s" : ""} ${does}`;
  return new OperatorError(
    code,
    `Cannot read all of "${feed.list.from}": ${first}${others(lines)}${was}; nothing goes off the list until that is fixed${stay}`,
    `Fix the line, or build with --accept ${storedName(feed)} to take the list as it is; \`rpzmill ${shows} ${feed.list.id}\` shows more`,
  );
}

function unreadableButTaken({ list }: Retaining, rejects: Kept, lines: number): OperatorError {
  return new OperatorError(
    "ALLOW_UNREADABLE",
    `Cannot read all of "${list.from}": ${firstUnreadable(rejects, []).first}${others(lines)}; what it means to allow there is not allowed`,
    `Fix the line; \`rpzmill source rejects ${list.id}\` shows all of them`,
  );
}

function beyondLimit(feed: Retaining, { count, samples }: Kept[string]): OperatorError {
  const { code, does } = words[feed.role];
  const some = samples.slice(0, 3).map(({ text }) => text);
  const percent = lossPercentMax(feed);
  const limit = feed.role === "guard" ? "more than half of the list" : `more than its limit of ${percent} %`;
  return new OperatorError(
    code,
    `Cannot take ${counted(count, "name")} off "${feed.list.from}" at once: ${limit} (${some.join(", ")}${count > some.length ? ", …" : ""}); they stay ${does}`,
    `Look at the list; if it is right, build with --accept ${storedName(feed)}, or put the names back`,
  );
}

/** The first line that cannot be read, in words; one in which a name stands that the list had before any other. */
function firstUnreadable(rejects: Kept, removed: readonly string[]): { first: string; meant: string | undefined } {
  const [found] = Object.entries(rejects)
    .filter(([reason]) => hidesName(reason as RejectReason))
    .flatMap(([reason, { samples }]) =>
      samples.map(({ line, text }) => {
        const meant = removed.find((name) => standsIn(name, text));
        return { first: `line ${line} is "${text}" (${reason})`, meant, line };
      }),
    )
    .sort((a, b) => Number(a.meant === undefined) - Number(b.meant === undefined) || a.line - b.line);
  return found ?? { first: "a line", meant: undefined };
}

function others(lines: number): string {
  return lines === 1 ? "" : `, and ${number(lines - 1)} more`;
}
