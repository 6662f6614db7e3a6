/** `zone export`: a kept version as a zone file, on stdout or in a file. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { messageOf, OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { writeZone } from "../../mill/zone-text.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { findVersion, findZone, readStoreLoosely } from "../store.ts";

type Write = (bytes: Uint8Array) => void;

export async function exportZone(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const output = invocation.value("output");
  const wanted = invocation.value("serial");
  readStoreLoosely(config, (store) => {
    const zone = findZone(invocation.operand("APEX"), config, store);
    const version = wanted === undefined ? zone.current : findVersion(wanted, zone, store);
    const writeTo = (write: Write): void => writeZone(store.zones, zone.apex, version, write);
    if (output === undefined) writeTo((bytes) => io.stdout.write(bytes));
    else writeWhole(output, writeTo);
  });
  return 0;
}

/** Beside and renamed into place, so that a resolver that watches the file never reads half of it. */
function writeWhole(path: string, writeTo: (write: Write) => void): void {
  const partial = `${path}.partial`;
  try {
    const file = openSync(partial, "w");
    try {
      writeTo((bytes) => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new OperatorError(
      "USAGE",
      `Cannot write "${path}": ${messageOf(error)}`,
      "Name a file in a folder that you may write to",
      {
        cause: error,
      },
    );
  }
}
