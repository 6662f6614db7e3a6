/** `zone list`: every zone of the configuration with what is published of it. */
import { isoTime } from "../../base/clock.ts";
import { number } from "../../base/counted.ts";
import { loadConfig } from "../../config/load.ts";
import { behindInWords, holdInWords, holdRemedy, reportHold } from "../../daemon/hold-words.ts";
import { holdOf } from "../../mill/hold.ts";
import { policyOf } from "../../mill/policy.ts";
import { isBehind } from "../../mill/served-zone.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { readStore } from "../store.ts";
import { json, size, table } from "../text.ts";

export async function listZones(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const listed = readStore(config, ({ zones, holds, snapshots }) =>
    config.zones.map((zone) => {
      const { apex } = zone;
      const id = zones.find(apex);
      const current = id === undefined ? undefined : zones.current(id);
      const versions = id === undefined ? 0 : zones.history(id).length;
      return {
        apex,
        serial: current?.serial ?? null,
        rules: current?.rules ?? 0,
        records: current?.records ?? 0,
        publishedAt: current === undefined ? null : isoTime(current.publishedAt),
        bytes: current?.bytes ?? 0,
        versions,
        hold: reportHold(holdOf(id === undefined ? undefined : holds.find(id))),
        behind: current === undefined || isBehind(snapshots, policyOf(zone, config), current),
      };
    }),
  );
  if (invocation.flag("json")) {
    io.stdout.write(json({ zones: listed }));
    return 0;
  }
  const columns = [
    { head: "zone" },
    { head: "serial", right: true },
    { head: "rules", right: true },
    { head: "records", right: true },
    { head: "published" },
    { head: "size", right: true },
    { head: "versions", right: true },
  ];
  const rows = listed.map((zone) => [
    zone.apex,
    zone.serial === null ? "-" : `${zone.serial}`,
    number(zone.rules),
    number(zone.records),
    zone.publishedAt ?? "not built yet",
    size(zone.bytes),
    number(zone.versions),
  ]);
  io.stdout.write(table(columns, rows));
  for (const { apex, hold, serial, behind } of listed) {
    if (hold !== null) io.stdout.write(`\n${apex} is on hold ${holdInWords(hold)}\n${holdRemedy(apex)}\n`);
    else if (behind && serial !== null) io.stdout.write(`\n${apex} is ${behindInWords}\n`);
  }
  return 0;
}
