/**
 * What is known of the copy of a list: what it is, when it came, and when it is asked for next. A small JSON file beside the
 * copy, written after it, so that a state never speaks of a copy that is not there.
 */
import { readFileSync } from "node:fs";
import type { ErrorCode } from "../../base/errors.ts";
import type { Validators } from "../http/validators.ts";

/** Why a fetch failed, as it is kept and reported. */
export interface FetchError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** What the copy is; times are Unix seconds. */
export interface CopyFacts extends Validators {
  /** Of its octets, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  /** When it was written, in nanoseconds: tells this copy from any other file in its place. */
  readonly mtimeNs: string;
  /** When an answer last brought the list. */
  readonly fetchedAt: number;
  /** When its host last said that it is this. */
  readonly checkedAt: number;
  /** When what it lists was last another. */
  readonly changedAt: number;
  /** What its kind of fetch must know to go on: times, serials, cursors. Never a secret. */
  readonly marks?: CopyMarks | undefined;
}

export type CopyMarks = Readonly<Record<string, string | number>>;

export interface CopyState {
  /** Undefined where no fetch has succeeded yet. */
  readonly copy: CopyFacts | undefined;
  /** The last try, whatever came of it. */
  readonly triedAt: number;
  readonly nextAt: number;
  /** Tries in a row that failed. */
  readonly failures: number;
  readonly error: FetchError | undefined;
}

const version = 1;

/** The state file of a copy. */
export function stateFileOf(copyFile: string): string {
  return copyFile.replace(/\.list$/, ".json");
}

/** The state of a copy; undefined where there is none that can be read, so that the list is fetched anew. */
export function readCopyState(copyFile: string): CopyState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(stateFileOf(copyFile), "utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["version"] !== version) return undefined;
  const { triedAt, nextAt, failures, copy, error } = value;
  if (!isTime(triedAt) || !isTime(nextAt) || !isTime(failures)) return undefined;
  return { triedAt, nextAt, failures, copy: factsIn(copy), error: errorIn(error) };
}

export function copyStateText(state: CopyState): string {
  return `${JSON.stringify({ version, ...state }, undefined, 2)}\n`;
}

function factsIn(value: unknown): CopyFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { sha256, bytes, mtimeNs, fetchedAt, checkedAt, changedAt, etag, lastModified, marks } = value;
  const isWhole = typeof sha256 === "string" && typeof mtimeNs === "string" && isTime(bytes);
  if (!isWhole || !isTime(fetchedAt) || !isTime(checkedAt) || !isTime(changedAt)) return undefined;
  return {
    sha256,
    bytes,
    mtimeNs,
    fetchedAt,
    checkedAt,
    changedAt,
    ...(typeof etag === "string" ? { etag } : {}),
    ...(typeof lastModified === "string" ? { lastModified } : {}),
    ...(isRecord(marks) ? { marks: marksIn(marks) } : {}),
  };
}

function marksIn(value: Record<string, unknown>): CopyMarks {
  const isMark = (mark: unknown): mark is string | number => typeof mark === "string" || typeof mark === "number";
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string | number] => isMark(entry[1])),
  );
}

function errorIn(value: unknown): FetchError | undefined {
  if (!isRecord(value)) return undefined;
  const { code, message, remedy } = value;
  if (typeof code !== "string" || typeof message !== "string" || typeof remedy !== "string") return undefined;
  return { code: code as ErrorCode, message, remedy };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Of numbers in the file, all are whole and none is below zero. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
