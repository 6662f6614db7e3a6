/** How much disk a build may take, for whoever meets a full one. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { failedForSpace, OperatorError } from "../base/errors.ts";
import { guardListsOf } from "../config/guards.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import type { Config } from "../config/types.ts";
import { isGzip } from "../feed/file.ts";
import type { PolicyConfig } from "../mill/policy.ts";
import { freeBytes, reserveBytes } from "../store/disk-space.ts";

/**
 * Octets that a build writes for each octet of a list, at most: its snapshot, the zone's blocks with a wildcard beside each
 * name, and the differences. Measured: 1.7 for a first version of 1 M names, 3.1 where every name is another,
 * before differences of up to twice the zone were kept, which is 1 more, and names that left were noted, which is 0.8 more.
 */
const bytesPerListByte = 5;
/** What a gzipped list of names expands to, by custom. */
const gzipRatio = 5;
/** What is written goes to the log first, which is emptied in time where the disk is small. */
const logBytesMax = 12 * 1024 * 1024;
/** Pages of 64 KiB that are half empty, one and more for each table and index. */
const pagesBytes = 2 * 1024 * 1024;

/** Octets that must be free for a build that reads every list anew, an upper bound. */
export function spaceNeeded({ sources, allow, guards }: PolicyConfig): number {
  const own = indicatorListsOf({ sources, allow }).reduce(
    (sum, list) => sum + expandedBytes(list.from, list.expandedBytesMax),
    0,
  );
  const lists = guardListsOf(guards).reduce(
    (sum, { from }) => sum + expandedBytes(from, Number.POSITIVE_INFINITY),
    own,
  );
  const written = bytesPerListByte * lists;
  return written + Math.min(written, logBytesMax) + pagesBytes + reserveBytes;
}

function expandedBytes(file: string, bytesMax: number): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return Math.min(bytesMax, isGzip(file) ? gzipRatio * bytes : bytes);
}

/** What was thrown by a build; where a full disk was the cause, with the octets that it needs. */
export function withSpaceNeeded(thrown: unknown, config: Config): unknown {
  return failedForSpace(thrown) ? spaceError(thrown, config) : thrown;
}

/** An error of a full disk, with the octets that a build needs. */
export function spaceError({ code, message, cause, isDiskFull }: OperatorError, config: Config): OperatorError {
  const folder = dirname(config.databaseFile);
  const free = freeBytes(folder);
  const needed = spaceNeeded(config);
  const more = `${free} octets are free there, and a build from these lists needs up to ${needed}`;
  const remedy = `Make free space on the disk of "${folder}", ${Math.max(0, needed - free)} octets to be sure, or take smaller lists`;
  return new OperatorError(code, `${message}; ${more}`, remedy, { cause, isDiskFull });
}
