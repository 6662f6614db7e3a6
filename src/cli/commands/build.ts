/** `build`: reads the lists, merges, publishes what changed, and says what came of it. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { Config } from "../../config/types.ts";
import { build } from "../../daemon/build.ts";
import { buildFailed, reportOf } from "../../daemon/build-report.ts";
import { quietProgress, showProgress } from "../build-progress.ts";
import { buildText } from "../build-text.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json } from "../text.ts";

export async function runBuild(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const accept = knownLists(invocation.values("accept"), "accept", config);
  const reread = knownLists(invocation.values("reread"), "reread", config);
  const progress = invocation.flag("quiet") ? quietProgress(io.stderr) : await showProgress(io.stderr, config);
  let outcome: Awaited<ReturnType<typeof build>>;
  try {
    outcome = await build({
      config,
      clock: io.clock,
      logger: progress.logger,
      full: invocation.flag("full"),
      backup: !invocation.flag("no-backup"),
      accept,
      reread,
      onProgress: (step) => progress.step(step),
    });
  } finally {
    progress.end();
  }
  const report = reportOf(outcome, config);
  io.stdout.write(invocation.flag("json") ? json(report) : buildText(report));
  return buildFailed(report) ? 1 : 0;
}

function knownLists(ids: readonly string[], option: string, { sources, allow }: Config): Set<string> {
  const known = [...sources, ...allow].map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    throw new OperatorError(
      "USAGE",
      `Cannot use "--${option} ${id}": the configuration has no source or allow list of this id${didYouMean(id, known)}`,
      "See `rpzmill source list`",
    );
  }
  return new Set(ids);
}
