/** Accepts TCP connections on any number of addresses, plain ones and ones for TLS, as long as there is a place for them. */

import { createServer, type Server, type Socket } from "node:net";
import { startTimer } from "../base/timer.ts";
import { clientAddress } from "./acl.ts";
import type { ConnectionPlaces, Place } from "./connection-places.ts";
import type { Handshakes } from "./handshakes.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import type { Client } from "./query.ts";
import { type ConnectionParts, TcpConnection } from "./tcp-connection.ts";

export interface TcpParts extends ConnectionParts {
  readonly places: ConnectionPlaces;
  readonly known: KnownAddresses;
  readonly handshakes: Handshakes;
}

export class TcpListeners {
  readonly #parts: TcpParts;
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<TcpConnection>();
  /** Those over TLS whose client showed a certificate. */
  readonly #certified = new Set<TcpConnection>();
  /** In their TLS handshake, or before it. */
  readonly #shaking = new Set<Socket>();
  #whenEmpty: (() => void) | undefined;

  constructor(parts: TcpParts) {
    this.#parts = parts;
  }

  /** Listens, for TLS or for plain TCP; resolves to the listener, on the port the system chose where it is 0. Rejects as the system says. */
  listen(address: string, port: number, isTls: boolean): Promise<{ readonly port: number; close(): void }> {
    // allowHalfOpen: a client may send its FIN right behind its query (RFC 7766 6.2.4).
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket, isTls));
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

  #accept(socket: Socket, isTls: boolean): void {
    const { places, known } = this.#parts;
    const remote = socket.remoteAddress;
    socket.on("error", () => {});
    // Gone before we looked.
    if (remote === undefined) {
      socket.destroy();
      return;
    }
    const address = clientAddress(remote);
    const isKnown = known.has(address);
    const place = places.take(address, isKnown, () => socket.destroy());
    if (place === undefined) {
      socket.destroy();
      return;
    }
    socket.on("close", () => place.release());
    const port = socket.remotePort ?? 0;
    if (isTls) this.#shakeHands(socket, { address, port, isKnown }, place);
    else this.#serve(socket, { address, port, transport: "tcp" }, place, () => socket.resetAndDestroy());
  }

  /** The place is idle all the while: strangers in a handshake make room as those that are silent do. */
  #shakeHands(
    socket: Socket,
    { address, port, isKnown }: Pick<Client, "address" | "port"> & { readonly isKnown: boolean },
    place: Place,
  ): void {
    this.#shaking.add(socket);
    socket.on("close", () => void this.#shaking.delete(socket));
    this.#parts.handshakes.begin(socket, { address, isKnown }, (secure, certificate) => {
      this.#shaking.delete(socket);
      const client = { address, port, transport: "tls", isAtTransferPort: true, certificate } as const;
      const connection = this.#serve(secure, client, place, () => socket.resetAndDestroy());
      if (certificate === undefined) return;
      this.#certified.add(connection);
      secure.on("close", () => void this.#certified.delete(connection));
    });
  }

  #serve(socket: Socket, client: Client, place: Place, reset: () => void): TcpConnection {
    const connection = new TcpConnection(socket, client, place, this.#parts, reset);
    this.#connections.add(connection);
    socket.on("close", () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#whenEmpty?.();
    });
    return connection;
  }

  /** Closes connections whose client was known by a certificate, behind a transfer that runs: it is to show it anew. */
  closeCertified(): void {
    for (const connection of this.#certified) connection.drain();
  }

  /** Accepts no more, lets running transfers end for at most `drainMs`, closes the rest; resolves when all is closed. */
  async close(drainMs: number): Promise<void> {
    const closed = [...this.#servers].map((server) => this.#unlisten(server));
    for (const socket of this.#shaking) socket.destroy();
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
