/**
 * The DNS server: serves zones of a `ZoneSource` by UDP, TCP and TLS. It puts the parts together and owns their start and
 * end; what it answers is the dispatcher's affair. Later issues add NOTIFY to secondaries and catalog zones (as one more
 * zone of the source).
 */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { type TsigKey, TsigKeyring } from "../dns/tsig.ts";
import { ConnectionPlaces } from "./connection-places.ts";
import { Dispatcher } from "./dispatch.ts";
import { type FullTransferLog, FullTransfers, MemoryTransferLog } from "./full-transfers.ts";
import { Handshakes, type TlsSettings } from "./handshakes.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type BoundAddress, type ListenAddress, Listeners } from "./listeners.ts";
import type { NotifyTaker } from "./notify.ts";
import { QuietLog } from "./quiet-log.ts";
import { newCounters, type ServerStats } from "./stats.ts";
import { TcpListeners } from "./tcp-listener.ts";
import { TransferSlots } from "./transfer-slots.ts";
import { UdpListeners } from "./udp-listener.ts";
import type { ZoneSource } from "./zone-source.ts";

/** What may change while it runs. */
export interface ServerSettings {
  readonly keys: readonly TsigKey[];
  /** Those absent are as `defaultLimits` has them. */
  readonly limits?: Partial<Limits>;
  /** Wanted where an address is for TLS. */
  readonly tls?: TlsSettings | undefined;
}

export interface DnsServerOptions extends ServerSettings {
  readonly listen: readonly ListenAddress[];
  readonly source: ZoneSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who takes NOTIFY from primaries; absent: they are answered NOTIMP. */
  readonly notify?: NotifyTaker | undefined;
  /** Whom full zones were sent to. Absent: in memory, so that a restart forgets who may lack rules. */
  readonly fullTransferLog?: FullTransferLog;
}

export interface StopOptions {
  /** How long running transfers may go on; as the limits have it where absent. */
  readonly drainMs?: number;
}

export interface DnsServer {
  /** Resolves when every address answers by UDP and TCP. @throws OperatorError LISTEN_FAILED, with nothing left open */
  start(): Promise<readonly BoundAddress[]>;
  /**
   * Takes in other keys, limits and certificates, for what begins from now on: connections stay open, transfers that run go on
   * with the key and the limits that they began with, those that wait for a place are judged anew, and counters go on. Access lists are the source's, and change with it.
   * Where the clients' authorities change, clients that showed a certificate are to show it anew: their connections end.
   * @throws NameError where a key's name is none, Error where a certificate is none or not the key's, with nothing changed
   */
  configure(settings: ServerSettings): void;
  /**
   * Listens on these addresses and no others; only those that differ are opened and closed.
   * @throws OperatorError LISTEN_FAILED, with the addresses as they were
   */
  listen(addresses: readonly ListenAddress[]): Promise<readonly BoundAddress[]>;
  /** Accepts no more, drains, closes; resolves when all is closed. */
  stop(options?: StopOptions): Promise<void>;
  /** A copy of the counters. */
  stats(): ServerStats;
}

/** @throws NameError where a key's name is none, Error where a certificate is none or not the key's */
export function createServer(options: DnsServerOptions): DnsServer {
  const { source, clock, logger } = options;
  // One object that a reload changes in place: whoever has it reads the limits in force.
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const counters = newCounters();
  const fullTransfers = new FullTransfers(options.fullTransferLog ?? new MemoryTransferLog());
  const keyring = new TsigKeyring(options.keys);
  const quietLog = new QuietLog(logger, clock);
  const dispatcher = new Dispatcher({
    source,
    keyring,
    clock,
    logger,
    quietLog,
    counters,
    fullTransfers,
    limits,
    notify: options.notify,
  });
  const slots = new TransferSlots(limits, counters);
  const known = new KnownAddresses(source);
  const places = new ConnectionPlaces(limits, counters);
  const handshakes = new Handshakes({ limits, counters, clock, quietLog: new QuietLog(logger, clock) });
  handshakes.prepare(options.tls)();
  let clientCa = options.tls?.clientCa;
  const tcp = new TcpListeners({
    dispatcher,
    limits,
    slots,
    places,
    known,
    handshakes,
    fullTransfers,
    counters,
    logger,
  });
  const udp = new UdpListeners(dispatcher, counters, logger);

  const listeners = new Listeners(tcp, udp);

  return {
    start: () => listeners.set(options.listen),
    configure(settings) {
      const withTls = handshakes.prepare(settings.tls);
      keyring.replace(settings.keys);
      withTls();
      Object.assign(limits, defaultLimits, settings.limits);
      slots.startNext();
      if (settings.tls?.clientCa !== clientCa) tcp.closeCertified();
      clientCa = settings.tls?.clientCa;
    },
    listen: (addresses) => listeners.set(addresses),
    async stop({ drainMs = limits.drainTimeoutMs } = {}) {
      await Promise.all([udp.close(), tcp.close(drainMs)]);
    },
    stats: () => structuredClone(counters),
  };
}
