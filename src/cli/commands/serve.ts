/** `serve`: serves what is published until it is told to stop. */
import { faultLine } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import { Serving } from "../../daemon/serve.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonReporter, plainReporter } from "../reporters.ts";
import { takeSignals } from "../signals.ts";

export async function runServe(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env, clock: io.clock });
  const reporter = invocation.flag("json") ? await jsonReporter(io.stderr) : plainReporter(io.stderr);
  for (const warning of config.warnings) reporter.warn({}, faultLine(warning));
  const signals = takeSignals(io);
  try {
    const serving = await Serving.start({ config, clock: io.clock, reporter });
    const reload = async (): Promise<void> => {
      try {
        await serving.reload(loadConfig(config.file, { env: io.env, clock: io.clock, before: serving.config }));
        reporter.report({}, "took in the configuration");
      } catch (error) {
        serving.refuse(error);
      }
    };
    signals.onHangUp = () => void reload();
    const signal = await signals.stop;
    const running = serving.transfers;
    reporter.report({ signal, running }, `stopping: ${running} transfers running; a second signal ends at once`);
    await serving.stop();
    return 0;
  } finally {
    signals.release();
  }
}
