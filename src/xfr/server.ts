/**
 * The DNS server: serves zones of a `ZoneSource` by UDP and TCP. It puts the parts together and owns their start and
 * end; what it answers is the dispatcher's affair. Later issues add NOTIFY, transfer over TLS (XoT, as a third listener
 * beside UDP and TCP) and catalog zones (as one more zone of the source).
 */
import type { Clock } from "../base/clock.ts";
import { messageOf, OperatorError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type TsigKey, TsigKeyring } from "../dns/tsig.ts";
import { ConnectionPlaces } from "./connection-places.ts";
import { CutTransfers } from "./cut-transfers.ts";
import { Dispatcher } from "./dispatch.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { QuietLog } from "./quiet-log.ts";
import { newCounters, type ServerStats } from "./stats.ts";
import { TcpListeners } from "./tcp-listener.ts";
import { TransferSlots } from "./transfer-slots.ts";
import { UdpListeners } from "./udp-listener.ts";
import type { ZoneSource } from "./zone-source.ts";

export interface ListenAddress {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** 0: the system chooses, the same for UDP and TCP. */
  readonly port: number;
}

export interface BoundAddress {
  readonly address: string;
  readonly port: number;
}

export interface DnsServerOptions {
  readonly listen: readonly ListenAddress[];
  readonly source: ZoneSource;
  readonly keys: readonly TsigKey[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<Limits>;
}

export interface StopOptions {
  /** How long running transfers may go on; default 30 s. A client whose transfer is cut may lose the zone's rules. */
  readonly drainMs?: number;
}

export interface DnsServer {
  /** Resolves when every address answers by UDP and TCP. @throws OperatorError LISTEN_FAILED, with nothing left open */
  start(): Promise<readonly BoundAddress[]>;
  /** Accepts no more, drains, closes; resolves when all is closed. */
  stop(options?: StopOptions): Promise<void>;
  /** A copy of the counters. */
  stats(): ServerStats;
}

/** Half a minute: at the pace of the slowest resolver measured, 2 million records take ten seconds. */
const defaultDrainMs = 30_000;
/** The system chooses a free TCP port; that the same UDP port is taken is rare. */
const portTriesMax = 20;

/** @throws NameError where a key's name is none */
export function createServer(options: DnsServerOptions): DnsServer {
  const { source, clock, logger } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const counters = newCounters();
  const cuts = new CutTransfers(clock);
  const keyring = new TsigKeyring(options.keys);
  const quietLog = new QuietLog(logger, clock);
  const dispatcher = new Dispatcher({ source, keyring, clock, logger, quietLog, counters, cuts });
  const slots = new TransferSlots(limits.transfersMax, counters);
  const known = new KnownAddresses(source);
  const places = new ConnectionPlaces(limits, counters);
  const tcp = new TcpListeners({ dispatcher, limits, slots, places, known, cuts, counters, logger });
  const udp = new UdpListeners(dispatcher, counters, logger);

  const stop = async (drainMs: number): Promise<void> => {
    await Promise.all([udp.close(), tcp.close(drainMs)]);
  };

  return {
    async start() {
      const bound: BoundAddress[] = [];
      try {
        for (const { address, port } of options.listen) {
          bound.push({ address, port: await listenOnBoth(tcp, udp, address, port) });
        }
      } catch (thrown) {
        await stop(0);
        throw thrown;
      }
      return bound;
    },
    stop: (stopOptions = {}) => stop(stopOptions.drainMs ?? defaultDrainMs),
    stats: () => structuredClone(counters),
  };
}

/** TCP first, then UDP on the port that TCP got. */
async function listenOnBoth(tcp: TcpListeners, udp: UdpListeners, address: string, port: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    let listener: Awaited<ReturnType<TcpListeners["listen"]>> | undefined;
    try {
      listener = await tcp.listen(address, port);
      await udp.listen(address, listener.port);
      return listener.port;
    } catch (thrown) {
      await listener?.close();
      const accepted = (thrown as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (port === 0 && accepted && tries < portTriesMax) continue;
      const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
      throw new OperatorError("LISTEN_FAILED", `Cannot listen on "${where}": ${messageOf(thrown)}`, remedyFor(thrown), {
        cause: thrown,
      });
    }
  }
}

function remedyFor(thrown: unknown): string {
  switch ((thrown as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return "Stop the program that uses this port, or choose another one under server.listen";
    case "EACCES":
      return "Choose a port above 1023 under server.listen, or grant the program CAP_NET_BIND_SERVICE";
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return "Use an address of this machine under server.listen";
    default:
      return "Check the address and the port under server.listen";
  }
}
