/** The guards' part of a build: brings the snapshots of their lists up to date before any zone is built. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { nowSeconds } from "../base/clock.ts";
import { messageOf, OperatorError } from "../base/errors.ts";
import type { GuardListConfig } from "../config/types.ts";
import { writeSnapshot } from "../feed/snapshot-writer.ts";
import { readPublicSuffixes } from "../guard/public-suffixes.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { type EntryBlock, EntryBlockWriter } from "../indicator/entry/block.ts";
import { changesWorthListing, type Snapshots } from "../store/snapshots.ts";
import type { BuildOptions } from "./build.ts";

/** Fewer rules than this are no Public Suffix List. */
const suffixesMin = 5000;

/** Refreshes the guard lists that come with the program. @throws OperatorError SOURCE_UNREADABLE */
export function refreshGuards({ config, clock }: BuildOptions, snapshots: Snapshots): void {
  for (const guard of config.guards) {
    if (guard.format === "public-suffixes") refreshSuffixes(guard, snapshots, nowSeconds(clock));
  }
}

function refreshSuffixes({ id, from }: GuardListConfig, snapshots: Snapshots, takenAt: number): void {
  const text = readText(from);
  const fingerprint = createHash("sha256").update(text).digest("hex");
  const current = snapshots.current(storedNameOfGuard(id));
  if (current?.fingerprint === fingerprint) return;
  const { entries, lines, rejects } = readPublicSuffixes(text);
  if (entries.length < suffixesMin || rejects.length > 0) {
    throw unreadable(from, `it holds ${entries.length} rules and ${rejects.length} lines that are none`);
  }
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  for (const { key, flags } of entries) writer.add(key, 0, key.length, flags, takenAt);
  writer.flush();
  const starts = [0];
  for (const block of blocks) starts.push((starts.at(-1) as number) + block.bytes.length);
  const bytes = new SharedArrayBuffer(starts.at(-1));
  blocks.forEach((block, i) => new Uint8Array(bytes).set(block.bytes, starts[i]));
  const snapshot = snapshots.reserve();
  const changesMax = changesWorthListing(current?.entries ?? 0);
  const previous = current?.id;
  const range = { from: undefined, to: undefined };
  const { changes } = writeSnapshot(snapshots, {
    runs: [{ bytes, starts }],
    snapshot,
    previous,
    takenAt,
    changesMax,
    keepsRemoved: false,
    ...range,
  });
  snapshots.commit(snapshot, storedNameOfGuard(id), {
    takenAt,
    fingerprint,
    format: "public-suffixes",
    lines,
    entries: entries.length,
    duplicates: 0,
    rejects: {},
    previous,
    changes: previous === undefined || changes > changesMax ? undefined : changes,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, messageOf(error));
  }
}

function unreadable(file: string, why: string): OperatorError {
  return new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${file}", the list of public suffixes: ${why}`,
    "Put the file back as the program came with it",
  );
}
