/** `source list`: every list of the configuration with its snapshot, and what it is worth. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { counted, number } from "../../base/counted.ts";
import { loadConfig } from "../../config/load.ts";
import { manualFormat } from "../../config/source-kinds.ts";
import { reportSourceHold } from "../../daemon/source-hold-report.ts";
import { keepFresh } from "../../daemon/source-quality.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import type { RowCounts } from "../../store/ledger-states.ts";
import type { Invocation } from "../command.ts";
import { type FetchFacts, failedInWords, fetchFactsOf } from "../fetch-facts.ts";
import { filesOf } from "../folder-files.ts";
import type { Io } from "../io.ts";
import { type ListState, stateOfListed } from "../list-state.ts";
import { changesInWords, type Quality, qualityOf, shareInWords, surveyWanted } from "../quality.ts";
import { isPlain, rowsOf, statesInWords } from "../state-words.ts";
import { type ListedFeed, listsOf, readStore } from "../store.ts";
import { json, table } from "../text.ts";

interface Listed extends ListState {
  readonly found: ListedFeed;
  readonly rows: RowCounts | undefined;
  readonly fetched: FetchFacts;
  readonly quality: Quality;
}

export async function listSources(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const now = nowSeconds(io.clock);
  const { listed, survey } = readStore(config, (store) => {
    const survey = surveyWanted(invocation, config, store);
    const listed = listsOf(config).map(
      (found): Listed => ({
        found,
        ...stateOfListed(found, store, now),
        rows: rowsOf(found, store),
        fetched: fetchFactsOf(isManualFeed(found) ? undefined : found.list),
        quality: qualityOf(found, store, survey, now),
      }),
    );
    return { listed, survey };
  });
  io.stdout.write(invocation.flag("json") ? json(listed.map(asJson)) : asTable(listed));
  keepFresh(config, survey);
  return 0;
}

function asJson({ found, snapshot, state, says, held, rejects, rows, fetched, quality }: Listed): object {
  const isBlock = found.role === "block";
  return {
    id: found.list.id,
    role: found.role,
    format: snapshot?.format ?? formatOf(found),
    category: isBlock ? found.list.category : null,
    confidence: isBlock ? found.list.confidence : null,
    takenAt: snapshot === undefined ? null : isoTime(snapshot.takenAt),
    lines: snapshot?.lines ?? 0,
    indicators: snapshot?.entries ?? 0,
    entries: snapshot?.entries ?? 0,
    ...quality,
    rejects,
    states: rows ?? null,
    state,
    says,
    held: reportSourceHold(held),
    ...fetched,
  };
}

function asTable(listed: readonly Listed[]): string {
  const isAnyFetched = listed.some(({ found }) => !isManualFeed(found) && found.list.fetch !== undefined);
  const columns = [
    { head: "source" },
    { head: "format" },
    { head: "category" },
    { head: "confidence", right: true },
    { head: "accepted" },
    { head: "indicators", right: true },
    { head: "unique", right: true },
    { head: "last day", right: true },
    { head: "rejects", right: true },
    // Only where there is a list that has these.
    ...(isAnyFetched ? [{ head: "fetched" }, { head: "next" }] : []),
    { head: "state" },
  ];
  const rows = listed.map(({ found, snapshot, says, rejects, rows: counts, fetched, quality }) => [
    found.list.id,
    snapshot?.format ?? formatOf(found),
    found.role === "block" ? found.list.category : "(allow list)",
    found.role === "block" ? `${found.list.confidence}` : "-",
    snapshot === undefined ? "-" : isoTime(snapshot.takenAt),
    number(snapshot?.entries ?? 0),
    shareInWords(quality.unique, quality.names),
    changesInWords(quality.addedLastDay, quality.removedLastDay),
    number(rejects),
    ...(isAnyFetched ? [fetched.fetchedAt ?? "-", fetched.nextAt ?? "-"] : []),
    `${says}${failedInWords(fetched)}${refusedInWords(found)}${counts === undefined || isPlain(counts) ? "" : `; rows: ${statesInWords(counts)}`}`,
  ]);
  return table(columns, rows);
}

/** Of a folder, how many of its files were refused; nothing where none was. */
function refusedInWords(found: ListedFeed): string {
  const files = isManualFeed(found) ? undefined : filesOf(found.list);
  const refused = files?.filter(({ state }) => state === "refused").length ?? 0;
  return refused === 0 ? "" : `; ${counted(refused, "file")} refused`;
}

function formatOf(found: ListedFeed): string {
  return isManualFeed(found) ? manualFormat : found.list.format;
}
