/** `store list`: what the store has, and what of it left the configuration. */

import { number } from "../../base/counted.ts";
import { loadConfig } from "../../config/load.ts";
import { unconfiguredParts } from "../../daemon/store-upkeep.ts";
import { partsOf } from "../../store/contents.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { openStore } from "../store.ts";
import { json, size, table } from "../text.ts";

export async function listStore(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const db = openStore(config);
  try {
    const unconfigured = new Set(unconfiguredParts(db, config).map(({ kind, name }) => `${kind} ${name}`));
    const parts = partsOf(db).map((part) => ({ ...part, configured: !unconfigured.has(`${part.kind} ${part.name}`) }));
    if (invocation.flag("json")) {
      io.stdout.write(json({ parts }));
      return 0;
    }
    const columns = [
      { head: "name" },
      { head: "kind" },
      { head: "versions", right: true },
      { head: "size", right: true },
      { head: "state" },
    ];
    const rows = parts.map(({ name, kind, count, bytes, configured }) => [
      name,
      kind,
      number(count),
      size(bytes),
      configured ? "in the configuration" : `left it; \`rpzmill store forget ${name}\``,
    ]);
    io.stdout.write(table(columns, rows));
    return 0;
  } finally {
    db.close();
  }
}
