/** `store show`: the database's file, its schema, and how much of it is in use. */
import { statSync } from "node:fs";
import { counted, number } from "../../base/counted.ts";
import { shownPath } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import { partsOf } from "../../store/contents.ts";
import { olderCopies, schemaOf } from "../../store/database.ts";
import { migrations } from "../../store/schema.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { openStore } from "../store.ts";
import { facts, json, size } from "../text.ts";

export async function showStore(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const file = config.databaseFile;
  const db = openStore(config);
  try {
    const pragma = (name: string): number => db.pragma(name, { simple: true }) as number;
    const pageBytes = pragma("page_size");
    const parts = partsOf(db);
    const of = (kind: string): number => parts.filter((part) => part.kind === kind).length;
    const known = {
      file,
      bytes: bytesOf(file),
      logBytes: bytesOf(`${file}-wal`),
      freeBytes: pragma("freelist_count") * pageBytes,
      pageBytes,
      schema: schemaOf(db),
      newestSchema: migrations.length,
      zones: of("zone"),
      sources: of("source"),
      olderCopies: olderCopies(file).map((copy) => ({ ...copy, bytes: bytesOf(copy.path) })),
    };
    io.stdout.write(invocation.flag("json") ? json(known) : inWords(known));
    return 0;
  } finally {
    db.close();
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

interface StoreFacts {
  readonly file: string;
  readonly bytes: number;
  readonly logBytes: number;
  readonly freeBytes: number;
  readonly schema: number;
  readonly newestSchema: number;
  readonly zones: number;
  readonly sources: number;
  readonly olderCopies: readonly { readonly path: string; readonly bytes: number }[];
}

function inWords(known: StoreFacts): string {
  const { schema, newestSchema } = known;
  const behind = schema < newestSchema ? `; the next build brings it to ${newestSchema}` : "";
  return facts([
    ["file", shownPath(known.file)],
    ["size", `${size(known.bytes)}, and ${size(known.logBytes)} of log`],
    ["free in it", `${size(known.freeBytes)}; \`rpzmill store compact\` gives it back`],
    ["schema", `${number(schema)}${behind}`],
    ["holds", `${counted(known.zones, "zone")}, ${counted(known.sources, "source")}; see \`rpzmill store list\``],
    ...known.olderCopies.map(({ path, bytes }) => ["older copy", `${shownPath(path)}, ${size(bytes)}`] as const),
  ]);
}
