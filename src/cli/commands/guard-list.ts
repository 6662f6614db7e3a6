/** `guard list`: every guard in force with its copy, its state and who overrides it, and built-in ones that are off. */
import { isoTime } from "../../base/clock.ts";
import { number } from "../../base/counted.ts";
import { shownPath } from "../../config/faults.ts";
import { isComputed } from "../../config/guards.ts";
import { loadConfig } from "../../config/load.ts";
import type { Invocation } from "../command.ts";
import { builtInGuardsOff, formatOf, type GuardState, stateOfGuard } from "../guard-state.ts";
import type { Io } from "../io.ts";
import { readStore } from "../store.ts";
import { json, table } from "../text.ts";

export async function listGuards(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const listed = readStore(config, (store) => config.guards.map((guard) => stateOfGuard(guard, config, store)));
  const off = builtInGuardsOff(config);
  if (invocation.flag("json")) {
    io.stdout.write(json({ guards: listed.map(asJson), off }));
    return 0;
  }
  const columns = [
    { head: "guard" },
    { head: "class" },
    { head: "format" },
    { head: "entries", right: true },
    { head: "rejects", right: true },
    { head: "accepted" },
    { head: "list" },
    { head: "overridden by" },
    { head: "state" },
  ];
  const rows = listed.map(({ guard, snapshot, entries, says, rejects, overriddenBy }) => [
    guard.id,
    guard.class,
    formatOf(guard),
    number(entries),
    number(rejects),
    snapshot === undefined ? "-" : isoTime(snapshot.takenAt),
    guard.builtIn ? "built-in" : shownPath(guard.from),
    overriddenBy.join(", ") || "-",
    says,
  ]);
  io.stdout.write(table(columns, rows));
  if (off.length > 0) io.stdout.write(`off: ${off.join(", ")}\n`);
  return 0;
}

function asJson({ guard, snapshot, entries, state, rejects, overriddenBy }: GuardState) {
  return {
    id: guard.id,
    class: guard.class,
    format: formatOf(guard),
    builtIn: guard.builtIn,
    from: isComputed(guard) ? null : guard.from,
    zones: guard.zones ?? null,
    takenAt: snapshot === undefined ? null : isoTime(snapshot.takenAt),
    entries,
    rejects,
    overriddenBy,
    state,
  };
}
