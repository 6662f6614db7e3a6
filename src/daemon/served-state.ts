/** Where servers of a state folder leave what builds must know, and what each of the two makes of it. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Config } from "../config/types.ts";
import { compareSerials, type Serial } from "../dns/serial.ts";
import type { ServerState } from "../store/server-state.ts";
import { readServed, type ServedState } from "../store/server-state-file.ts";
import { defaultLimits } from "../xfr/limits.ts";

export function serverStateFile({ stateDir }: Config): string {
  return join(stateDir, "server.db");
}

/** Seconds that a transfer may last by a configuration. */
export function transferSeconds({ server }: Config): number {
  return server.limits.transferSeconds ?? defaultLimits.transferTimeoutMs / 1000;
}

/** A server that starts has the file to itself for a moment; nobody waits longer than this for it. */
const triesMax = 5;
const retryMs = 50;

/** What was served, for a build. Where that cannot be read the build goes on, and says what it cannot know. */
export async function servedSoFar(config: Config, logger: Logger): Promise<ServedState> {
  const file = serverStateFile(config);
  for (let tries = 1; ; tries++) {
    try {
      return readServed(file);
    } catch (error) {
      if (tries < triesMax) {
        await sleep(retryMs);
        continue;
      }
      const why = messageOf(error);
      const text = `cannot read "${file}": ${why}; new serials follow the store's alone, whatever was served before`;
      logger.warn({ file, error: why }, text);
      return { serials: new Map(), transferSeconds: undefined };
    }
  }
}

/** Keeps note of what is served, and warns of a store that is older than that. */
export class ServedSerials {
  readonly #state: ServerState;
  readonly #logger: Logger;
  readonly #noted = new Map<string, Serial>();
  readonly #missing = new Set<string>();

  constructor(state: ServerState, logger: Logger) {
    this.#state = state;
    this.#logger = logger;
  }

  /**
   * To be called before the first answer from a version. `apex` is as the configuration has it.
   * @returns whether the store is behind what was served before, which is said once for each serial
   */
  note(apex: string, served: Serial): boolean {
    if (this.#noted.get(apex) === served) return false;
    this.#noted.set(apex, served);
    this.#missing.delete(apex);
    const highest = this.#state.noteServed(apex, served);
    if (highest === undefined) return false;
    const order = compareSerials(served, highest);
    if (order === 0 || order === 1) return false;
    const text = `${apex}: the store has serial ${served}, and ${highest} was served before. Was an older store restored? It is served as it is; the next build publishes a serial beyond ${highest}`;
    this.#logger.warn({ apex, serial: served, highest }, text);
    return true;
  }

  /** To be called where the store has no version of a zone, which is said where it was served before. */
  noteMissing(apex: string): void {
    const highest = this.#state.highestServed(apex);
    if (highest === undefined || this.#missing.has(apex)) return;
    this.#missing.add(apex);
    const text = `${apex}: the store has nothing of it, and serial ${highest} was served before. Was another store put in its place, or one without its log? The next build publishes a serial beyond ${highest}`;
    this.#logger.warn({ apex, highest }, text);
  }
}
