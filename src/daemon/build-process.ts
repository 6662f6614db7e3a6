/** Builds in a process of its own, so that no build can take the serving down, slow it, or leave memory behind. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "../base/logger.ts";
import type { Config } from "../config/types.ts";
import type { BuildNews, BuildOrder } from "./build-messages.ts";
import type { BuildReport, ReportedError } from "./build-report.ts";

export type BuildEnd =
  | { readonly kind: "built"; readonly report: BuildReport }
  /** Nothing was built, for a reason that someone can fix. */
  | { readonly kind: "failed"; readonly error: ReportedError }
  /** The process ended without a word: a defect, no memory, or someone's signal. */
  | { readonly kind: "died"; readonly how: string };

export interface RunningBuild {
  /** Never rejects. */
  readonly end: Promise<BuildEnd>;
  /** Ends the process; what it has not published stays unseen. */
  stop(): void;
}

export type StartBuild = (config: Config, reread: readonly string[], logger: Logger) => RunningBuild;

/** The built module; a run from the sources has to name it. */
const childModule = fileURLToPath(new URL("./build-child.js", import.meta.url));

/** Starts builds in child processes that run `module`. */
export function buildsInChildren(module: string = childModule): StartBuild {
  return (config, reread, logger) => {
    // In a process group of its own: a Ctrl-C is for us, who then end the build.
    const child = fork(module, [], { stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true });
    const end = new Promise<BuildEnd>((resolve) => {
      let reported: BuildEnd | undefined;
      child.on("message", (news: BuildNews) => {
        if (news.kind === "log") logger[news.level](news.fields, news.message);
        else reported = news;
      });
      child.once("error", (error) => resolve({ kind: "died", how: error.message }));
      child.once("exit", (code, signal) => {
        resolve(reported ?? { kind: "died", how: signal === null ? `exit code ${code}` : signal });
      });
    });
    const order: BuildOrder = { config: { ...config, keys: [] }, reread };
    // A child that is gone before it reads this tells so by its exit.
    child.send(order, () => {});
    return { end, stop: () => void child.kill("SIGTERM") };
  };
}
