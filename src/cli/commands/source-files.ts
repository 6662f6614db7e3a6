/** `source files`: the files of a folder, what became of each, and why. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import type { Invocation } from "../command.ts";
import { fileAsJson, filesOf, filesTable } from "../folder-files.ts";
import type { Io } from "../io.ts";
import { findList } from "../store.ts";
import { json } from "../text.ts";

export async function listFiles(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const id = invocation.operand("ID");
  const found = findList(id, config);
  const files = isManualFeed(found) || found.role === "allow" ? undefined : filesOf(found.list);
  if (files === undefined) {
    throw new OperatorError(
      "NOT_FOUND",
      `Cannot list the files of "${id}": it is no folder`,
      `See \`rpzmill source show ${id}\`; a source is a folder where it has \`folder\``,
    );
  }
  const shown = invocation.flag("refused") ? files.filter(({ state }) => state !== "accepted") : files;
  if (invocation.flag("json")) io.stdout.write(json({ id, files: shown.map(fileAsJson) }));
  else if (shown.length === 0) io.stderr.write(`"${id}" has no such files\n`);
  else io.stdout.write(filesTable(shown));
  return 0;
}
