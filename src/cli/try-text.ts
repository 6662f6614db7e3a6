/** What was found of a list that is tried, for people and for programs, with the lines of configuration to paste. */
import { isoTime } from "../base/clock.ts";
import { counted, number } from "../base/counted.ts";
import { parseUrl } from "../base/shown-url.ts";
import type { ListSourceConfig } from "../config/types.ts";
import type { TriedList } from "../feed/try-list.ts";
import { isFault, type RejectReason } from "../indicator/rejects.ts";
import type { ClassHits, Shared, ZoneTrial } from "../mill/try-source.ts";
import { guardEffectInWords } from "./guard-effect-words.ts";
import { facts, size } from "./text.ts";
import type { TrialSetUp } from "./try-set-up.ts";

export interface Trial {
  readonly setUp: TrialSetUp;
  /** With an id that is free. */
  readonly source: ListSourceConfig;
  readonly tried: TriedList;
  /** Unix seconds. */
  readonly now: number;
  readonly hasConfig: boolean;
  /** Sources that have some of its names. */
  readonly shared: readonly Shared[];
  /** Names that no source has. */
  readonly alone: number;
  /** Allow lists that hold some of them. */
  readonly allowed: readonly Shared[];
  readonly guards: readonly ClassHits[];
  /** Zones that would take it. */
  readonly zones: readonly ZoneTrial[];
  /** Apexes of the others. */
  readonly zonesLeft: readonly string[];
  /** That zones take. */
  readonly categories: readonly string[];
}

/** Lines shown of each reason for a reject. */
const samplesShown = 3;
/** Sources that are named. */
const sourcesShown = 10;

export function trialLines(trial: Trial): string {
  const { setUp, tried, guards, zones, allowed, alone, shared, hasConfig } = trial;
  const read = [
    ["list", `${setUp.shown}, ${size(tried.bytes)}`],
    ["format", formatInWords(tried)],
    ["encoding", tried.encoding],
    ["changed", ageInWords(trial)],
    [
      "entries",
      `${number(tried.entries)} of ${counted(tried.lines, "line")}, ${counted(tried.duplicates, "duplicate")}`,
    ],
    ...factLines(tried),
    ...(hasConfig ? [["new", `${number(alone)} that no source has`] as const] : []),
  ] as [string, string][];
  return [
    facts(read),
    ...section("rejects", rejectLines(tried)),
    ...section("guards", guards.flatMap(guardLines)),
    ...section("shared with", sharedLines(shared)),
    ...section("held by allow lists", sharedLines(allowed)),
    ...section("zones", zones.map(zoneLine).concat(zonesLeftLine(trial))),
    `\nto add it, under \`sources\`:\n${configLines(trial)}`,
  ].join("");
}

function section(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`\n${head}\n`, ...lines.map((line) => `  ${line}\n`)];
}

function formatInWords({ format, why, column, path }: TriedList): string {
  const parts = [
    ...(column === undefined ? [] : [`column ${column}`]),
    ...(path === undefined ? [] : [`path ${path}`]),
    ...(why === undefined ? [] : [why]),
  ];
  return parts.length === 0 ? format : `${format}: ${parts.join("; ")}`;
}

function changedAt({ setUp, tried }: Trial): number | undefined {
  if (!setUp.isFetched) return tried.changedAt;
  const time = Date.parse(setUp.lastModified ?? "");
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function ageInWords(trial: Trial): string {
  const at = changedAt(trial);
  if (at === undefined) return "its host does not say when";
  const hours = Math.max(0, Math.round((trial.now - at) / 3600));
  return `${isoTime(at)}, ${hours < 48 ? counted(hours, "hour") : counted(Math.round(hours / 24), "day")} ago`;
}

function factLines({ facts: counts }: TriedList): [string, string][] {
  if (counts === undefined) return [];
  const { revoked, ended, unreadable, review, categories } = counts;
  const without = [
    [revoked, "revoked"],
    [ended, "ended"],
    [unreadable, "unreadable"],
    ...[...review].map(([reason, count]) => [count, `wait for review (${reason})`] as const),
  ] as const;
  const left = without.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  const byCategory = [...categories]
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, count]) => `${number(count)} ${word}`);
  return [
    ...(left.length === 0 ? [] : [["not counting", left.join(", ")] as [string, string]]),
    ...(byCategory.length === 0 ? [] : [["categories", byCategory.slice(0, 12).join(", ")] as [string, string]]),
  ];
}

function rejectsOf({ rejects }: TriedList) {
  return Object.entries(rejects.counts)
    .toSorted(([a, x], [b, y]) => Number(isFault(b)) - Number(isFault(a)) || y - x || (a < b ? -1 : 1))
    .map(([reason, count]) => ({
      reason,
      count,
      samples: (rejects.samples[reason as RejectReason] ?? []).slice(0, samplesShown),
    }));
}

function rejectLines(tried: TriedList): string[] {
  return rejectsOf(tried).flatMap(({ reason, count, samples }) => [
    `${number(count)} ${reason}`,
    ...samples.map(({ line, text }) => `  ${line === 0 ? "" : `${line}: `}${text}`),
  ]);
}

