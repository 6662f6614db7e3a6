/** What `entry add` and `entry end` share: the source, what is planned, what it comes to, and the exit code. */

import { isoTime } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { OperatorError } from "../base/errors.ts";
import { isManual } from "../config/source-kinds.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Config, ManualSourceConfig } from "../config/types.ts";
import type { PlannedEntry } from "../daemon/act-on-rows.ts";
import { type EntryPlan, type KeptRows, keepEntries } from "../daemon/keep-entries.ts";
import type { KeptZone } from "../daemon/publish-source.ts";
import { type ActContext, type Acted, type ActFault, idOfFlags } from "../feed/ledger/acts.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import { keysOfChanged } from "../feed/ledger/take-rows.ts";
import type { EntryAct } from "../store/entry-acts.ts";
import type { LedgerRow } from "../store/ledger.ts";
import type { Invocation } from "./command.ts";
import { type ActedEntry, actedLines, actedValue, zoneLines, zoneValue } from "./entry-act-text.ts";
import { labelGiven } from "./given-facts.ts";
import { type NameFault, refuseNames } from "./given-names.ts";
import type { Io } from "./io.ts";
import { wordsOfFlags } from "./past-source.ts";
import { plainReporter } from "./reporters.ts";
import { json } from "./text.ts";

/** Entries of which it is said what they come to. */
const shownMax = 200;
/** A build that runs is waited for, for ten minutes. */
export const waitMs = 600_000;

/** The source that was named. @throws OperatorError USAGE where it is not kept by people, NOT_FOUND */
export function manualSource(invocation: Invocation, { sources, allow }: Config): ManualSourceConfig {
  const manual = sources.filter(isManual);
  const ids = manual.map(({ id }) => id);
  const id = invocation.value("source");
  if (id === undefined) {
    const ways = ids.length === 0 ? "no source of the configuration has `manual: true`" : `give --source ${ids[0]}`;
    throw new OperatorError("USAGE", "Cannot tell whose entries are meant: --source is missing", `Say which: ${ways}`);
  }
  const found = manual.find((source) => source.id === id);
  if (found !== undefined) return found;
  if ([...sources, ...allow].some((list) => list.id === id)) {
    throw new OperatorError(
      "USAGE",
      `Cannot keep entries of "${id}": it is a list, and has what its file has`,
      "Change the list, or configure a source with `manual: true` beside it",
    );
  }
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${id}": there is no such source${didYouMean(id, ids)}`,
    ids.length === 0 ? "Configure a source with `manual: true`" : `Entries are kept of ${ids.join(", ")}`,
  );
}

/** What comes of one name. */
export interface NamedAct {
  readonly given: NameFault["given"];
  readonly acted: Acted;
}

export interface Doing {
  readonly verb: "add" | "end";
  readonly source: ManualSourceConfig;
  readonly config: Config;
  /** Of names that were read well. */
  readonly act: (rows: KeptRows, context: ActContext) => readonly NamedAct[];
}

/** Plans, does, prints; gives the exit code. */
export async function actOnEntries(
  { verb, source, config, act }: Doing,
  invocation: Invocation,
  io: Io,
): Promise<number> {
  const dryRun = invocation.flag("dry-run");
  const by = labelGiven(invocation, "by");
  const reason = labelGiven(invocation, "reason");
  const asJson = invocation.flag("json");
  let entries: readonly ActedEntry[] = [];
  let more = 0;
  const acted = new Map<WantedRow, Exclude<Acted, { kind: "fault" }>>();
  const plan = (rows: KeptRows, context: ActContext): EntryPlan => {
    const done = act(rows, context);
    const faults = done.flatMap(({ given, acted }) =>
      acted.kind === "fault" ? [{ given, why: whyNot(acted.why) }] : [],
    );
    if (faults.length > 0) {
      const notThere = done.every(({ acted }) => acted.kind !== "fault" || acted.why.kind === "not-there");
      const refusal = refuseNames(verb, source.id, faults, io);
      throw notThere ? new OperatorError("NOT_FOUND", refusal.message, refusal.remedy) : refusal;
    }
    for (const { acted: what } of done) if (what.kind !== "fault") acted.set(what.row, what);
    const kept = [...acted.values()];
    const shown = kept.slice(0, shownMax).map(({ row }) => row);
    more = kept.length - shown.length;
    const changed = kept.flatMap((what) => (what.kind === "act" ? [what] : []));
    return {
      keys: keysOfChanged(
        changed.map(({ row }) => row),
        (key) => rows.rowsAt(key),
      ),
      acts: changed.map(({ act: kind, row }) => actOf(kind, row, { context, by, reason })),
      shown,
    };
  };
  const onPlanned = (planned: readonly PlannedEntry[]): void => {
    entries = planned.map((entry) => ({ ...entry, acted: acted.get(entry.row) as ActedEntry["acted"] }));
    if (asJson) return;
    for (const entry of entries) io.stdout.write(actedLines(entry, source.id));
    if (more > 0) io.stdout.write(`… and ${counted(more, "more entry", "more entries")}\n`);
  };
  const logger = plainReporter(io.stderr);
  const zones = await keepEntries({ config, clock: io.clock, logger, source, dryRun, waitMs, plan, onPlanned });
  const changes = [...acted.values()].filter(({ kind }) => kind === "act").length;
  if (asJson) {
    const report = {
      dryRun,
      source: source.id,
      changes,
      entries: entries.map(actedValue),
      more,
      zones: zones.map(zoneValue),
    };
    io.stdout.write(json(report));
  } else io.stdout.write(zoneLines(zones, { source: source.id, dryRun, changes }));
  return exitCodeOf(zones);
}

function actOf(
  kind: EntryAct["kind"],
  row: WantedRow,
  { context, by, reason }: { readonly context: ActContext } & Pick<EntryAct, "by" | "reason">,
): EntryAct {
  const { key, externalId, flags, validFrom, validUntil, reference } = row;
  const said = { flags, facts: context.profiles.factsOf(row.profile), validFrom, validUntil, reference };
  return { key, externalId, at: context.at, kind, by, reason, said };
}

function whyNot(why: ActFault): string {
  switch (why.kind) {
    case "ends-first":
      return `it would end at ${isoTime(why.until)}, and it begins at ${isoTime(why.from)}`;
    case "has-passed":
      return `it would end at ${isoTime(why.until)}, which has passed`;
    case "not-there":
      return "there is no such entry";
    case "several":
      return `it has several entries (${why.rows.map(entryInWords).join("; ")}): say which by --scope or --id`;
    case "has-ended":
      return `it has ended already${why.at === undefined ? "" : `, at ${isoTime(why.at)}`}`;
  }
}

function entryInWords({ flags, externalId }: LedgerRow): string {
  const says = wordsOfFlags(flags, "block").join(" ");
  return externalId === idOfFlags(flags) ? says : `${says}, id ${externalId}`;
}

/** 1 where a zone could not be built, 3 where one waits on hold with what was done, else 0. */
export function exitCodeOf(zones: readonly KeptZone[]): 0 | 1 | 3 {
  if (zones.some(({ error }) => error !== undefined)) return 1;
  return zones.some(({ isTaking, takesEntries }) => isTaking && !takesEntries) ? 3 : 0;
}
