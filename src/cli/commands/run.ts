/** `run`: serves, and builds whenever there is something new, until it is told to stop. */
import { faultLine } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/types.ts";
import { Running } from "../../daemon/run.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonReporter, plainReporter } from "../reporters.ts";
import { takeSignals } from "../signals.ts";

export async function runRun(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env, clock: io.clock });
  const reporter = invocation.flag("json") ? await jsonReporter(io.stderr) : plainReporter(io.stderr);
  for (const warning of config.warnings) reporter.warn({}, faultLine(warning));
  const loadAgain = (before: Config) => loadConfig(config.file, { env: io.env, clock: io.clock, before });
  const signals = takeSignals(io);
  try {
    const running = await Running.start({ config, clock: io.clock, reporter, loadAgain });
    signals.onHangUp = () => running.hangUp();
    const signal = await signals.stop;
    const { transfers } = running;
    reporter.report({ signal, transfers }, `stopping: ${transfers} transfers running; a second signal ends at once`);
    await running.stop();
    return 0;
  } finally {
    signals.release();
  }
}
