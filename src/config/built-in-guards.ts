/** The guard lists that come with the program, in the folder `guards/` beside `src/` and `dist/`. */
import { fileURLToPath } from "node:url";
import type { GuardListConfig } from "./types.ts";

const folder = new URL("../../guards/", import.meta.url);

function builtIn(id: string, ofClass: GuardListConfig["class"], format: GuardListConfig["format"]): GuardListConfig {
  const from = fileURLToPath(new URL(`${id}.txt`, folder));
  return { id, class: ofClass, from, format, scope: "exact", builtIn: true };
}

/** Each is a file of the folder by its id. */
export const builtInGuards: readonly GuardListConfig[] = [
  builtIn("public-suffixes", "public-suffix", "public-suffixes"),
];
