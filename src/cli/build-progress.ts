/** Shows how far a build is: a bar on a terminal, plain lines elsewhere. */

import { number } from "../base/counted.ts";
import type { Logger } from "../base/logger.ts";
import type { Config } from "../config/types.ts";
import type { BuildStep } from "../daemon/build.ts";
import type { Output } from "./io.ts";
import { plainReporter } from "./reporters.ts";

export interface Progress {
  readonly logger: Logger;
  step(step: BuildStep): void;
  /** Takes the bar away and prints what had to wait for that. */
  end(): void;
}

/** Warnings and errors only. */
export function quietProgress(output: Output): Progress {
  return { logger: plainReporter(output), step() {}, end() {} };
}

export async function showProgress(output: Output, config: Config): Promise<Progress> {
  const { terminal } = output;
  return terminal === undefined ? lines(output) : bar(output, terminal, config);
}

function lines(output: Output): Progress {
  let last = "";
  return {
    logger: plainReporter(output),
    step(step) {
      // A zone reports every so many rules; its name once is enough here.
      const line = step.kind === "zone" ? `merging ${step.apex}` : inWords(step);
      if (line !== last) output.write(`${line}\n`);
      last = line;
    },
    end() {},
  };
}

async function bar(output: Output, stream: NodeJS.WriteStream, config: Config): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress");
  const shown = new cliProgress.SingleBar({
    stream,
    format: "{bar} {value}/{total} {what}",
    barsize: 24,
    clearOnComplete: true,
    linewrap: true,
    // Its own answer to a signal would keep the process from ending.
    gracefulExit: false,
  });
  const guards = config.guards.filter(({ builtIn }) => !builtIn).length;
  const total = config.sources.length + config.allow.length + guards + config.zones.length;
  shown.start(total, 0, { what: "" });
  // A line in the middle of the bar would be overwritten.
  const waiting: string[] = [];
  const logger = plainReporter({ terminal: undefined, write: (line) => waiting.push(String(line)) });
  let done = -1;
  let last = "";
  return {
    logger,
    step(step) {
      const at = "id" in step ? `${step.kind} ${step.id}` : `zone ${step.apex}`;
      if (at !== last) done += 1;
      last = at;
      shown.update(done, { what: inWords(step) });
    },
    end() {
      shown.stop();
      for (const line of waiting.splice(0)) output.write(line);
    },
  };
}

function inWords(step: BuildStep): string {
  switch (step.kind) {
    case "source":
      return `reading ${step.id}`;
    case "guard":
      return `reading the guard ${step.id}`;
    case "zone":
      return `merging ${step.apex}: ${number(step.rules)} rules`;
    case "file":
      return `writing the file of ${step.apex}`;
  }
}
