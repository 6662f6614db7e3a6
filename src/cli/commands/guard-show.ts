/** `guard show`: all facts of one guard, and the lines of its list that were not accepted. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { counted, number } from "../../base/counted.ts";
import { shownPath } from "../../config/faults.ts";
import { isComputed } from "../../config/guards.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config, GuardConfig } from "../../config/types.ts";
import { guardFlag } from "../../guard/class.ts";
import type { Invocation } from "../command.ts";
import { fetchFactsOf, fetchLines } from "../fetch-facts.ts";
import { findGuard, formatOf, type GuardState, stateOfGuard } from "../guard-state.ts";
import type { Io } from "../io.ts";
import { rejectsOf } from "../list-state.ts";
import { readStore } from "../store.ts";
import { facts, json, size } from "../text.ts";

/** Lines shown of each reason. */
const shownMax = 10;

export async function showGuard(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const guard = findGuard(invocation.operand("ID"), config);
  const state = readStore(config, (store) => stateOfGuard(guard, config, store));
  const zones = guard.zones ?? config.zones.map(({ apex }) => apex);
  io.stdout.write(
    invocation.flag("json")
      ? json(asJson(state, zones))
      : `${facts(asFacts(state, zones, config, nowSeconds(io.clock)))}${rejectLines(state)}`,
  );
  return 0;
}

function asJson(
  { guard, snapshot, state, says, fault, fileBytes, overriddenBy }: GuardState,
  zones: readonly string[],
) {
  return {
    id: guard.id,
    definition: guard,
    state,
    says,
    fault: fault === undefined ? null : { message: fault.error.message, remedy: fault.error.remedy },
    fileBytes: fileBytes ?? null,
    ...(isComputed(guard) ? {} : fetchFactsOf(guard)),
    snapshot:
      snapshot === undefined
        ? null
        : {
            takenAt: isoTime(snapshot.takenAt),
            lines: snapshot.lines,
            entries: snapshot.entries,
            duplicates: snapshot.duplicates,
            changes: snapshot.changes ?? null,
            rejects: snapshot.rejects,
          },
    zones,
    overriddenBy,
  };
}

function asFacts(
  { guard, snapshot, says, fault, fileBytes, overriddenBy }: GuardState,
  zones: readonly string[],
  config: Config,
  now: number,
): [string, string][] {
  const file = guard.builtIn ? "built-in" : shownPath(guard.from);
  const lines: [string, string][] = [
    ["guard", guard.id],
    ["class", guard.class],
    ...(isComputed(guard) ? [] : fetchLines(guard, now)),
    ["list", `${file}${fileBytes === undefined ? "" : `, ${size(fileBytes)}`}`],
    ["state", says],
    ...(fault === undefined ? [] : [["fault", `${fault.error.message}. ${fault.error.remedy}`] as [string, string]]),
    ["read as", readAs(guard)],
  ];
  if (isComputed(guard)) lines.push(...guard.computed.names.map(([name, flags]) => namedFact(name, flags)));
  if (snapshot !== undefined) {
    const { takenAt, entries, duplicates, lines: read, changes } = snapshot;
    lines.push(
      ["copy", `accepted ${isoTime(takenAt)}`],
      ["entries", `${number(entries)} of ${number(read)} lines, ${number(duplicates)} duplicates`],
    );
    if (changes !== undefined) lines.push(["changes", `${number(changes)} entries since the copy before`]);
  }
  lines.push(["zones", zones.length === config.zones.length ? `all: ${zones.join(", ")}` : zones.join(", ")]);
  lines.push(["overridden by", overriddenBy.join(", ") || "no source"]);
  return lines;
}

/** A name that a guard has without a list. */
function namedFact(name: string, flags: number): [string, string] {
  return ["guards", flags & guardFlag.alone ? name : `${name} and all beneath`];
}

function readAs(guard: GuardConfig): string {
  if (isComputed(guard)) return formatOf(guard);
  const { format, top, scope } = guard;
  const depth = top === undefined ? "" : `, the first ${number(top)}, and ten times as many for hosts of URLs`;
  return `${format}${depth}, scope ${scope}`;
}

function rejectLines({ snapshot }: GuardState): string {
  return rejectsOf(snapshot)
    .map(({ reason, count, samples }) => {
      const shown = samples.slice(0, shownMax).map(({ line, text }) => `  ${line}: ${text}\n`);
      const more = count > shown.length ? `  … and ${number(count - shown.length)} more\n` : "";
      return `\n${reason}: ${counted(count, "time")}\n${shown.join("")}${more}`;
    })
    .join("");
}
