/**
 * Zone files: a version as master-file text, written beside and renamed into place, so that a reader sees the old file or the
 * new one, whole.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { messageOf, OperatorError } from "../base/errors.ts";
import { checkSpaceBeside } from "../store/disk-space.ts";
import type { Zones } from "../store/zones.ts";
import { writeZone, zoneHeader } from "./zone-text.ts";

/** Where a zone's file stands. */
export function zoneFilePath(zoneDir: string, apex: string): string {
  return join(zoneDir, `${apex}.zone`);
}

/**
 * Brings the file of a zone in line with its served version; touches nothing where it is so already.
 * @throws OperatorError STORE_UNUSABLE where it cannot be written
 */
export function syncZoneFile(zones: Zones, apex: string, zoneDir: string): void {
  const zone = zones.find(apex);
  const version = zone === undefined ? undefined : zones.current(zone);
  if (version === undefined) return;
  const path = zoneFilePath(zoneDir, apex);
  const partial = `${path}.partial`;
  try {
    if (startsWithHeader(path, zoneHeader(apex, version))) return;
    mkdirSync(zoneDir, { recursive: true });
    const file = openSync(partial, "w");
    try {
      writeZone(zones, apex, version, (bytes) => {
        checkSpaceBeside(zoneDir, bytes.length);
        writeAll(file, bytes);
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
    const folder = openSync(zoneDir, "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    removePartial(partial);
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      "STORE_UNUSABLE",
      `Cannot write "${path}": ${messageOf(error)}`,
      "Check that the folder is writable and has free space; the zone itself is published and served",
      { cause: error },
    );
  }
}

/** Where it cannot be removed either, the next try writes over it. */
function removePartial(partial: string): void {
  try {
    rmSync(partial, { force: true });
  } catch {
    // Why it could not be written is what has to be told.
  }
}

/** A file that was renamed into place is whole, so its header, which holds the serial, tells which version it is. */
function startsWithHeader(path: string, wanted: string): boolean {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return false;
  }
  try {
    const start = Buffer.alloc(Buffer.byteLength(wanted));
    readSync(file, start, 0, start.length, 0);
    return start.toString("utf8") === wanted;
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}
