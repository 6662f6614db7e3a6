/** `build`: reads the lists, merges, publishes what changed, and says what came of it. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { OperatorError } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { Config } from "../../config/types.ts";
import { type BuildOptions, build } from "../../daemon/build.ts";
import { exitCodeOf, reportOf } from "../../daemon/build-report.ts";
import { fetchTasksOf } from "../../daemon/fetch-tasks.ts";
import { foldName } from "../../dns/name.ts";
import { readCopyState } from "../../feed/fetch/copy-state.ts";
import { storedNameOfGuard } from "../../guard/stored-name.ts";
import { quietProgress, showProgress } from "../build-progress.ts";
import { buildText } from "../build-text.ts";
import { chunkChars } from "../chunks.ts";
import type { Invocation } from "../command.ts";
import { changeSigns, dryRunText } from "../dry-run-text.ts";
import type { Io } from "../io.ts";
import { plainReporter } from "../reporters.ts";
import { json } from "../text.ts";

export async function runBuild(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const accept = knownLists(invocation.values("accept"), "accept", config);
  const reread = knownLists(invocation.values("reread"), "reread", config);
  const acceptZones = knownZones(invocation.values("accept-zone"), config);
  const dryRun = invocation.flag("dry-run");
  const list = listing(invocation, io);
  const fetches = await fetchDue(config, invocation, plainReporter(io.stderr), io);
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
      acceptZones,
      reread,
      dryRun,
      ...(list === undefined ? {} : { onRule: list.onRule }),
      onProgress: (step) => progress.step(step),
    });
  } finally {
    progress.end();
    list?.end();
  }
  const report = reportOf(outcome, config);
  const text = (): string => (dryRun ? dryRunText(report, list !== undefined) : buildText(report));
  io.stdout.write(invocation.flag("json") ? json({ ...report, fetches }) : text());
  return exitCodeOf(report);
}

/** Fetches what is due, before anything is read, and gives what came of it; without that, says how old the copies are. */
async function fetchDue(config: Config, invocation: Invocation, logger: Logger, io: Io): Promise<readonly object[]> {
  const tasks = fetchTasksOf(config);
  if (tasks.length === 0) return [];
  const tell = (line: string): void => {
    if (!invocation.flag("quiet")) io.stderr.write(`${line}\n`);
  };
  if (!invocation.flag("no-fetch") && !invocation.flag("dry-run")) {
    const { fetchAsJson, fetchNow } = await import("../fetch-now.ts");
    const outcomes = await fetchNow({ config, names: undefined, mode: "due", logger, onStep: tell }, io);
    return outcomes.map((outcome) => fetchAsJson(outcome, nowSeconds(io.clock)));
  }
  for (const { name, file } of tasks) {
    const copy = readCopyState(file)?.copy;
    if (copy !== undefined) tell(`${name}: reading the copy that was good at ${isoTime(copy.checkedAt)}`);
  }
  return [];
}

/** Writes the name of each rule as it comes up, since there may be millions. */
function listing(invocation: Invocation, { stdout }: Io) {
  if (!invocation.flag("list")) return undefined;
  if (!invocation.flag("dry-run") || invocation.flag("json")) {
    throw new OperatorError(
      "USAGE",
      'Cannot use "--list": it goes with --dry-run, and not with --json, which has the first names of each zone',
      "See `rpzmill build --help`",
    );
  }
  let text = "";
  const end = (): void => {
    stdout.write(text);
    text = "";
  };
  const onRule: NonNullable<BuildOptions["onRule"]> = (apex, kind, name) => {
    text += `${changeSigns[kind]} ${name}.${apex}\n`;
    if (text.length >= chunkChars) end();
  };
  return { onRule, end };
}

function knownZones(apexes: readonly string[], { zones }: Config): Set<string> {
  const known = zones.map(({ apex }) => apex);
  const wanted = apexes.map(foldName);
  for (const apex of wanted) {
    if (known.includes(apex)) continue;
    throw new OperatorError(
      "USAGE",
      `Cannot use "--accept-zone ${apex}": the configuration has no such zone${didYouMean(apex, known)}`,
      "See `rpzmill zone list`",
    );
  }
  return new Set(wanted);
}

/** Checks the names of lists: ids of sources and allow lists, and `guard:ID` of guards. */
function knownLists(ids: readonly string[], option: string, { sources, allow, guards }: Config): Set<string> {
  const known = [...[...sources, ...allow].map(({ id }) => id), ...guards.map(({ id }) => storedNameOfGuard(id))];
  for (const id of ids) {
    if (known.includes(id)) continue;
    const ofGuard = storedNameOfGuard(id);
    const meant = known.includes(ofGuard) ? ` (did you mean "${ofGuard}"?)` : didYouMean(id, known);
    throw new OperatorError(
      "USAGE",
      `Cannot use "--${option} ${id}": the configuration has no source, allow list or guard list of this id${meant}`,
      "See `rpzmill source list` and `rpzmill guard list`; a guard's list is named guard:ID",
    );
  }
  return new Set(ids);
}
