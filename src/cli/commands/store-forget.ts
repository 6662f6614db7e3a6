/** `store forget`: deletes what is kept of a zone or source that left the configuration. */
import { loadConfig } from "../../config/load.ts";
import { forgetPart } from "../../daemon/store-upkeep.ts";
import { foldName } from "../../dns/name.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json, size } from "../text.ts";

export async function forgetStored(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const given = invocation.operand("NAME");
  const forgotten = forgetPart(config, io.clock, foldName(given));
  if (invocation.flag("json")) io.stdout.write(json({ forgotten }));
  else for (const { kind, name, bytes } of forgotten) io.stdout.write(`forgot ${kind} ${name}: ${size(bytes)}\n`);
  return 0;
}