function guardLines({ class: guardClass, stopped, narrowed, samples }: ClassHits): string[] {
  return [
    `${guardClass}: ${number(stopped)} stopped, ${number(narrowed)} narrowed to the name alone`,
    ...samples.map((effect) => `  ${guardEffectInWords(effect)}`),
  ];
}

function sharedLines(lists: readonly Shared[]): string[] {
  const most = lists.toSorted((a, b) => b.same + b.beneath - a.same - a.beneath);
  return most.slice(0, sourcesShown).map(({ id, same, beneath, samples }) => {
    const below = beneath === 0 ? "" : `, and ${number(beneath)} beneath names that it has`;
    return `${id}: ${number(same)}${below} (${samples.join(", ")})`;
  });
}

function zoneLine({ apex, rules, added, covered, allowed, unselected }: ZoneTrial): string {
  const change = added < 0 ? `${number(-added)} rules fewer` : counted(added, "new rule");
  const parts = [
    [covered, "covered by rules above"],
    [allowed, "allowed"],
    [unselected, "not selected"],
  ] as const;
  const rest = parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return `${apex}: ${change} beside ${number(rules)}${rest.length === 0 ? "" : `; ${rest.join(", ")}`}`;
}

function zonesLeftLine({ zonesLeft, zones, source, hasConfig, categories }: Trial): string[] {
  if (!hasConfig) return [];
  const left = zonesLeft.length === 0 ? [] : [`not taken by ${zonesLeft.join(", ")}`];
  if (zones.length > 0) return left;
  const taken = categories.length === 0 ? "" : ` (${categories.join(", ")})`;
  const remedy = `choose with --category one that a zone takes${taken}, or name the source in \`take.sources\``;
  return [...left, `its category is ${source.category}: ${remedy}`];
}

/** The entry of the configuration, as one line of YAML. */
function configLines(trial: Trial): string {
  const { setUp, source, tried, hasConfig } = trial;
  const keys = new Map(setUp.keys);
  keys.delete("id");
  const has = (key: string): boolean => keys.has(key);
  const url = parseUrl(setUp.shown);
  const place: [string, string] = setUp.isFetched
    ? ["url", JSON.stringify(setUp.shown)]
    : ["from", JSON.stringify(setUp.shown === "-" ? `${source.id}.txt` : setUp.shown)];
  const found: [string, string][] = [
    ["id", source.id],
    ...(has("format") ? [] : [["format", tried.format] as [string, string]]),
    place,
    ...(has("column") || tried.column === undefined
      ? []
      : [["column", JSON.stringify(tried.column)] as [string, string]]),
    ...(has("path") || tried.path === undefined ? [] : [["path", JSON.stringify(tried.path)] as [string, string]]),
    ...(has("category") || has("fields") ? [] : [["category", source.category] as [string, string]]),
    ...(setUp.isFetched && !has("every") ? [["every", everyOf(trial)] as [string, string]] : []),
    // What stands in a header may be a secret.
    ...[...keys].map(([key, value]): [string, string] => [key, key === "headers" ? "{…}" : value]),
  ];
  const line = `  - {${found.map(([key, value]) => `${key}: ${value}`).join(", ")}}\n`;
  const remarks = [
    ...(line.includes("…") ? ["write in full what stands as …"] : []),
    ...(setUp.isFetched && url?.protocol === "http:" ? ["use https where its host has it"] : []),
    ...(hasConfig ? [] : ["there is no configuration here yet: docs/configuration.md has what else it needs"]),
  ];
  return line + remarks.map((remark) => `  # ${remark}\n`).join("");
}

/** How often to fetch it: what changed a short while ago changes often. */
function everyOf(trial: Trial): string {
  const at = changedAt(trial);
  if (at === undefined) return "6h";
  const hours = (trial.now - at) / 3600;
  return hours < 1 ? "15m" : hours < 12 ? "1h" : hours < 72 ? "6h" : "24h";
}

export function trialValue(trial: Trial): object {
  const { setUp, source, tried, shared, alone, allowed, guards, zones, zonesLeft, hasConfig } = trial;
  const at = changedAt(trial);
  const { facts: counts } = tried;
  return {
    list: setUp.shown,
    format: tried.format,
    formatReason: tried.why ?? null,
    column: tried.column ?? null,
    path: tried.path ?? null,
    encoding: tried.encoding,
    bytes: tried.bytes,
    changedAt: at === undefined ? null : isoTime(at),
    lines: tried.lines,
    entries: tried.entries,
    duplicates: tried.duplicates,
    facts:
      counts === undefined
        ? null
        : {
            revoked: counts.revoked,
            ended: counts.ended,
            unreadable: counts.unreadable,
            review: Object.fromEntries(counts.review),
            categories: Object.fromEntries(counts.categories),
          },
    rejects: rejectsOf(tried),
    guards,
    shared,
    alone: hasConfig ? alone : null,
    allowed,
    zones,
    zonesNotTaking: zonesLeft,
    category: source.category,
    configuration: configLines(trial),
  };
}
