/**
 * `source rejects`: what a list said that was not accepted, by reason: of the snapshot in force, and of the file where there is
 * none, since its first reading failed, or where that is asked for.
 */

import { counted, number } from "../../base/counted.ts";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import { areSamplesMasked, type IndicatorFeed, parseOptionsOf } from "../../feed/feed.ts";
import { readFolder } from "../../feed/folder/reports.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import { keptRejects } from "../../feed/limit.ts";
import { parseList } from "../../feed/run.ts";
import { samplesMax } from "../../indicator/rejects.ts";
import type { KeptRejects } from "../../store/snapshots.ts";
import { writeInChunks } from "../chunks.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { rejectsOf } from "../list-state.ts";
import { findList, readStore } from "../store.ts";
import { json } from "../text.ts";

export async function showRejects(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const limit = invocation.count("limit") ?? 10;
  const feed = findList(invocation.operand("ID"), config);
  const { list } = feed;
  const form = exportForm(invocation);
  const snapshot = invocation.flag("now")
    ? undefined
    : readStore(config, ({ snapshots }) => snapshots.current(list.id));
  const kept = snapshot ?? {
    rejects: isManualFeed(feed) ? {} : await rejectsOfFile(feed, form === undefined ? undefined : exportedMax),
  };
  const all = ofReason(rejectsOf(kept), invocation.value("reason"), list.id);
  if (form !== undefined) {
    writeInChunks((text) => io.stdout.write(text), exportLines(all, form));
    for (const { reason, count, samples } of all) {
      if (samples.length < count)
        io.stderr.write(`${reason}: ${number(samples.length)} of ${number(count)} are kept\n`);
    }
    return 0;
  }
  const rejects = all.map((reject) => ({ ...reject, samples: reject.samples.slice(0, limit) }));
  if (invocation.flag("json")) io.stdout.write(json({ id: list.id, rejects }));
  else if (rejects.length === 0) io.stderr.write(`"${list.id}" has no rejects\n`);
  else io.stdout.write(rejects.map(inWords).join("\n"));
  return 0;
}

/** Of each reason, where the file is read for it: 50 MB at most. */
const exportedMax = 200_000;
const exportForms = ["csv", "jsonl"] as const;
type ExportForm = (typeof exportForms)[number];

/** @throws OperatorError USAGE */
function exportForm(invocation: Invocation): ExportForm | undefined {
  const text = invocation.value("export");
  const form = exportForms.find((known) => known === text);
  if (text === undefined || form !== undefined) return form;
  throw new OperatorError(
    "USAGE",
    `Cannot export as "${text}": it should be ${exportForms.join(" or ")}${didYouMean(text, exportForms)}`,
    "See `rpzmill source rejects --help`",
  );
}

/** A table with a header, or an object a line. */
function* exportLines(rejects: readonly Reject[], form: ExportForm): Generator<string> {
  if (form === "csv") yield "reason,line,text\n";
  for (const { reason, samples } of rejects) {
    for (const { line, text } of samples) {
      if (form === "jsonl") yield `${JSON.stringify({ reason, line, text })}\n`;
      else yield `${reason},${line},"${text.replaceAll('"', '""')}"\n`;
    }
  }
}

/** What the list's file has of each reason now. @throws OperatorError as `parseList` */
async function rejectsOfFile(feed: IndicatorFeed, max: number = samplesMax): Promise<Record<string, KeptRejects>> {
  const { from, expandedBytesMax } = feed.list;
  if (feed.role === "block" && feed.list.fetch?.kind === "folder") {
    return keptRejects((await readFolder(feed.list)).rejects);
  }
  const parse = await parseOptionsOf(feed, () => {});
  const { rejects } = await parseList({
    file: from,
    range: undefined,
    expandedBytesMax,
    parse,
    samplesMax: max,
    areSamplesMasked: areSamplesMasked(feed),
  });
  return keptRejects(rejects);
}

type Reject = ReturnType<typeof rejectsOf>[number];

function ofReason(rejects: readonly Reject[], wanted: string | undefined, id: string): readonly Reject[] {
  if (wanted === undefined) return rejects;
  const found = rejects.filter(({ reason }) => reason === wanted);
  if (found.length > 0) return found;
  const known = rejects.map(({ reason }) => reason);
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find rejects of "${id}" for "${wanted}": there are none${didYouMean(wanted, known)}`,
    `See \`rpzmill source rejects ${id}\` for the reasons that there are`,
  );
}

function inWords({ reason, count, samples }: Reject): string {
  const lines = samples.map(({ line, text }) => `  ${line === 0 ? "" : `${line}: `}${text}\n`);
  const left = count - samples.length;
  return `${reason}: ${counted(count, "time")}\n${lines.join("")}${left > 0 ? `  … and ${number(left)} more\n` : ""}`;
}
