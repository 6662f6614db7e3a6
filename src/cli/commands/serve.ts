/** `serve`: serves what is published until it is told to stop. */
import { faultLine } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import { Serving } from "../../daemon/serve.ts";
import { refusalOf } from "../../daemon/talk.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { takeSignals } from "../signals.ts";
import { jsonTalk, plainTalk } from "../talk.ts";

export async function runServe(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const talk = invocation.flag("json") ? await jsonTalk(io.stderr) : plainTalk(io.stderr);
  for (const warning of config.warnings) talk.warn({}, faultLine(warning));
  const signals = takeSignals(io);
  try {
    const serving = await Serving.start({ config, clock: io.clock, talk });
    const reload = async (): Promise<void> => {
      try {
        await serving.reload(loadConfig(config.file, { env: io.env }));
        talk.say({}, "took in the configuration");
      } catch (error) {
        talk.error({}, refusalOf(error));
      }
    };
    signals.onHangUp = () => void reload();
    const signal = await signals.stop;
    const running = serving.transfers;
    talk.say({ signal, running }, `stopping: ${running} transfers running; a second signal ends at once`);
    await serving.stop();
    return 0;
  } finally {
    signals.release();
  }
}
