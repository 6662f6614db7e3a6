/** `store compact`: gives the database's free pages back to the disk. */
import { loadConfig } from "../../config/load.ts";
import { compactStore } from "../../daemon/store-upkeep.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json, size } from "../text.ts";

export async function compact(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const { before, after } = compactStore(config, io.clock);
  const text = `compacted the store from ${size(before)} to ${size(after)}\n`;
  io.stdout.write(invocation.flag("json") ? json({ before, after }) : text);
  return 0;
}
