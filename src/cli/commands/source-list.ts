/** `source list`: every list of the configuration with its snapshot. */
import { isoTime } from "../../base/clock.ts";
import { counted, number } from "../../base/counted.ts";
import { loadConfig } from "../../config/load.ts";
import { manualFormat } from "../../config/source-kinds.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import type { Invocation } from "../command.ts";
import { failedInWords, fetchFactsOf } from "../fetch-facts.ts";
import { filesOf } from "../folder-files.ts";
import type { Io } from "../io.ts";
import { stateOfListed } from "../list-state.ts";
import { isPlain, rowsOf, statesInWords } from "../state-words.ts";
import { type ListedFeed, listsOf, readStore } from "../store.ts";
import { json, table } from "../text.ts";

export async function listSources(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const listed = readStore(config, (store) =>
    listsOf(config).map((found) => ({
      found,
      ...stateOfListed(found, store),
      rows: rowsOf(found, store),
      fetched: fetchFactsOf(isManualFeed(found) ? undefined : found.list),
    })),
  );
  if (invocation.flag("json")) {
    const sources = listed.map(({ found, snapshot, state, rejects, rows: counts, fetched }) => ({
      id: found.list.id,
      role: found.role,
      format: snapshot?.format ?? formatOf(found),
      category: found.role === "block" ? found.list.category : null,
      confidence: found.role === "block" ? found.list.confidence : null,
      takenAt: snapshot === undefined ? null : isoTime(snapshot.takenAt),
      lines: snapshot?.lines ?? 0,
      indicators: snapshot?.entries ?? 0,
      rejects,
      states: counts ?? null,
      state,
      ...fetched,
    }));
    io.stdout.write(json({ sources }));
    return 0;
  }
  const isAnyFetched = listed.some(({ found }) => !isManualFeed(found) && found.list.fetch !== undefined);
  const columns = [
    { head: "source" },
    { head: "format" },
    { head: "category" },
    { head: "confidence", right: true },
    { head: "accepted" },
    { head: "indicators", right: true },
    { head: "rejects", right: true },
    // Only where there is a list that has these.
    ...(isAnyFetched ? [{ head: "fetched" }, { head: "next" }] : []),
    { head: "state" },
  ];
  const rows = listed.map(({ found, snapshot, says, rejects, rows: counts, fetched }) => [
    found.list.id,
    snapshot?.format ?? formatOf(found),
    found.role === "block" ? found.list.category : "(allow list)",
    found.role === "block" ? `${found.list.confidence}` : "-",
    snapshot === undefined ? "-" : isoTime(snapshot.takenAt),
    number(snapshot?.entries ?? 0),
    number(rejects),
    ...(isAnyFetched ? [fetched.fetchedAt ?? "-", fetched.nextAt ?? "-"] : []),
    `${says}${failedInWords(fetched)}${refusedInWords(found)}${counts === undefined || isPlain(counts) ? "" : `; rows: ${statesInWords(counts)}`}`,
  ]);
  io.stdout.write(table(columns, rows));
  return 0;
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
