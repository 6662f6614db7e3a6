/**
 * Serving: the DNS server on the zones of the store, the look for new versions, and a changed configuration applied
 * while it runs. Nothing here builds, so it loads nothing that a build needs: a start is a matter of milliseconds.
 */
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Config, ServerLimits } from "../config/types.ts";
import { ServerState } from "../store/server-state.ts";
import type { Limits } from "../xfr/limits.ts";
import { type BoundAddress, createServer, type DnsServer, type ListenAddress } from "../xfr/server.ts";
import { PublishedSerials, publishedInWords } from "./published.ts";
import type { Reporter } from "./reporter.ts";
import { ServedSerials, serverStateFile, transferSeconds } from "./served-state.ts";
import { type StoredZones, storedZones } from "./zone-source.ts";

export interface ServeOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Between two looks for new versions. */
  readonly pollMs?: number;
}

/** Ten times a second, so that a new serial is answered well within one; a look costs microseconds. */
const defaultPollMs = 100;
/** How long a server that is replaced lets its transfers run: as long as the longest may last. */
const retiredDrainMs = 3_600_000;
/** The system may take a moment to give addresses free again. */
const bindAgainMs = 20;

export class Serving {
  readonly #options: ServeOptions;
  readonly #source: StoredZones;
  readonly #published: PublishedSerials;
  /** One for as long as this serves, whatever a reload changes. */
  readonly #state: ServerState;
  readonly #served: ServedSerials;
  readonly #ending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #config: Config;
  #server: DnsServer;
  #addresses: readonly BoundAddress[] = [];
  #trouble = "";
  #stopping = false;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: ServeOptions) {
    const { config } = options;
    this.#options = options;
    this.#config = config;
    this.#source = storedZones(config.databaseFile, config.zones);
    this.#published = new PublishedSerials(config.databaseFile);
    this.#state = new ServerState(serverStateFile(config), options.clock, options.reporter);
    this.#state.noteTransferSeconds(transferSeconds(config));
    this.#served = new ServedSerials(this.#state, options.reporter);
    this.#noteServed();
    this.#server = this.#makeServer(config, config.server.listen);
    this.#timer = setInterval(() => this.poll(), options.pollMs ?? defaultPollMs);
  }

  /** Resolves when every address answers. @throws OperatorError LISTEN_FAILED, STORE_UNUSABLE, STORE_TOO_NEW */
  static async start(options: ServeOptions): Promise<Serving> {
    const serving = new Serving(options);
    try {
      serving.#addresses = await serving.#server.start();
      serving.#sayAddresses();
      serving.#tellPublished();
      return serving;
    } catch (error) {
      clearInterval(serving.#timer);
      await serving.#server.stop({ drainMs: 0 });
      serving.#published.close();
      serving.#state.close();
      serving.#source.close();
      throw error;
    }
  }

  /** Where it answers, in the order of `server.listen`. */
  get addresses(): readonly BoundAddress[] {
    return this.#addresses;
  }

  /** What it serves by. */
  get config(): Config {
    return this.#config;
  }

  /** Transfers that run now. */
  get transfers(): number {
    return this.#server.stats().transfers.running;
  }

  #makeServer(config: Config, listen: readonly ListenAddress[]): DnsServer {
    const { clock, reporter } = this.#options;
    const limits = limitsOf(config.server.limits);
    const parts = { source: this.#source, fullTransferLog: this.#state, clock, logger: reporter };
    return createServer({ listen, keys: config.keys, limits, ...parts });
  }

  /**
   * Takes in a changed configuration: zones, who may transfer, keys, limits. Addresses and state folder stay as they
   * were at the start, and a changed one is reported.
   */
  reload(wanted: Config): Promise<void> {
    const accepted = this.#reloading.then(() => this.#takeIn(wanted));
    this.#reloading = accepted.catch(() => {});
    return accepted;
  }

  async #takeIn(wanted: Config): Promise<void> {
    const { reporter } = this.#options;
    const before = this.#config;
    if (!sameJson(before.server.listen, wanted.server.listen)) {
      reporter.warn({}, "server.listen has changed: restart rpzmill to listen elsewhere");
    }
    if (before.stateDir !== wanted.stateDir) {
      reporter.warn({}, "state has changed: restart rpzmill to use another folder");
    }
    const { stateDir, databaseFile, zoneDir } = before;
    const server = { ...wanted.server, listen: before.server.listen };
    this.#config = Object.freeze({ ...wanted, stateDir, databaseFile, zoneDir, server });
    this.#state.noteTransferSeconds(transferSeconds(this.#config));
    this.#source.configure(this.#config.zones);
    this.poll();
    if (!sameKeys(before, wanted) || !sameJson(before.server.limits, wanted.server.limits)) await this.#replaceServer();
  }

  /** A server with other keys or limits on the same addresses; running transfers end on the old one. */
  async #replaceServer(): Promise<void> {
    const retired = this.#server;
    // This closes the listeners at once, and the connections as they come to their ends.
    const ended = retired.stop({ drainMs: retiredDrainMs }).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
    for (let waitMs = bindAgainMs; !this.#stopping; waitMs = Math.min(2 * waitMs, 1000)) {
      this.#server = this.#makeServer(this.#config, this.#addresses);
      try {
        this.#addresses = await this.#server.start();
        return;
      } catch (error) {
        // Giving up would end the serving for good, so it goes on until the addresses are free.
        if (waitMs >= 1000) this.#options.reporter.error({ error: messageOf(error) }, "cannot listen again; trying on");
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** Looks for new versions now, and goes on serving what there is where that fails. */
  poll(): void {
    try {
      this.#state.flush();
      if (this.#source.poll()) {
        this.#noteServed();
        this.#tellPublished();
      }
      this.#trouble = "";
    } catch (error) {
      const message = messageOf(error);
      if (message === this.#trouble) return;
      this.#trouble = message;
      this.#options.reporter.error({ error: message }, "cannot look for new versions; what is served stays served");
    }
  }

  #noteServed(): void {
    for (const { apexText, version } of this.#source.zones()) {
      if (version !== undefined) this.#served.note(apexText, version.serial);
    }
  }

  #tellPublished(): void {
    for (const news of this.#published.look(this.#config.zones.map(({ apex }) => apex))) {
      this.#options.reporter.report({ ...news }, publishedInWords(news));
    }
  }

  #sayAddresses(): void {
    for (const { address, port } of this.#addresses) {
      const shown = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
      this.#options.reporter.report({ address, port }, `listening on ${shown} (UDP and TCP)`);
    }
  }

  /** Accepts no more, lets running transfers end, closes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#reloading;
    await Promise.all([this.#server.stop(), ...this.#ending]);
    this.#published.close();
    this.#state.close();
    this.#source.close();
  }
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two configurations say the same, secrets included, which JSON leaves out. */
export function sameConfig(a: Config, b: Config): boolean {
  return sameJson(a, b) && sameKeys(a, b);
}

function sameKeys(a: Config, b: Config): boolean {
  const marks = ({ keys }: Config): string[] =>
    keys.map(({ name, algorithm, secret }) => `${name} ${algorithm} ${Buffer.from(secret).toString("base64")}`);
  return sameJson(marks(a), marks(b));
}

function limitsOf(limits: ServerLimits): Partial<Limits> {
  const { connectionsMax, connectionsPerClientMax, transfersMax } = limits;
  const { idleSeconds, stallSeconds, transferSeconds } = limits;
  const given = {
    connectionsMax,
    connectionsPerClientMax,
    transfersMax,
    idleTimeoutMs: milliseconds(idleSeconds),
    stallTimeoutMs: milliseconds(stallSeconds),
    transferTimeoutMs: milliseconds(transferSeconds),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
