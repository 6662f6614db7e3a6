/** `clock trust`: takes the clock for right, though the store was built by another. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { loadConfig } from "../../config/load.ts";
import { trustClock } from "../../daemon/store-upkeep.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json } from "../text.ts";

export async function trustTheClock(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const now = isoTime(nowSeconds(io.clock));
  const sources = trustClock(config, io.clock);
  if (invocation.flag("json")) io.stdout.write(json({ now, sources }));
  else {
    io.stdout.write(`the clock is right: ${now}\n`);
    for (const source of sources) io.stdout.write(`the next build looks anew at what ${source} reports\n`);
  }
  return 0;
}
