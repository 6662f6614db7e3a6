/**
 * What is worth a word when a list was accepted: a last line that was left out; and of a list that must not lose names
 * unnoticed, the names that went off it, and those of them in whose place a name came that is spelled nearly alike, or that
 * stand in a line that is not taken.
 */
import { domainToUnicode } from "node:url";
import { counted } from "../base/counted.ts";
import { editDistance } from "../base/edit-distance.ts";
import type { Rejects } from "../indicator/rejects.ts";
import type { Feed } from "./feed.ts";
import { standsIn } from "./name-in-line.ts";
import type { SnapshotPart } from "./snapshot-writer.ts";

export interface Remark {
  readonly level: "info" | "warn";
  readonly message: string;
}

type Changes = Pick<SnapshotPart, "missing" | "missingNames" | "addedNames">;

/** Names that a remark shows. */
const shownMax = 5;
/** Where more names went, somebody sorted the list out; it also bounds the pairs of names that are compared. */
const mistypedMax = 10;
/** Edits that make a name another by mistake. */
const editsMax = 2;
/** Characters of what two names do not share, beyond which they are not compared. */
const comparedMax = 64;

/** What to say of a list's changes, which are in force. Ranks change every day, and no one takes names off them. */
export function remarksOn(feed: Feed, changes: Changes, rejects: Pick<Rejects, "samples">): Remark[] {
  if (feed.role === "block") return onCutLine(feed.list.from, rejects);
  const isWatched = feed.role === "allow" || (feed.role === "guard" && feed.list.format !== "ranks");
  const { missing, missingNames } = changes;
  if (!isWatched || missing === 0) return [];
  const list = `the ${feed.role === "allow" ? "allow list" : "guard"} "${feed.list.id}"`;
  const shown = missingNames.slice(0, shownMax).join(", ");
  const went: Remark = {
    level: "info",
    message: `Took ${counted(missing, "name")} off ${list}: ${shown}${missing > shownMax ? ", …" : ""}`,
  };
  const mistyped = mistypedNames(changes).map(({ gone, come }): Remark => {
    const message = `"${gone}" went off ${list} as "${come}" came: if that is a typing error, "${gone}" may be blocked now`;
    return { level: "warn", message };
  });
  return [went, ...mistyped, ...onOtherLines(list, missingNames, rejects)];
}

/** What to say of a last line that was left out. */
export function onCutLine(from: string, { samples }: Pick<Rejects, "samples">): Remark[] {
  const line = samples["cut-line"]?.[0];
  if (line === undefined) return [];
  const why = "the list shrank and the line does not end, so that it may be half a name; get the list again";
  return [{ level: "warn", message: `Left out the last line of "${from}", "${line.text}": ${why}` }];
}

/** What is no fault of a list and may yet be where a name went that it had, in words. */
const otherLines = [
  ["cosmetic-rule", "a rule about parts of pages"],
  ["not-taken", "which is not taken"],
  ["filtered", "which is not taken"],
] as const;

/** Names that went and stand in such a line. */
function onOtherLines(list: string, gone: readonly string[], { samples }: Pick<Rejects, "samples">): Remark[] {
  return gone.flatMap((name): Remark[] => {
    for (const [reason, what] of otherLines) {
      const found = samples[reason]?.find(({ text }) => standsIn(name, text));
      if (found === undefined) continue;
      const where = `line ${found.line}, "${found.text}", ${what}`;
      return [{ level: "warn", message: `"${name}" went off ${list} and stands in ${where}: it may be blocked now` }];
    }
    return [];
  });
}

/** Names that went while one came that is nearly the same. */
function mistypedNames({ missing, missingNames, addedNames }: Changes): { gone: string; come: string }[] {
  if (missing > mistypedMax) return [];
  return missingNames.flatMap((gone) => {
    const come = addedNames.find((name) => readingsOf(name).some((read) => read === gone || isMistyped(gone, read)));
    return come === undefined ? [] : [{ gone, come }];
  });
}

/** Letters of other scripts that look like Latin ones, and these. */
const alikeLetters = new Map(
  [..."аесорхуіјѕԁһӏԛԝгкмпιονρτυκ"].map((letter, i) => [letter, "aecopxyijsdhlqwrkmniovptuk"[i] as string]),
);

/** The ways in which a name that was mistyped may have been meant. */
function readingsOf(name: string): string[] {
  const readings = [name];
  const behindAddress = name.replace(/^\d{1,3}(?:\.\d{1,3}){3}/, "");
  if (behindAddress !== name) readings.push(behindAddress);
  if (name.includes("xn--")) {
    readings.push(name.replaceAll("xn--", ""));
    readings.push([...domainToUnicode(name)].map((letter) => alikeLetters.get(letter) ?? letter).join(""));
  }
  return readings;
}

function isMistyped(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > editsMax) return false;
  // Hosts are numbered, and addresses are numbers.
  if (one.replace(/\d+/g, "") === other.replace(/\d+/g, "")) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  return Math.max(left.length, right.length) <= comparedMax && editDistance(left, right) <= editsMax;
}
