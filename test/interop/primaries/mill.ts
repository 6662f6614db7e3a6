/**
 * rpzmill itself as a primary, of any configuration: a folder with lists and definitions, real builds into a real store,
 * and the real server on it. Everything runs in the test's own process, so that its source is what is tested.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/types.ts";
import { type BuildOutcome, build } from "../../../src/daemon/build.ts";
import { fetchesHere } from "../../../src/daemon/fetch-here.ts";
import { fetchTasksOf } from "../../../src/daemon/fetch-tasks.ts";
import { storedZones } from "../../../src/daemon/stored-zones.ts";
import { zoneFilePath } from "../../../src/mill/zone-file.ts";
import { createServer } from "../../../src/xfr/server.ts";
import type { ServerStats } from "../../../src/xfr/stats.ts";
import type { Endpoint } from "../harness/dns-client.ts";
import { waitFor } from "../harness/wait.ts";

/** Files of the configuration by path beneath its folder; what is no string is written as JSON, which YAML includes. */
export type MillFiles = Readonly<Record<string, string | object>>;

export interface Mill {
  readonly endpoint: Endpoint;
  /** Where transfers over TLS are served. @throws Error where the configuration has no `server.tls` */
  tlsEndpoint(): Endpoint;
  /** What the server has counted. */
  stats(): ServerStats;
  /** Resolves when so many TLS handshakes have ended, well or badly. */
  tried(handshakes: number): Promise<void>;
  /** Writes files, each by a rename, fetches what is fetched, and builds again; what the build did. Lists may change and shrink as they like. */
  publish(files: MillFiles): Promise<BuildOutcome>;
  /** What the last build did. */
  outcome(): BuildOutcome;
  /** The serial served. @throws Error for a zone that is not */
  serial(apex: string): number;
  /** Where the zone's file stands, for zones that ask for one. */
  zoneFile(apex: string): string;
  stop(): Promise<void>;
}

const mainFile = "rpzmill.yaml";

/** Zone settings for peers that shall follow a change without being told: they ask every second. */
export const impatientSoa = { refresh: 1, retry: 1 };

/** Builds `files`, which have an rpzmill.yaml, and serves the zones on a free port of 127.0.0.1. */
export async function startMill(files: MillFiles): Promise<Mill> {
  const directory = mkdtempSync(join(tmpdir(), "rpzmill-mill-"));
  try {
    write(directory, files);
    let config = load(directory);
    let outcome = await buildAll(config);
    const source = storedZones(config.databaseFile, config.zones);
    const { tls } = config.server;
    const overTls = (tls?.listen ?? []).map((at) => ({ ...at, isTls: true }));
    const listen = [{ address: "127.0.0.1", port: 0 }, ...overTls];
    const { keys } = config;
    const server = createServer({ listen, source, keys, tls, clock: systemClock, logger: silentLogger });
    const [endpoint, tlsEndpoint] = await server.start();
    if (endpoint === undefined) throw new Error("The server listens nowhere");
    return {
      endpoint,
      tlsEndpoint: () => {
        if (tlsEndpoint === undefined) throw new Error("The server serves no TLS");
        return tlsEndpoint;
      },
      stats: () => server.stats(),
      tried: async (handshakes) => {
        const ended = (): number => {
          const { completed, failed, timedOut } = server.stats().handshakes;
          return completed + failed + timedOut;
        };
        await waitFor(() => ended() >= handshakes, { what: `see ${handshakes} handshakes`, deadlineMs: 30_000 });
      },
      publish: async (changed) => {
        write(directory, changed);
        config = load(directory);
        server.configure({ keys: config.keys, tls: config.server.tls });
        outcome = await buildAll(config);
        source.poll();
        return outcome;
      },
      outcome: () => outcome,
      serial: (apex) => {
        const served = outcome.zones.find((zone) => zone.apex === apex)?.result?.serial;
        if (served === undefined) throw new Error(`Cannot tell the serial of ${apex}: it is not built`);
        return served;
      },
      zoneFile: (apex) => zoneFilePath(config.zoneDir, apex),
      stop: async () => {
        await server.stop({ drainMs: 0 });
        source.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function write(directory: string, files: MillFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    // A reader sees the old file or the new one; secrets are for their owner alone.
    writeFileSync(`${file}.next`, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    renameSync(`${file}.next`, file);
  }
}

function load(directory: string): Config {
  return loadConfig(join(directory, mainFile));
}

/** @throws Error where a list or a zone failed */
async function buildAll(config: Config): Promise<BuildOutcome> {
  const fetch = fetchesHere();
  for (const task of fetchTasksOf(config)) {
    const { error } = await fetch(task, "check");
    if (error !== null) throw new Error(error.message);
  }
  const accept = new Set([...config.sources, ...config.allow].map(({ id }) => id));
  const options = { config, clock: systemClock, logger: silentLogger, full: false, accept, workers: 1 };
  const outcome = await build(options);
  const [failed] = [...outcome.sources, ...outcome.zones].flatMap(({ error }) => error ?? []);
  if (failed !== undefined) throw failed;
  return outcome;
}
