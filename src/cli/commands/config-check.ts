/** `config check`: reads the whole configuration and lists every fault at once, or what is in it. */
import { ConfigError, faultLine, shownPath } from "../../config/faults.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/types.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { counted, facts, json } from "../text.ts";

export async function checkConfig(invocation: Invocation, io: Io): Promise<number> {
  const asJson = invocation.flag("json");
  let config: Config;
  try {
    config = loadConfig(invocation.config, { env: io.env });
  } catch (error) {
    if (error instanceof ConfigError && asJson) {
      io.stdout.write(json({ valid: false, faults: error.faults, warnings: [] }));
    }
    throw error;
  }
  if (asJson) {
    const { file, stateDir, server, keys, sources, allow, guards, zones, warnings } = config;
    const lists = {
      sources: sources.map(({ id }) => id),
      allow: allow.map(({ id }) => id),
      guards: guards.map(({ id }) => id),
    };
    const names = { zones: zones.map(({ apex }) => apex), keys: keys.map(({ name }) => name) };
    io.stdout.write(
      json({ valid: true, file, stateDir, listen: server.listen, ...lists, ...names, faults: [], warnings }),
    );
    return 0;
  }
  for (const warning of config.warnings) io.stderr.write(`warning: ${faultLine(warning)}\n`);
  io.stdout.write(summary(config));
  return 0;
}

function summary({ file, stateDir, server, keys, sources, allow, guards, zones, warnings }: Config): string {
  const listen = server.listen.map(({ address, port }) =>
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return facts([
    [
      "configuration",
      `${shownPath(file)} has no fault${warnings.length === 0 ? "" : `, ${counted(warnings.length, "warning")}`}`,
    ],
    ["state", shownPath(stateDir)],
    ["listen", listen.join(", ")],
    ["keys", keys.map(({ name, algorithm }) => `${name} (${algorithm})`).join(", ") || "none"],
    ["sources", sources.map(({ id }) => id).join(", ") || "none"],
    ["allow lists", allow.map(({ id }) => id).join(", ") || "none"],
    ["guards", guards.map(({ id, builtIn }) => (builtIn ? `${id} (built-in)` : id)).join(", ") || "none"],
    ["zones", zones.map(({ apex }) => apex).join(", ")],
  ]);
}
