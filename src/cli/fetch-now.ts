/** Fetches lists for a command, saying as it goes what came of each. */
import { isoTime } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Config } from "../config/types.ts";
import { fetchesHere } from "../daemon/fetch-here.ts";
import { FetchPool } from "../daemon/fetch-pool.ts";
import { fetchTasksOf } from "../daemon/fetch-tasks.ts";
import { fetchedInWords } from "../daemon/fetch-words.ts";
import type { FetchMode, FetchOutcome } from "../feed/fetch/fetch.ts";
import type { Io } from "./io.ts";

export interface FetchNowOptions {
  readonly config: Config;
  /** Names of lists; undefined for all that are fetched. */
  readonly names: ReadonlySet<string> | undefined;
  readonly mode: FetchMode;
  readonly logger: Logger;
  /** Told of each list as its fetch begins, and when it has ended. */
  readonly onStep: (line: string) => void;
}

/** Fetches lists side by side; the results are in the order of the configuration. */
export function fetchNow(options: FetchNowOptions, { clock }: Pick<Io, "clock">): Promise<FetchOutcome[]> {
  const { config, names, mode, logger, onStep } = options;
  const tasks = fetchTasksOf(config).filter(({ name }) => names === undefined || names.has(name));
  const pool = new FetchPool(fetchesHere(clock), config.fetchesMax);
  return Promise.all(
    tasks.map(async (task) => {
      const outcome = await pool.fetch(task, mode, () => {
        if (mode !== "due") onStep(`fetching ${task.name}`);
      });
      const { error, name } = outcome;
      if (error !== null) logger.warn({ list: name, code: error.code }, `${error.message}. ${error.remedy}`);
      else if (outcome.outcome !== "not-due") onStep(`${name}: ${fetchedInWords(outcome)}`);
      return outcome;
    }),
  );
}

/** What came of a fetch, for programs. */
export function fetchAsJson(outcome: FetchOutcome, nowSeconds: number) {
  const { name, outcome: what, bytes, fetchedBytes, seconds, error } = outcome;
  return { id: name, outcome: what, bytes, fetchedBytes, nextAt: nextAt(outcome, nowSeconds), seconds, error };
}

/** When a list is due, ISO 8601 in UTC; null where another process knows. */
export function nextAt({ dueInSeconds }: FetchOutcome, nowSeconds: number): string | null {
  return dueInSeconds === null ? null : isoTime(nowSeconds + dueInSeconds);
}
