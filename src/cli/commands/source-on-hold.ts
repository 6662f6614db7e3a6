/** `source held`: what a list would change that its guard holds back, the best known names first. */
import { isoTime } from "../../base/clock.ts";
import { number } from "../../base/counted.ts";
import { loadConfig } from "../../config/load.ts";
import { holdCounts, reportDecision, reportHoldNames } from "../../daemon/source-hold-report.ts";
import { type ListHold, listHoldOf } from "../../feed/hold.ts";
import { nameChanges } from "../../feed/hold-change.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { findList, readStore } from "../store.ts";
import { facts, json } from "../text.ts";

/** Decisions of before that are shown. */
const decisionsMax = 20;
/** Digits of a content's digest that tell it from others. */
export const contentDigits = 12;

export async function showOnHold(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const limit = invocation.count("limit") ?? 20;
  const { list } = findList(invocation.operand("ID"), config);
  const { held, decisions } = readStore(config, ({ sourceHolds: holds }) => ({
    held: listHoldOf({ holds }, list.id),
    decisions: holds.decisionsOf(list.id, decisionsMax),
  }));
  if (invocation.flag("json")) {
    io.stdout.write(json({ id: list.id, held: reportHoldNames(held), decisions: decisions.map(reportDecision) }));
  } else if (held === undefined) io.stderr.write(`"${list.id}" has nothing on hold\n`);
  else io.stdout.write(inWords(list.id, held, limit));
  return 0;
}

const signs = { added: "+", removed: "-", changed: "~" } as const;

function inWords(id: string, { hold, change, decision }: ListHold, limit: number): string {
  const lines: [string, string][] = [
    ["source", id],
    ["on hold", `since ${isoTime(hold.since)}`],
    ["why", change.message],
    ["would be", holdCounts(change)],
    ["content", hold.content.slice(0, contentDigits)],
    ["decision", decision === undefined ? "none yet" : decisionInWords(decision)],
  ];
  const names = nameChanges.flatMap((kind) => {
    const shown = change.names[kind].slice(0, limit);
    const left = change[kind] - shown.length;
    return [
      ...shown.map((name) => `${signs[kind]} ${name}\n`),
      ...(left > 0 ? [`${signs[kind]} … and ${number(left)} more\n`] : []),
    ];
  });
  const decide = `--content ${hold.content.slice(0, contentDigits)} --by WHO --reason TEXT`;
  const next = `rpzmill source approve ${id} ${decide}\nrpzmill source reject ${id} ${decide}\n`;
  return `${facts(lines)}\n${names.join("")}${names.length > 0 ? "\n" : ""}${next}`;
}

/** `rejected by them at 2026-11-24T10:00:00Z: why`. */
export function decisionInWords({ verdict, by, at, reason }: Exclude<ListHold["decision"], undefined>): string {
  return `${verdict} by ${by} at ${isoTime(at)}: ${reason}`;
}
