/**
 * Serving: the DNS server on the zones of the store, the look for new versions, and a changed configuration applied
 * while it runs. Nothing here builds, so it loads nothing that a build needs: a start is a matter of milliseconds.
 */
import { existsSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { endpointToText } from "../base/endpoint.ts";
import { messageOf, OperatorError } from "../base/errors.ts";
import { faultLine } from "../config/faults.ts";
import { guardListsOf } from "../config/guards.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import { withListen } from "../config/tls.ts";
import type { Config, KeyConfig, ServerLimits } from "../config/types.ts";
import type { Database } from "../store/database.ts";
import { identityOf } from "../store/database-files.ts";
import { ServerState } from "../store/server-state.ts";
import type { Limits } from "../xfr/limits.ts";
import type { BoundAddress, ListenAddress } from "../xfr/listeners.ts";
import type { NotifyTaker } from "../xfr/notify.ts";
import { createServer, type DnsServer, type ServerSettings } from "../xfr/server.ts";
import { ExpiryWarnings } from "./expiry-warnings.ts";
import { PublishedSerials, publishedInWords } from "./published.ts";
import { type Reporter, refusalOf } from "./reporter.ts";
import { ServedSerials, serverStateFile, transferSeconds } from "./served-state.ts";
import { type StoredZones, storedZones } from "./stored-zones.ts";

export interface ServeOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Who takes NOTIFY from the primaries of zones that are fetched. Absent: nobody fetches here. */
  readonly notify?: NotifyTaker;
  /** Between two looks for new versions. */
  readonly pollMs?: number;
  /** Called where the store turns out to be behind what was served, so that a build is to go beyond that. */
  readonly onBehind?: () => void;
  /** Called with the store where something was committed to it, whether or not it concerns a zone. */
  readonly onCommit?: (db: Database) => void;
}

/** Ten times a second, so that a new serial is answered well within one; a look costs microseconds. */
const defaultPollMs = 100;

