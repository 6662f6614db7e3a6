/** `source show`: all facts of one list. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { number } from "../../base/counted.ts";
import { shownPath } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import { mayTake } from "../../config/selection.ts";
import type { Config } from "../../config/types.ts";
import { isForZone } from "../../config/zone-lists.ts";
import { reportDecision, reportSourceHold } from "../../daemon/source-hold-report.ts";
import { keepFresh } from "../../daemon/source-quality.ts";
import type { IndicatorFeed } from "../../feed/feed.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import { confirmedAt, maxAgeOf } from "../../feed/stale.ts";
import type { ListedKey } from "../../indicator/entry/change-lists.ts";
import type { Facts } from "../../indicator/facts/facts.ts";
import type { Role } from "../../indicator/role.ts";
import { guardHits } from "../../mill/guard-hits.ts";
import { openCurrent } from "../../mill/inputs.ts";
import { policyOf } from "../../mill/policy.ts";
import type { RowCounts } from "../../store/ledger-states.ts";
import type { HoldDecision } from "../../store/source-holds.ts";
import type { Invocation } from "../command.ts";
import { ageInWords, fetchFactsOf, fetchLines } from "../fetch-facts.ts";
import { fileAsJson, filesInWords, filesOf } from "../folder-files.ts";
import type { Io } from "../io.ts";
import { type ListState, rejectsOf, stateOfListed } from "../list-state.ts";
import { type Masking, maskedWhereSaid, masksOf } from "../masks.ts";
import { nameOf, nothingKept, type Piece, timeGiven, wordsOf, writePieces } from "../past-source.ts";
import { type Quality, qualityLines, qualityOf, surveyWanted } from "../quality.ts";
import { rowsOf, statesInWords } from "../state-words.ts";
import { haveFacts, saidInWords, saidOf } from "../statement-words.ts";
import { findList, type ListedFeed, readStore, type Store } from "../store.ts";
import { facts, json, size } from "../text.ts";
import { decisionInWords } from "./source-on-hold.ts";

export async function showSource(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const found = findList(invocation.operand("ID"), config);
  const at = invocation.value("at");
  if (at !== undefined) {
    showPast(found, timeGiven(at), config, invocation, io);
    return 0;
  }
  const now = nowSeconds(io.clock);
  const { survey, ...state } = readStore(config, (store) => {
    const survey = surveyWanted(invocation, config, store);
    return {
      ...stateOfListed(found, store, now),
      rows: rowsOf(found, store),
      quality: qualityOf(found, store, survey, now),
      guardHits: found.role === "block" && !invocation.flag("quick") ? guardHitsOf(found.list.id, config, store) : null,
      decisions: store.sourceHolds.decisionsOf(found.list.id, decisionsMax),
      waiting: waitingOf(found, store, now),
      survey,
    };
  });
  const zones = zonesTaking(found, config);
  io.stdout.write(
    invocation.flag("json") ? json(asJson(found, state, zones)) : facts(asFacts(found, state, zones, now)),
  );
  keepFresh(config, survey);
  return 0;
}

/** What the list listed at a past time, one name a line. */
function showPast(found: ListedFeed, at: number, config: Config, invocation: Invocation, io: Io): void {
  const { id } = found.list;
  readStore(config, (store) => {
    const { history, profiles } = store;
    const entries = history.entriesAt(id, at);
    if ("why" in entries) throw nothingKept(id, at, entries);
    const head = { id, at: isoTime(at) };
    const category = found.role === "allow" ? undefined : found.list.category;
    const masking = invocation.flag("unmask") ? undefined : { masks: masksOf(config, store), category };
    const json = invocation.flag("json") ? { head, member: "entries" } : undefined;
    writePieces(
      (text) => io.stdout.write(text),
      pastEntries(entries, found.role, (profile) => profiles.factsOf(profile), masking),
      json,
    );
  });
}

function* pastEntries(
  entries: Iterable<ListedKey>,
  role: Role,
  factsOf: (profile: number) => Facts,
  masking: Masking | undefined,
): Generator<Piece> {
  for (const { key, said } of entries) {
    const name = nameOf(key);
    const says = wordsOf(said, role);
    const firstSeen = isoTime(said.seen[0] as number);
    const all = saidOf(said, role, factsOf);
    const value = { name, says, firstSeen, ...(haveFacts(all) ? { said: all } : {}) };
    const piece = { line: `${name} ${saidInWords(all)}, first seen ${firstSeen}`, value };
    yield maskedWhereSaid(piece, name, all, masking);
  }
}

