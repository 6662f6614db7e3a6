/** `zone show`: all facts of one zone and the history of its serials. */
import { isoTime } from "../../base/clock.ts";
import { number } from "../../base/counted.ts";
import { shownPath } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import type { ZoneConfig } from "../../config/zone-types.ts";
import { behindInWords, holdInWords, holdRemedy, reportHold } from "../../daemon/hold-words.ts";
import { countsOf } from "../../mill/counts.ts";
import { holdOf } from "../../mill/hold.ts";
import { policyOf } from "../../mill/policy.ts";
import { isBehind } from "../../mill/served-zone.ts";
import { nameOfAction } from "../../rpz/action.ts";
import type { ZoneVersionRow } from "../../store/zones.ts";
import type { Invocation } from "../command.ts";
import { stopsInWords } from "../count-words.ts";
import type { Io } from "../io.ts";
import { findZone, readStore } from "../store.ts";
import { facts, json, size, table } from "../text.ts";

export async function showZone(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const { zone, history, hold, behind } = readStore(config, (store) => {
    const found = findZone(invocation.operand("APEX"), config, store);
    return {
      zone: found,
      history: store.zones.history(found.id),
      hold: reportHold(holdOf(store.holds.find(found.id))),
      // What is no longer configured is behind nothing.
      behind: found.config !== undefined && isBehind(store.snapshots, policyOf(found.config, config), found.current),
    };
  });
  const { apex, current } = zone;
  if (invocation.flag("json")) {
    io.stdout.write(
      json({
        apex,
        ...versionFacts(current),
        counts: countsOf(current),
        hold,
        behind,
        definition: zone.config ?? null,
        history: history.map(versionFacts),
      }),
    );
    return 0;
  }
  io.stdout.write(
    facts([
      ["zone", apex],
      ["serial", `${current.serial}, published ${isoTime(current.publishedAt)}`],
      ["rules", `${number(current.rules)} in ${number(current.records)} records, ${size(current.bytes)}`],
      ...(hold === null ? [] : ([["on hold", `${holdInWords(hold)}; ${holdRemedy(apex)}`]] as const)),
      ...(behind && hold === null ? ([["state", behindInWords]] as const) : []),
      ["not rules", stopsInWords(countsOf(current)) || "nothing was stopped or covered"],
      ...(zone.config === undefined
        ? ([["definition", "no longer in the configuration, and so not served"]] as const)
        : definitionFacts(zone.config)),
    ]),
  );
  io.stdout.write(`\n${historyTable(history)}`);
  return 0;
}

function versionFacts(row: ZoneVersionRow) {
  const { serial, publishedAt, rules, records, bytes, added, removed, blocksWritten, differenceBytes } = row;
  return {
    serial,
    publishedAt: isoTime(publishedAt),
    rules,
    records,
    bytes,
    added,
    removed,
    blocksWritten,
    differenceBytes: differenceBytes ?? null,
  };
}

function definitionFacts({
  definedIn,
  take,
  action,
  ttl,
  transfer,
  file,
  keep,
  limit,
}: ZoneConfig): [string, string][] {
  const actions = Object.entries(action.byCategory).map(([category, of]) => `, ${category}: ${nameOfAction(of)}`);
  const allowed = transfer.map(({ address, key }) =>
    [address ?? "any address", ...(key === undefined ? [] : [`with key ${key}`])].join(" "),
  );
  const accepted = [...take.sources.map((id) => `source ${id}`), ...take.categories.map((word) => `category ${word}`)];
  return [
    ["definition", shownPath(definedIn)],
    ["takes", `${accepted.join(", ")}${take.minConfidence > 0 ? `, from confidence ${take.minConfidence}` : ""}`],
    [
      "for",
      `${take.audience === "own" ? "own people" : "others as well"}, to TLP ${take.maxTlp} and PAP ${take.maxPap}`,
    ],
    ["action", `${nameOfAction(action.default)}${actions.join("")}`],
    ["TTL", `${ttl} s`],
    ["transfer", allowed.join("; ") || "nobody"],
    ["zone file", file ? "written with each publish" : "not written"],
    ["limit", `${limit.percent} % and ${number(limit.rules)} rules at once`],
    ["keeps", `${number(keep.versions)} versions, ${number(keep.seconds)} s`],
  ];
}

function historyTable(history: readonly ZoneVersionRow[]): string {
  const columns = [
    { head: "serial", right: true },
    { head: "published" },
    { head: "rules", right: true },
    { head: "records", right: true },
    { head: "added", right: true },
    { head: "removed", right: true },
    { head: "difference", right: true },
  ];
  const rows = history.map((row) => [
    `${row.serial}`,
    isoTime(row.publishedAt),
    number(row.rules),
    number(row.records),
    number(row.added),
    number(row.removed),
    row.differenceBytes === undefined ? "not kept" : size(row.differenceBytes),
  ]);
  return table(columns, rows);
}
