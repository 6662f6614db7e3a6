/** Why what was read of a list may not be accepted unasked: it is empty, or the list changed beyond its limit. */
import { number } from "../base/counted.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListSourceConfig } from "../config/types.ts";
import { isFault, type RejectReason, type Rejects } from "../indicator/rejects.ts";
import type { KeptRejects, Snapshot } from "../store/snapshots.ts";
import { type Feed, storedName } from "./feed.ts";
import { mayStartEmpty } from "./guard-list.ts";
import type { ReadingOnHold } from "./hold.ts";
import { unreadableLines } from "./kept-removals.ts";
import { type Breach, breachesOf, breachInWords, type GuardedReading } from "./source-guard.ts";

/** How many names came and went against the snapshot in force. */
export interface NamesChanged {
  readonly entries: number;
  readonly added: number;
  readonly missing: number;
  /** Names that stay and of which something else is said, where that counts. */
  readonly otherwise?: number;
  /** Those of `missing` of which the source reports something that cannot be read. */
  readonly unreadable?: number;
  /**
   * Names that are not among `missing`, though they went: the source itself says that they are revoked or have ended. This is no
   * sign of a broken list, unless it says so of every name.
   */
  readonly takenBack?: number;
  /** Names that are not among `missing`, though they went: what is reported of them now waits for a person. */
  readonly toReview?: number;
  /** Of a source with facts: names of `added` by the profiles under which they are reported. */
  readonly addedUnder?: ReadonlyMap<number, number>;
}

/**
 * Of a source that listed something, why nothing is left of it, in words: people decide of that as of any other loss. Undefined where something is, or
 * nothing may be. @throws OperatorError SOURCE_EMPTY of all other lists
 */
export function emptinessOf(
  feed: Feed,
  entries: number,
  current: Snapshot | undefined,
  rejects: Rejects,
): string | undefined {
  const { list, role } = feed;
  // A hand-written allow list may well start out empty, but not one of lines that nobody can read.
  const mayBeEmpty = role === "allow" && (current?.entries ?? 0) === 0 && unreadableLines(rejects.counts) === 0;
  // So does a folder in which nobody has put anything yet.
  const isNewFolder = role === "block" && list.fetch?.kind === "folder" && (current?.entries ?? 0) === 0;
  if (entries > 0 || mayBeEmpty || isNewFolder) return undefined;
  if (role === "guard" && mayStartEmpty(list, current, rejects.total)) return undefined;
  if (role === "block" && (current?.entries ?? 0) > 0) return emptyInWords(rejects);
  throw new OperatorError(
    "SOURCE_EMPTY",
    `Cannot take "${list.from}": ${emptyInWords(rejects)}`,
    `Check the file and its format; if it really is to be empty now, build with --accept ${storedName(feed)}`,
  );
}

/** Reasons that are named. */
const reasonsShown = 3;

/** Why nothing was left of a list: the reasons, most first, and the first line of the most frequent one. */
export function emptyInWords({ counts, samples }: Rejects): string {
  const reasons = Object.entries(counts).sort(
    ([a, x], [b, y]) => Number(isFault(b)) - Number(isFault(a)) || y - x || (a < b ? -1 : 1),
  );
  const [most] = reasons;
  if (most === undefined) return "it holds no name and no address";
  const shown = reasons.slice(0, reasonsShown).map(([reason, count]) => `${number(count)} ${reason}`);
  const first = samples[most[0] as RejectReason]?.[0];
  const line = first === undefined || first.line === 0 ? "" : `; line ${number(first.line)}: ${first.text}`;
  return `none of its items can be used: ${shown.join(", ")}${line}`;
}

/** That nothing is left. */
const emptyBreach: Breach = { guard: "empty", allowed: 1, found: 0 };

/** Why a reading of a source is not to be taken unasked, with how much it would change; undefined where it may be. */
export function surpriseOf(
  list: ListSourceConfig,
  changed: NamesChanged,
  reading: GuardedReading,
  emptiness?: string,
): ReadingOnHold["change"] | undefined {
  const breaches = emptiness === undefined ? breachesOf(list, changed, reading) : [emptyBreach];
  if (breaches.length === 0) return undefined;
  const { entries, added, missing: removed, otherwise = 0, takenBack = 0 } = changed;
  const { before = 0 } = reading;
  const message =
    emptiness === undefined
      ? surpriseInWords(list, changed, reading.before, breaches)
      : `Cannot take "${list.from}": ${emptiness}`;
  return { message, breaches, before, entries, added, removed, changed: otherwise, takenBack };
}

function surpriseInWords(
  { from, limit }: ListSourceConfig,
  written: NamesChanged,
  before: number | undefined,
  breaches: readonly Breach[],
): string {
  const beyond = breaches.map((breach) => breachInWords(breach, limit.entries)).join(", and beyond ");
  if (before === undefined) return `Cannot take "${from}": it has ${written.entries} entries, beyond ${beyond}`;
  const { entries, added, missing, otherwise = 0, unreadable = 0, takenBack = 0, toReview = 0 } = written;
  const verb = entries < before ? "shrank" : entries > before ? "grew" : "changed";
  const gone = missing - unreadable;
  const kinds: readonly (readonly [number, string])[] = [
    [added, "new"],
    [gone, "gone"],
    [unreadable, "unreadable"],
    [takenBack, "revoked or ended"],
    [toReview, "in need of a review"],
  ];
  const several = kinds.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const which = unreadable > 0 || takenBack > 0 || toReview > 0 ? " that count" : "";
  const hasKinds = several.length > 1 || which !== "";
  const both = hasKinds
    ? `, ${several.slice(0, -1).join(", ")}${several.length > 1 ? " and " : ""}${several.at(-1)}`
    : "";
  const others = otherwise > 0 ? `, of which ${otherwise} say something else now` : "";
  return `Cannot take "${from}": it ${verb} from ${before} to ${entries} entries${which}${both}${others}, beyond ${beyond}`;
}

/** Rejects as a snapshot keeps them. */
export function keptRejects(rejects: Rejects): Record<string, KeptRejects> {
  const kept: Record<string, KeptRejects> = {};
  for (const [reason, count] of Object.entries(rejects.counts)) {
    kept[reason] = { count, samples: rejects.samples[reason as RejectReason] ?? [] };
  }
  return kept;
}