function zonesTaking({ role, list }: ListedFeed, { zones }: Config): string[] {
  const taking = zones.filter((zone) => (role === "allow" ? isForZone(list, zone) : mayTake(zone.take, list)));
  return taking.map(({ apex }) => apex);
}

/** How many of its entries wait for a person, by reason. */
function waitingOf({ list }: ListedFeed, { ledger }: Store, now: number) {
  return ledger.reviews.counts(now).filter(({ source }) => source === list.id);
}

/** Decisions of before that are shown. */
const decisionsMax = 5;

/** Of each zone, how many entries of a source its guards stop or narrow. */
type GuardHits = Readonly<Record<string, number>>;

function guardHitsOf(id: string, config: Config, { snapshots }: Store): GuardHits {
  const hits = config.zones.map((zone) => {
    const policy = policyOf(zone, config);
    const sources = policy.sources.filter((source) => source.id === id);
    let count = 0;
    if (sources.length > 0) for (const _ of guardHits({ ...policy, sources }, openCurrent(snapshots))) count += 1;
    return [zone.apex, count, sources.length > 0] as const;
  });
  return Object.fromEntries(hits.flatMap(([apex, count, takes]) => (takes ? [[apex, count]] : [])));
}

type ShownState = ListState & {
  readonly rows: RowCounts | undefined;
  readonly waiting: ReturnType<typeof waitingOf>;
  readonly quality: Quality;
  /** Null of allow lists, and where they are not wanted. */
  readonly guardHits: GuardHits | null;
  readonly decisions: readonly HoldDecision[];
};

function asJson(
  found: ListedFeed,
  { state, says, fault, snapshot, fileBytes, rows, quality, guardHits, held, decisions, waiting }: ShownState,
  zones: readonly string[],
) {
  const { role, list } = found;
  const rejects = rejectsOf(snapshot).map(({ reason, count }) => [reason, count] as const);
  return {
    id: list.id,
    role,
    definition: list,
    state,
    says,
    fault: fault === undefined ? null : { message: fault.error.message, remedy: fault.error.remedy },
    fileBytes: fileBytes ?? null,
    ...fetchFactsOf(isManualFeed(found) ? undefined : found.list),
    ...filesAsJson(found),
    snapshot:
      snapshot === undefined
        ? null
        : {
            takenAt: isoTime(snapshot.takenAt),
            format: snapshot.format,
            lines: snapshot.lines,
            indicators: snapshot.entries,
            duplicates: snapshot.duplicates,
            changes: snapshot.changes ?? null,
            rejects: Object.fromEntries(rejects),
            states: rows ?? null,
            reviews: waiting.map(({ reason, count, since }) => ({ reason, count, since: isoTime(since) })),
          },
    ...quality,
    guardHits,
    held: reportSourceHold(held),
    decisions: decisions.map(reportDecision),
    zones,
  };
}

function filesAsJson(found: ListedFeed): object {
  const files = isManualFeed(found) ? undefined : filesOf(found.list);
  return files === undefined ? {} : { files: files.map(fileAsJson) };
}

const keptByPeople = "kept by people, by `rpzmill entry add` and `rpzmill entry end`";

/** Where a list is, and how it is fetched where it is. */
function fileLines(list: IndicatorFeed["list"], fileBytes: number | undefined, now: number): [string, string][] {
  const what = list.fetch === undefined ? "file" : "copy";
  const bytes = fileBytes === undefined ? "" : `, ${size(fileBytes)}`;
  const files = filesOf(list);
  if (files !== undefined) {
    const more = files.length === 0 ? "" : `; \`rpzmill source files ${list.id}\` lists them`;
    return [...fetchLines(list, now), ["files", `${filesInWords(files)}${more}`]];
  }
  return [...fetchLines(list, now), [what, `${shownPath(list.from)}${bytes}`]];
}

