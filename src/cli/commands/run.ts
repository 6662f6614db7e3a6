/** `run`: serves, and builds whenever there is something new, until it is told to stop. */
import { faultLine } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import { Running } from "../../daemon/run.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { takeSignals } from "../signals.ts";
import { jsonTalk, plainTalk } from "../talk.ts";

export async function runRun(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const talk = invocation.flag("json") ? await jsonTalk(io.stderr) : plainTalk(io.stderr);
  for (const warning of config.warnings) talk.warn({}, faultLine(warning));
  const loadAgain = () => loadConfig(config.file, { env: io.env });
  const signals = takeSignals(io);
  try {
    const running = await Running.start({ config, clock: io.clock, talk, loadAgain });
    signals.onHangUp = () => running.hangUp();
    const signal = await signals.stop;
    const { transfers } = running;
    talk.say({ signal, transfers }, `stopping: ${transfers} transfers running; a second signal ends at once`);
    await running.stop();
    return 0;
  } finally {
    signals.release();
  }
}
