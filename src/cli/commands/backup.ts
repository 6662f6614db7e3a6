/** `backup`: a checked copy of the store in one file, while builds and servers run. */
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { copyStore } from "../../store/copy.ts";
import { schemaOf } from "../../store/database.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { openStore } from "../store.ts";
import { json, size } from "../text.ts";

export async function backupStore(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const file = resolve(invocation.operand("FILE"));
  checkTarget(file, config.databaseFile, invocation.flag("force"));
  const db = openStore(config);
  try {
    const bytes = copyStore(db, file, "Make space there, or name a file on another disk");
    const schema = schemaOf(db);
    io.stdout.write(
      invocation.flag("json")
        ? json({ file, bytes, schema })
        : `copied the store to ${file}: ${size(bytes)}, schema ${schema}, checked\n`,
    );
    return 0;
  } finally {
    db.close();
  }
}

function checkTarget(file: string, databaseFile: string, force: boolean): void {
  if (!existsSync(file)) return;
  if (existsSync(databaseFile) && realpathSync(file) === realpathSync(databaseFile)) {
    throw new OperatorError("USAGE", `Cannot copy the store to "${file}": that is the store`, "Name another file");
  }
  if (force) return;
  throw new OperatorError(
    "USAGE",
    `Cannot copy the store to "${file}": the file exists`,
    "Name another file, or replace this one with --force",
  );
}