export class Serving {
  readonly #options: ServeOptions;
  readonly #source: StoredZones;
  readonly #published = new PublishedSerials();
  /** One for as long as this serves, whatever a reload changes. */
  readonly #state: ServerState;
  readonly #served: ServedSerials;
  readonly #server: DnsServer;
  readonly #timer: NodeJS.Timeout;
  readonly #expiry: ExpiryWarnings;
  #config: Config;
  #addresses: readonly BoundAddress[] = [];
  #trouble = "";
  #commits = 0;
  /** The file in the store's place when it was last looked at. */
  #storeId: string | undefined;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: ServeOptions) {
    const { config, clock, reporter } = options;
    this.#options = options;
    this.#config = config;
    this.#source = storedZones(config.databaseFile, config.zones, reporter);
    this.#state = new ServerState(serverStateFile(config), clock, reporter);
    this.#state.noteTransferSeconds(transferSeconds(config));
    this.#served = new ServedSerials(this.#state, reporter);
    this.#noteServed();
    this.#expiry = new ExpiryWarnings(clock, reporter);
    const listen = listensOf(config);
    const parts = {
      source: this.#source,
      fullTransferLog: this.#state,
      clock,
      logger: reporter,
      notify: options.notify,
    };
    this.#server = createServer({ listen, ...parts, ...settingsOf(config) });
    this.#timer = setInterval(() => this.poll(), options.pollMs ?? defaultPollMs);
  }

  /** Resolves when every address answers. @throws OperatorError LISTEN_FAILED, STORE_UNUSABLE, STORE_TOO_NEW */
  static async start(options: ServeOptions): Promise<Serving> {
    const serving = new Serving(options);
    try {
      serving.#addresses = await serving.#server.start();
      serving.#reportAddresses([]);
      serving.#tellPublished();
      return serving;
    } catch (error) {
      clearInterval(serving.#timer);
      await serving.#server.stop({ drainMs: 0 });
      serving.#state.close();
      serving.#source.close();
      throw error;
    }
  }

  /** Where it answers, in the order of `server.listen` and then of `server.tls.listen`. */
  get addresses(): readonly BoundAddress[] {
    return this.#addresses;
  }

  /** What it serves by. */
  get config(): Config {
    return this.#config;
  }

  /** The store that it serves from; undefined while there is none. */
  get database(): Database | undefined {
    return this.#source.database;
  }

  /** Transfers that run now. */
  get transfers(): number {
    return this.#server.stats().transfers.running;
  }

  /**
   * Takes in a changed configuration, in place: zones, who may transfer them, keys, limits and addresses. Connections and
   * transfers go on. The state folder stays as it was at the start, and a changed one is reported.
   */
  reload(wanted: Config): Promise<void> {
    const accepted = this.#reloading.then(() => this.#takeIn(wanted));
    this.#reloading = accepted.catch(() => {});
    return accepted;
  }

  /**
   * For a changed configuration that cannot be taken in: what was in force stays so, but a key whose file is gone is refused
   * from now on, since that is how a key is revoked in a hurry.
   */
  refuse(error: unknown): void {
    const { reporter } = this.#options;
    const before = this.#config;
    const isGone = ({ secretFile }: KeyConfig): boolean => secretFile !== undefined && !existsSync(secretFile);
    const gone = before.keys.filter(isGone);
    if (gone.length > 0) {
      this.#config = Object.freeze({ ...before, keys: before.keys.filter((key) => !isGone(key)) });
      this.#server.configure(settingsOf(this.#config));
    }
    const names = this.#config.keys.map(({ name }) => name);
    const left = names.length === 0 ? "" : `, and so do its keys: ${names.join(", ")}`;
    reporter.error({}, `${refusalOf(error)}${left}`);
    for (const { name } of gone)
      reporter.warn({ key: name }, `the key ${name} is refused from now on: its file is gone`);
  }

  async #takeIn(wanted: Config): Promise<void> {
    const { reporter } = this.#options;
    const before = this.#config;
    if (before.stateDir !== wanted.stateDir) {
      reporter.warn({}, "state has changed: restart rpzmill to use another folder");
    }
    const { stateDir, databaseFile, zoneDir } = before;
    const accepted = { ...wanted, stateDir, databaseFile, zoneDir };
    // The addresses are those in force until the new ones are.
    this.#config = Object.freeze({ ...accepted, server: serverAt(wanted.server, before.server) });
    this.#state.noteTransferSeconds(transferSeconds(wanted));
    this.#server.configure(settingsOf(wanted));
    this.#source.configure(wanted.zones);
    this.poll();
    for (const warning of newTlsWarnings(before, wanted)) reporter.warn({}, warning);
    if (sameJson(listensOf(before), listensOf(wanted))) return;
    try {
      const open = this.#addresses;
      this.#addresses = await this.#server.listen(listensOf(wanted));
      this.#config = Object.freeze(accepted);
      this.#reportAddresses(open);
    } catch (error) {
      reporter.error({}, `${messageOf(error)}; what was listened on before still is`);
    }
  }

  /** Looks for new versions now, and goes on serving what there is where that fails. */
  poll(): void {
    try {
      this.#lookAtStore();
      this.#state.flush();
      if (this.#source.poll()) {
        this.#noteServed();
        this.#tellPublished();
      }
      this.#tellCommits();
      this.#closeReplaced();
      this.#expiry.look(this.#config.server.tls);
      this.#trouble = "";
    } catch (error) {
      const message = error instanceof OperatorError ? `${error.message}. ${error.remedy}` : messageOf(error);
      if (message === this.#trouble) return;
      this.#trouble = message;
      this.#options.reporter.error(
        { error: message },
        `cannot look for new versions: ${message}; what is served stays served`,
      );
    }
  }

  #tellCommits(): void {
    const { commits, database } = this.#source;
    if (commits === this.#commits || database === undefined) return;
    this.#commits = commits;
    this.#options.onCommit?.(database);
  }

  #noteServed(): void {
    let isBehind = false;
    for (const { apexText, version } of this.#source.zones()) {
      if (version === undefined) this.#served.noteMissing(apexText);
      else if (this.#served.note(apexText, version.serial)) isBehind = true;
    }
    if (isBehind) this.#options.onBehind?.();
  }

  /** Where another store comes, what is remembered of the zones must be beside it before a build reads that. */
  #lookAtStore(): void {
    const id = identityOf(this.#config.databaseFile)?.id;
    if (id === undefined || id === this.#storeId) return;
    this.#storeId = id;
    this.#state.lookSoon();
  }

  /** A store that was replaced stays open for the transfers that read from it. */
  #closeReplaced(): void {
    const { running, waiting } = this.#server.stats().transfers;
    this.#source.closeReplaced(running + waiting === 0 ? 0 : 2000 * transferSeconds(this.#config));
  }

  #tellPublished(): void {
    const db = this.#source.database;
    if (db === undefined) return;
    for (const news of this.#published.look(
      db,
      this.#config.zones.map(({ apex }) => apex),
    )) {
      this.#options.reporter.report({ ...news }, publishedInWords(news));
    }
  }

  /** Tells what is listened on that was not, and what no longer is. */
  #reportAddresses(before: readonly BoundAddress[]): void {
    const { reporter } = this.#options;
    const open = this.#addresses;
    for (const bound of open) {
      if (!includesAddress(before, bound)) {
        reporter.report(
          { ...bound },
          `listening on ${endpointToText(bound)} (${bound.isTls === true ? "TLS, and UDP for the SOA" : "UDP and TCP"})`,
        );
      }
    }
    for (const bound of before) {
      if (!includesAddress(open, bound)) {
        reporter.report({ ...bound }, `no longer listening on ${endpointToText(bound)}`);
      }
    }
  }

  /** Accepts no more, lets running transfers end for as long as `drainSeconds` says, closes. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reloading;
    await this.#server.stop();
    this.#state.close();
    this.#source.close();
  }
}

function includesAddress(all: readonly BoundAddress[], { address, port, isTls }: BoundAddress): boolean {
  return all.some((bound) => bound.address === address && bound.port === port && bound.isTls === isTls);
}

/** Where to listen, in plain and for TLS. */
function listensOf({ server: { listen, tls } }: Config): ListenAddress[] {
  return [...listen, ...(tls?.listen ?? []).map((address) => ({ ...address, isTls: true }))];
}

