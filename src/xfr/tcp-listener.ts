/** Accepts TCP connections on any number of addresses, as long as there is a place for them. */

import { createServer, type Server, type Socket } from "node:net";
import { startTimer } from "../base/timer.ts";
import { clientAddress } from "./acl.ts";
import type { ConnectionPlaces } from "./connection-places.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { type ConnectionParts, TcpConnection } from "./tcp-connection.ts";

export interface TcpParts extends ConnectionParts {
  readonly places: ConnectionPlaces;
  readonly known: KnownAddresses;
}

export class TcpListeners {
  readonly #parts: TcpParts;
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<TcpConnection>();
  #whenEmpty: (() => void) | undefined;

  constructor(parts: TcpParts) {
    this.#parts = parts;
  }

  /** Listens; resolves to the listener, on the port the system chose where it is 0. Rejects as the system says. */
  listen(address: string, port: number): Promise<{ readonly port: number; close(): void }> {
    // allowHalfOpen: a client may send its FIN right behind its query (RFC 7766 6.2.4).
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      // ipv6Only: `::` and `0.0.0.0` are two listeners, as in every other DNS server.
      server.listen({ host: address, port, ipv6Only: address.includes(":") }, () => {
        server.removeListener("error", reject);
        server.on("error", (error) => {
          this.#parts.logger.error({ address, error: error.message }, "a TCP listener failed");
        });
        this.#servers.add(server);
        const bound = server.address();
        resolve({
          port: typeof bound === "object" && bound !== null ? bound.port : port,
          // The address is free at once; what this waits for is the last connection.
          close: () => void this.#unlisten(server),
        });
      });
    });
  }

  #unlisten(server: Server): Promise<void> {
    this.#servers.delete(server);
    return new Promise((resolve) => server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const { places, known } = this.#parts;
    const remote = socket.remoteAddress;
    socket.on("error", () => {});
    // Gone before we looked.
    if (remote === undefined) {
      socket.destroy();
      return;
    }
    const address = clientAddress(remote);
    const place = places.take(address, known.has(address), () => socket.destroy());
    if (place === undefined) {
      socket.destroy();
      return;
    }
    const client = { address, port: socket.remotePort ?? 0, transport: "tcp" } as const;
    const connection = new TcpConnection(socket, client, place, this.#parts);
    this.#connections.add(connection);
    socket.on("close", () => {
      place.release();
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#whenEmpty?.();
    });
  }

  /** Accepts no more, lets running transfers end for at most `drainMs`, closes the rest; resolves when all is closed. */
  async close(drainMs: number): Promise<void> {
    const closed = [...this.#servers].map((server) => this.#unlisten(server));
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) {
      const timer = startTimer(() => {
        for (const connection of this.#connections) connection.destroy();
      }, drainMs);
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
      clearTimeout(timer);
    }
    await Promise.all(closed);
  }
}
