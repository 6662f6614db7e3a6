/** The key under which masked names have their digests: a secret of the installation, made by its first build. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const keyBytes = 32;

function keyFileOf(databaseFile: string): string {
  return join(dirname(databaseFile), "mask.key");
}

/** Undefined where there is none that can be read: then digests are left out. */
export function readMaskKey(databaseFile: string): Uint8Array | undefined {
  try {
    const key = readFileSync(keyFileOf(databaseFile));
    return key.length === keyBytes ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the key where there is none. Where that fails, as on a full disk, digests are left out. */
export function makeMaskKey(databaseFile: string): void {
  if (readMaskKey(databaseFile) !== undefined) return;
  try {
    writeFileSync(keyFileOf(databaseFile), randomBytes(keyBytes), { mode: 0o600, flag: "wx" });
  } catch {
    // Another process may just have made it.
  }
}