/** Settings of one configuration at the addresses of another. */
function serverAt(settings: Config["server"], { listen, tls }: Config["server"]): Config["server"] {
  const moved = settings.tls === undefined ? {} : { tls: withListen(settings.tls, tls?.listen ?? []) };
  return { ...settings, listen, ...moved };
}

/** What is warned of TLS by a configuration and was not by the one before. */
function newTlsWarnings(before: Config, wanted: Config): string[] {
  const lines = ({ warnings }: Config): string[] =>
    warnings.filter(({ key }) => key?.startsWith("server.tls.") === true).map(faultLine);
  const known = new Set(lines(before));
  return lines(wanted).filter((line) => !known.has(line));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two configurations say the same, secrets included, which JSON leaves out. */
export function sameConfig(a: Config, b: Config): boolean {
  return (
    sameJson(a, b) &&
    sameKeys(a, b) &&
    sameJson(fetchesOf(a), fetchesOf(b)) &&
    a.server.tls?.privateKey === b.server.tls?.privateKey
  );
}

/** How lists are fetched, secrets included: a copy of the plain values has no say in how it is printed. */
function fetchesOf({ sources, allow, guards }: Config): unknown[] {
  const lists = [...indicatorListsOf({ sources, allow }), ...guardListsOf(guards)];
  return lists.map(({ fetch }) => (fetch === undefined ? null : { ...fetch }));
}

function sameKeys(a: Config, b: Config): boolean {
  const marks = ({ keys }: Config): string[] =>
    keys.map(({ name, algorithm, secret }) => `${name} ${algorithm} ${Buffer.from(secret).toString("base64")}`);
  return sameJson(marks(a), marks(b));
}

function settingsOf({ keys, server }: Config): ServerSettings {
  return { keys, limits: limitsOf(server.limits), tls: server.tls };
}

function limitsOf(limits: ServerLimits): Partial<Limits> {
  const { connectionsMax, connectionsPerClientMax, transfersMax } = limits;
  const { idleSeconds, stallSeconds, transferSeconds, drainSeconds } = limits;
  const given = {
    connectionsMax,
    connectionsPerClientMax,
    transfersMax,
    idleTimeoutMs: milliseconds(idleSeconds),
    stallTimeoutMs: milliseconds(stallSeconds),
    transferTimeoutMs: milliseconds(transferSeconds),
    drainTimeoutMs: milliseconds(drainSeconds),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
