/** `config check`: reads the whole configuration and lists every fault at once, or what is in it. */

import { counted } from "../../base/counted.ts";
import { endpointToText } from "../../base/endpoint.ts";
import { OperatorError } from "../../base/errors.ts";
import { ConfigError, faultLine, shownPath } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config, ConfigNote } from "../../config/types.ts";
import { type EndedBlock, endedBlocks } from "../../mill/search-order.ts";
import { type Database, openForReading } from "../../store/database.ts";
import { Snapshots } from "../../store/snapshots.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { facts, json } from "../text.ts";

export async function checkConfig(invocation: Invocation, io: Io): Promise<number> {
  const asJson = invocation.flag("json");
  let config: Config;
  try {
    config = loadConfig(invocation.config, { env: io.env, clock: io.clock });
  } catch (error) {
    if (error instanceof ConfigError && asJson) {
      io.stdout.write(json({ valid: false, faults: error.faults, warnings: [] }));
    }
    throw error;
  }
  const warnings = [...config.warnings, ...notesOnOrder(config)];
  if (asJson) {
    const { file, stateDir, server, keys, sources, allow, guards, zones } = config;
    const lists = {
      sources: sources.map(({ id }) => id),
      allow: allow.map(({ id }) => id),
      guards: guards.map(({ id }) => id),
    };
    const names = { zones: zones.map(({ apex }) => apex), keys: keys.map(({ name }) => name) };
    const tls = server.tls === undefined ? {} : { tlsListen: server.tls.listen };
    io.stdout.write(
      json({ valid: true, file, stateDir, listen: server.listen, ...tls, ...lists, ...names, faults: [], warnings }),
    );
    return 0;
  }
  for (const warning of warnings) io.stderr.write(`warning: ${faultLine(warning)}\n`);
  io.stdout.write(summary(config, warnings.length));
  return 0;
}

/** Notes blocks that do not count, by what was built last; none before the first build. */
function notesOnOrder(config: Config): ConfigNote[] {
  let db: Database | undefined;
  try {
    db = openForReading(config.databaseFile);
    if (db === undefined) return [];
    const bySource = new Map<string, EndedBlock[]>();
    for (const block of endedBlocks(config, new Snapshots(db))) {
      const group = JSON.stringify([block.source, block.zone, block.later]);
      bySource.set(group, [...(bySource.get(group) ?? []), block]);
    }
    return [...bySource.values()].map((blocks) => noteOn(blocks, config));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [{ file: config.file, message: `the order of zones is not checked: ${error.message}` }];
  } finally {
    db?.close();
  }
}

function noteOn(blocks: readonly EndedBlock[], config: Config): ConfigNote {
  const { name, source, zone, later } = blocks[0] as EndedBlock;
  const more = blocks.length === 1 ? "" : `, and of ${blocks.length - 1} more`;
  return {
    file: config.zones.find(({ apex }) => apex === zone)?.definedIn ?? config.file,
    message: `"${source}" exempts "${name}" from its own entries in "${zone}", whose passthru ends a resolver's search, so that the block of it${more} in the later "${later}" does not count; name that zone first, or give the source a zone of its own at the end`,
  };
}

function summary({ file, stateDir, server, keys, sources, allow, guards, zones }: Config, warnings: number): string {
  return facts([
    ["configuration", `${shownPath(file)} has no fault${warnings === 0 ? "" : `, ${counted(warnings, "warning")}`}`],
    ["state", shownPath(stateDir)],
    ["listen", server.listen.map(endpointToText).join(", ")],
    ...(server.tls === undefined ? [] : [["TLS", server.tls.listen.map(endpointToText).join(", ")] as const]),
    ["keys", keys.map(({ name, algorithm }) => `${name} (${algorithm})`).join(", ") || "none"],
    ["sources", sources.map(({ id }) => id).join(", ") || "none"],
    ["allow lists", allow.map(({ id }) => id).join(", ") || "none"],
    ["guards", guards.map(({ id, builtIn }) => (builtIn ? `${id} (built-in)` : id)).join(", ") || "none"],
    ["zones", zones.map(({ apex }) => apex).join(", ")],
  ]);
}
