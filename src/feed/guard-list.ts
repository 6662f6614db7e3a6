/**
 * What is particular to guard lists when they are refreshed: lists that come with the program are told apart by their
 * content, and an empty list may be right.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { GuardListConfig } from "../config/types.ts";
import type { GuardParseOptions } from "../guard/format/format.ts";
import type { Snapshot } from "../store/snapshots.ts";
import { type FileState, stateOfFile, unreadable } from "./file.ts";

/** A guard list with the bounds that a feed needs. */
export interface GuardFeedList extends GuardListConfig {
  /** Octets that the list may have once expanded. */
  readonly expandedBytesMax: number;
}

/** Ten times a rank list of a million names; a larger one is not what its name says. */
const guardBytesMax = 256 * 1024 * 1024;
/** Raise when a guard list would be read otherwise than before. */
const guardParserRevision = 3;

export function guardFeed(list: GuardListConfig): { readonly role: "guard"; readonly list: GuardFeedList } {
  return { role: "guard", list: { ...list, expandedBytesMax: guardBytesMax } };
}

/**
 * Looks at the file of a guard list. One that came with the program is small, and an installation gives files new times
 * without a change, so that its content is its stamp. @throws OperatorError SOURCE_UNREADABLE
 */
export function stateOfGuard({ from, builtIn }: GuardListConfig): FileState {
  const state = stateOfFile(from);
  if (!builtIn) return state;
  try {
    return { bytes: state.bytes, stamp: digest(readFileSync(from)) };
  } catch (error) {
    throw unreadable(from, error);
  }
}

/** Two parts: how the list is read, then which state of which file; an unchanged list has both as they were. */
export function fingerprintOfGuard(list: GuardListConfig, { stamp }: FileState): string {
  // A program that is installed elsewhere has the same lists.
  const builtIn = list.strict ? `strict\n${stamp}` : stamp;
  return `${readingDigest(list)} ${digest(list.builtIn ? builtIn : `${list.from}\n${list.strict}\n${stamp}`)}`;
}

/** Whether a list is read otherwise than for a snapshot of it, which somebody decided. */
export function isReadOtherwise(list: GuardListConfig, { fingerprint }: Snapshot): boolean {
  return !fingerprint.startsWith(`${readingDigest(list)} `);
}

function readingDigest({ format, top, scope, builtIn }: GuardListConfig): string {
  return digest(JSON.stringify({ guardParserRevision, format, top, scope, builtIn }));
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function parseOptionsOfGuard({ format, scope, top }: GuardListConfig): GuardParseOptions {
  return { role: "guard", format, scope, ...(top === undefined ? {} : { top }) };
}

/** Whether a list without any entry may be right: one written by hand may well start out as comments. */
export function mayStartEmpty({ format }: GuardListConfig, current: Snapshot | undefined, rejects: number): boolean {
  return format === "domains" && rejects === 0 && (current?.entries ?? 0) === 0;
}