function asFacts(
  found: ListedFeed,
  { says, fault, snapshot, fileBytes, rows, quality, guardHits, decisions, waiting }: ShownState,
  zones: readonly string[],
  now: number,
): [string, string][] {
  const { list } = found;
  const lines: [string, string][] = [
    [found.role === "allow" ? "allow list" : "source", list.id],
    ...(isManualFeed(found) ? [["entries", keptByPeople] as [string, string]] : fileLines(found.list, fileBytes, now)),
    ["state", says],
    ...(fault === undefined ? [] : [["fault", `${fault.error.message}. ${fault.error.remedy}`] as [string, string]]),
    ...(isManualFeed(found) ? [] : [["read as", readAs(found, snapshot?.format)] as [string, string]]),
  ];
  if (found.role === "block") {
    const { category, confidence, tlp, pap, trust = "automatic" } = found.list;
    if (trust !== "automatic") lines.push(["trust", trust]);
    lines.push(["category", `${category}, confidence ${confidence}`], ["marking", `TLP ${tlp}, PAP ${pap}`]);
  }
  if (!isManualFeed(found)) lines.push(["limit", limitInWords(found)], ...guardLines(found, now));
  if (snapshot !== undefined && isManualFeed(found)) {
    lines.push(["snapshot", `compiled ${isoTime(snapshot.takenAt)}`], ["indicators", number(snapshot.entries)]);
  } else if (snapshot !== undefined) {
    const { takenAt, entries, duplicates, lines: read, changes } = snapshot;
    lines.push(
      ["snapshot", `accepted ${isoTime(takenAt)}`],
      ["indicators", `${number(entries)} of ${number(read)} lines, ${number(duplicates)} duplicates`],
    );
    if (rows !== undefined) lines.push(["rows", statesInWords(rows) || "none"]);
    if (waiting.length > 0) lines.push(["review", waitingInWords(waiting, list.id)]);
    if (changes !== undefined) lines.push(["changes", `${number(changes)} names since the snapshot before`]);
    const rejects = rejectsOf(snapshot).map(({ reason, count }) => `${number(count)} ${reason}`);
    lines.push(["rejects", rejects.join(", ") || "none"]);
  }
  if (snapshot !== undefined) lines.push(...qualityLines(quality));
  if (guardHits !== null && Object.keys(guardHits).length > 0) {
    const hits = Object.entries(guardHits).map(([apex, count]) => `${number(count)} in ${apex}`);
    lines.push(["guard hits", hits.join(", ")]);
  }
  for (const decision of decisions) lines.push(["decided", decisionInWords(decision)]);
  lines.push(["zones", zones.join(", ") || "none takes it"]);
  return lines;
}

function waitingInWords(waiting: ShownState["waiting"], id: string): string {
  const counts = waiting.map(({ reason, count, since }) => `${number(count)} ${reason}, since ${isoTime(since)}`);
  return `${counts.join("; ")}: \`rpzmill review list --source ${id}\``;
}

function guardLines(feed: IndicatorFeed, now: number): [string, string][] {
  if (feed.role === "allow") return [];
  const bounds = Object.entries(feed.list.guard ?? {}).flatMap(([key, value]) =>
    key === "maxAgeSeconds" ? [] : [`${key} ${value}`],
  );
  const lines: [string, string][] = bounds.length === 0 ? [] : [["guard", bounds.join(", ")]];
  const confirmed = confirmedAt(feed.list);
  if (confirmed === undefined) return lines;
  const maxAge = maxAgeOf(feed.list);
  const bound = maxAge === undefined ? "" : `; stale after ${ageInWords(maxAge)}`;
  return [...lines, ["age", `${ageInWords(Math.max(0, now - confirmed))} since it was confirmed or written${bound}`]];
}

function limitInWords({ role, list: { limit } }: IndicatorFeed): string {
  if (role === "allow") return `${limit.percent} % of its entries may go at once`;
  return `${limit.percent} % and ${number(limit.entries)} entries`;
}

function readAs({ list }: IndicatorFeed, accepted: string | undefined): string {
  const format = list.format === "auto" && accepted !== undefined ? `${accepted} (auto)` : list.format;
  const column = list.column === undefined ? "" : `, column ${list.column}`;
  const path = list.path === undefined ? "" : `, path ${list.path}`;
  return `${format}${column}${path}, scope ${list.scope ?? "as each entry says"}`;
}
