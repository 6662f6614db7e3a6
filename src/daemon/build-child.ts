/**
 * The process of one build, started by `run`: it builds what its one message orders, tells what came of it, and ends.
 * It ends with its parent as well; what a build leaves undone nobody ever sees.
 */
import { systemClock } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { build } from "./build.ts";
import type { BuildNews, BuildOrder } from "./build-messages.ts";
import { reportOf } from "./build-report.ts";

if (process.send === undefined) throw new Error("build-child is started by a run, not by hand");

function tell(news: BuildNews): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(news, () => resolve());
  });
}

const logger: Logger = {
  info: (fields, message) => void tell({ kind: "log", level: "info", fields, message }),
  warn: (fields, message) => void tell({ kind: "log", level: "warn", fields, message }),
  error: (fields, message) => void tell({ kind: "log", level: "error", fields, message }),
};

async function buildAsOrdered({ config, reread }: BuildOrder): Promise<BuildNews> {
  try {
    const outcome = await build({
      config,
      clock: systemClock,
      logger,
      full: false,
      accept: new Set(),
      reread: new Set(reread),
    });
    return { kind: "built", report: reportOf(outcome, config) };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const { code, message, remedy } = error;
    return { kind: "failed", error: { code, message, remedy } };
  }
}

process.on("disconnect", () => process.exit(1));
process.once("message", (order: BuildOrder) => {
  void buildAsOrdered(order)
    .then(tell)
    .then(() => process.exit(0));
});
