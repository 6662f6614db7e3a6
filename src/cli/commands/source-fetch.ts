/** `source fetch`: fetches lists now and says what came of each; builds take their copies in. */
import { nowSeconds } from "../../base/clock.ts";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { Config } from "../../config/types.ts";
import { fetchTasksOf } from "../../daemon/fetch-tasks.ts";
import type { FetchOutcome } from "../../feed/fetch/fetch.ts";
import type { Invocation } from "../command.ts";
import { fetchAsJson, fetchNow, nextAt } from "../fetch-now.ts";
import type { Io } from "../io.ts";
import { plainReporter } from "../reporters.ts";
import { duration, json, size, table } from "../text.ts";

export async function fetchSources(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const ids = invocation.operands("ID");
  const isForced = invocation.flag("force");
  const outcomes = await fetchNow(
    {
      config,
      names: ids.length === 0 ? undefined : knownNames(ids, config),
      mode: isForced ? "force" : ids.length === 0 ? "due" : "check",
      logger: plainReporter(io.stderr),
      onStep: (line) => io.stderr.write(`${line}\n`),
    },
    io,
  );
  const now = nowSeconds(io.clock);
  if (invocation.flag("json")) io.stdout.write(json({ sources: outcomes.map((outcome) => fetchAsJson(outcome, now)) }));
  else if (outcomes.length === 0) io.stderr.write("no list of the configuration has a url or a folder\n");
  else io.stdout.write(asTable(outcomes, now));
  return outcomes.some(({ outcome }) => outcome === "failed" || outcome === "locked") ? 1 : 0;
}

/** @throws OperatorError NOT_FOUND */
function knownNames(ids: readonly string[], config: Config): Set<string> {
  const fetched = fetchTasksOf(config).map(({ name }) => name);
  const files = [...config.sources, ...config.allow].map(({ id }) => id);
  for (const id of ids) {
    if (fetched.includes(id)) continue;
    const why = files.includes(id)
      ? "it is a file, which builds read as it is"
      : `no list of this id is fetched${didYouMean(id, fetched)}`;
    throw new OperatorError(
      "NOT_FOUND",
      `Cannot fetch "${id}": ${why}`,
      "See `rpzmill source list`; the list of a guard is named guard:ID",
    );
  }
  return new Set(ids);
}

const words: Readonly<Record<FetchOutcome["outcome"], string>> = {
  new: "new",
  same: "the same",
  "not-modified": "not modified",
  "not-due": "not due",
  locked: "another process fetches it",
  failed: "failed; the last good copy stays",
};

function asTable(outcomes: readonly FetchOutcome[], now: number): string {
  const columns = [
    { head: "list" },
    { head: "outcome" },
    { head: "copy", right: true },
    { head: "came", right: true },
    { head: "took", right: true },
    { head: "next" },
  ];
  const rows = outcomes.map((outcome) => [
    outcome.name,
    words[outcome.outcome],
    outcome.bytes === null ? "none" : size(outcome.bytes),
    size(outcome.fetchedBytes),
    duration(outcome.seconds),
    nextAt(outcome, now) ?? "-",
  ]);
  return table(columns, rows);
}
