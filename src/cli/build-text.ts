/** A build's report as people read it: a table of sources, a table of zones, and what did not become a rule. */

import { number } from "../base/counted.ts";
import type { BuildReport, SourceReport, ZoneReport } from "../daemon/build-report.ts";
import { endedInWords, holdInWords, holdRemedy } from "../daemon/hold-words.ts";
import { countFaults } from "../indicator/rejects.ts";
import { stopsInWords } from "./count-words.ts";
import { guardLines } from "./guard-text.ts";
import { doubtsInWords, rejectsInWords } from "./reject-words.ts";
import { isPlain, statesInWords } from "./state-words.ts";
import { duration, size, table } from "./text.ts";

/** The whole report, each line ended. */
export function buildText(report: BuildReport): string {
  const { sources, guards, overrides, zones, left, seconds, peakRssBytes } = report;
  return [
    table(
      [
        { head: "source" },
        { head: "format" },
        { head: "lines", right: true },
        { head: "indicators", right: true },
        { head: "duplicates", right: true },
        { head: "rejects", right: true },
        { head: "outcome" },
      ],
      sources.map(sourceRow),
    ),
    "\n",
    table(
      [
        { head: "zone" },
        { head: "serial" },
        { head: "rules", right: true },
        { head: "records", right: true },
        { head: "added", right: true },
        { head: "removed", right: true },
      ],
      zones.map(zoneRow),
    ),
    "\n",
    ...remarks(sources, zones, left),
    ...guardLines(guards, overrides),
    `built in ${duration(seconds)}, ${size(peakRssBytes)} of memory at most\n`,
  ].join("");
}

function sourceRow(source: SourceReport): string[] {
  const { id, role, format, formatReason, lines, indicators, duplicates } = source;
  return [
    id,
    formatReason === null ? format : `auto: ${format}`,
    number(lines),
    number(indicators),
    number(duplicates),
    number(countFaults(source.rejects)),
    `${role === "allow" ? "allow list, " : ""}${outcomeInWords(source)}`,
  ];
}

function outcomeInWords({ outcome, error, takenAt, onHold, stopped, held }: SourceReport): string {
  const ended = statesInWords(stopped);
  const waits = `${onHold ? ", losses held" : ""}${ended === "" ? "" : `, ${ended} now`}`;
  switch (outcome) {
    case "new":
      return `accepted${waits}`;
    case "same":
      return `read, nothing new${waits}`;
    case "untouched":
      return `${held === null ? "unchanged" : "rejected content left out"}${waits}`;
    case "failed":
      return `${error?.code ?? "failed"}, ${takenAt === null ? "there is no earlier one" : "last good one kept"}`;
  }
}

function zoneRow({
  apex,
  serial,
  previousSerial,
  changed,
  hold,
  rules,
  records,
  added,
  removed,
  error,
}: ZoneReport): string[] {
  if (error !== null && serial === null) return [apex, error.code, "-", "-", "-", "-"];
  const step = !changed
    ? `${serial} unchanged`
    : previousSerial === null
      ? `${serial}`
      : `${previousSerial} -> ${serial}`;
  const state = error !== null ? `, ${error.code}` : hold === null ? "" : ", on hold";
  return [apex, step + state, number(rules), number(records), number(added), number(removed)];
}

function remarks(sources: readonly SourceReport[], zones: readonly ZoneReport[], left: BuildReport["left"]): string[] {
  const lines: string[] = [];
  for (const zone of zones) {
    const stops = stopsInWords(zone.counts);
    if (stops !== "") lines.push(`${zone.apex}: ${stops}\n`);
    if (zone.error !== null && zone.lifts !== null) {
      lines.push(
        `${zone.apex}: only what allow lists and guards of your own lift, entries that people keep, and what ended was published\n`,
      );
    }
    if (zone.lifts !== null && zone.lifts.ended > 0) {
      const why = zone.error !== null ? "it was not built" : "that is beyond its limit";
      lines.push(
        `${zone.apex}: ${endedInWords(zone.lifts.ended)} no longer block, though ${zone.hold === null ? why : "it is on hold"}\n`,
      );
    }
    if (zone.hold !== null) lines.push(...holdLines(zone.apex, zone.hold));
  }
  for (const source of sources) {
    const { states } = source;
    if (states !== null && !isPlain(states)) lines.push(`${source.id}: rows ${statesInWords(states)}\n`);
    if (source.formatReason !== null) lines.push(`${source.id}: read as ${source.format}: ${source.formatReason}\n`);
    const said = [
      ["rejected", rejectsInWords(source.rejects)],
      ["accepted with", doubtsInWords(source.rejects)],
    ].filter(([, counts]) => counts !== "");
    if (said.length === 0) continue;
    const words = said.map((pair) => pair.join(" ")).join(", ");
    lines.push(`${source.id}: ${words}; see \`rpzmill source rejects ${source.id}\`\n`);
  }
  for (const { kind, name, bytes } of left) {
    lines.push(
      `${kind} ${name} left the configuration; ${size(bytes)} are kept until \`rpzmill store forget ${name}\`\n`,
    );
  }
  return lines.length === 0 ? [] : [...lines, "\n"];
}

/** Names that are shown of each kind. */
const holdNamesMax = 3;

function holdLines(apex: string, hold: NonNullable<ZoneReport["hold"]>): string[] {
  const { added, removed, changed } = hold.firstNames;
  const kinds = { adds: added, removes: removed, changes: changed };
  const names = Object.entries(kinds)
    .filter(([, first]) => first.length > 0)
    .map(([verb, first]) => `${verb} ${first.slice(0, holdNamesMax).join(", ")}`);
  const such = names.length === 0 ? "" : ` (${names.join("; ")}, …)`;
  return [`${apex}: on hold ${holdInWords(hold)}${such}\n`, `${apex}: ${holdRemedy(apex)}\n`];
}
