/** The guard lists that come with the program, in the folder `guards/` beside `src/` and `dist/`. */
import { fileURLToPath } from "node:url";
import type { GuardListConfig } from "./types.ts";

const folder = new URL("../../guards/", import.meta.url);

/** Not strict: what an update of the program takes off such a list was decided. */
function builtIn(id: string, ofClass: GuardListConfig["class"], format: GuardListConfig["format"]): GuardListConfig {
  const from = fileURLToPath(new URL(`${id}.txt`, folder));
  return { id, class: ofClass, from, format, scope: "exact", strict: false, builtIn: true };
}

/** All are on where the configuration does not say. Each is a file of the folder by its id; docs/guards.md says what stands in it, and from where it is. */
export const builtInGuards: readonly GuardListConfig[] = [
  builtIn("public-suffixes", "public-suffix", "public-suffixes"),
  builtIn("infrastructure", "infrastructure", "domains"),
  builtIn("infrastructure-addresses", "infrastructure", "domains"),
  builtIn("government-and-banks", "protected", "domains"),
  builtIn("popular", "popular", "domains"),
  builtIn("shared", "shared", "domains"),
  builtIn("shared-addresses", "shared", "domains"),
  builtIn("front-end-addresses", "shared", "domains"),
  builtIn("popular-addresses", "popular", "domains"),
  builtIn("cloud-networks", "network", "domains"),
];
