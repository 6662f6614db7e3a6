/** Starts a server for one test and stops it afterwards. */
import { onTestFinished } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import type { TsigKey } from "../../src/dns/tsig.ts";
import type { FullTransferLog } from "../../src/xfr/full-transfers.ts";
import type { TlsSettings } from "../../src/xfr/handshakes.ts";
import type { Limits } from "../../src/xfr/limits.ts";
import type { NotifyTaker } from "../../src/xfr/notify.ts";
import { createServer, type DnsServer } from "../../src/xfr/server.ts";
import type { ZoneSource } from "../../src/xfr/zone-source.ts";

export interface Serving {
  readonly server: DnsServer;
  readonly port: number;
  /** For TLS; 0 where it is not served. */
  readonly tlsPort: number;
}

/** A clock that a test sets. */
export class FixedClock implements Clock {
  ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  nowMs(): number {
    return this.ms;
  }
}

export async function serve(
  source: ZoneSource,
  options: {
    keys?: TsigKey[];
    limits?: Partial<Limits>;
    clock?: Clock;
    logger?: Logger;
    address?: string;
    fullTransferLog?: FullTransferLog;
    notify?: NotifyTaker;
    tls?: TlsSettings;
  } = {},
): Promise<Serving> {
  const address = options.address ?? "127.0.0.1";
  const { tls } = options;
  const server = createServer({
    listen: [{ address, port: 0 }, ...(tls === undefined ? [] : [{ address, port: 0, isTls: true }])],
    tls,
    source,
    keys: options.keys ?? [],
    clock: options.clock ?? new FixedClock(1_700_000_000_000),
    logger: options.logger ?? silentLogger,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.notify === undefined ? {} : { notify: options.notify }),
    ...(options.fullTransferLog === undefined ? {} : { fullTransferLog: options.fullTransferLog }),
  });
  const [bound, boundTls] = await server.start();
  if (bound === undefined) throw new Error("The server listens nowhere");
  onTestFinished(() => server.stop({ drainMs: 0 }));
  return { server, port: bound.port, tlsPort: boundTls?.port ?? 0 };
}

/** Resolves once the condition holds; sockets get their turn between two looks. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
