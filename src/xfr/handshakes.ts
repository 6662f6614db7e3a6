/**
 * TLS for connections that were accepted (RFC 9103): the handshake, bounded in time and, for strangers, in number, and
 * what a client proved in it. TLS 1.3 alone, ALPN `dot`. A client's certificate is asked for and never demanded: NSD shows
 * its own only on its second connection; what a client without one may have is for the access lists to say. No session is
 * resumed: each connection shows its certificate anew, so that one that expired or whose authority left counts no more.
 */
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";
import { HandshakeQueue } from "./handshake-queue.ts";
import type { Limits } from "./limits.ts";
import type { ClientCertificate } from "./query.ts";
import type { QuietLog } from "./quiet-log.ts";
import type { Counters } from "./stats.ts";
import { clientCertificate } from "./tls-certificate.ts";

/** What the server shows, and whose certificates it takes; all PEM. */
export interface TlsSettings {
  /** The server's certificate, then those that lead to its authority. */
  readonly certificate: string;
  readonly privateKey: string;
  /** Authorities of clients; absent: no client is asked for a certificate. */
  readonly clientCa?: string;
}

export interface HandshakeParts {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly clock: Clock;
  /** One of its own: failed handshakes must not keep refused transfers out of the log. */
  readonly quietLog: QuietLog;
}

/** Who is on the other end of a handshake under way. */
export interface HandshakeClient {
  /** As `clientAddress` gives it. */
  readonly address: string;
  readonly isKnown: boolean;
}

/** Called where a handshake is complete. */
export type OnSecure = (socket: TLSSocket, certificate: ClientCertificate | undefined) => void;

interface Underway {
  readonly client: HandshakeClient;
  readonly onSecure: OnSecure;
}

export class Handshakes {
  readonly #parts: HandshakeParts;
  readonly #queue: HandshakeQueue;
  #server: Server | undefined;
  /** By the two ends of the connection: a TLS socket does not tell which one it is made of. */
  readonly #underway = new Map<string, Underway>();

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
    this.#queue = new HandshakeQueue(parts.limits);
  }

  /**
   * Readies what handshakes are to show; they do once what is returned is called. Those under way end as they began.
   * @throws Error where a certificate is none, or not the key's
   */
  prepare(settings: TlsSettings | undefined): () => void {
    const server = settings === undefined ? undefined : this.#createServer(settings);
    return () => {
      this.#server = server;
    };
  }

  /** Begins one when its turn comes. A socket whose handshake fails or lasts too long is destroyed. */
  begin(socket: Socket, client: HandshakeClient, onSecure: OnSecure): void {
    const { limits, counters, quietLog } = this.#parts;
    // Who ends its side within the handshake is gone; behind it, it still gets its answers (RFC 7766 6.2.4).
    socket.allowHalfOpen = false;
    const ends = endsOf(socket);
    let leave = (): void => {};
    const timer = startTimer(() => {
      counters.handshakes.timedOut += 1;
      quietLog.warn({ client: client.address }, "a TLS handshake took too long");
      // What TLS makes of that is no news.
      this.#underway.delete(ends);
      socket.destroy();
    }, limits.handshakeTimeoutMs).unref();
    this.#underway.set(ends, {
      client,
      onSecure: (secure, certificate) => {
        clearTimeout(timer);
        onSecure(secure, certificate);
      },
    });
    socket.once("close", () => {
      clearTimeout(timer);
      leave();
      if (this.#underway.delete(ends)) counters.handshakes.failed += 1;
    });
    leave = this.#queue.add(client.isKnown, () => {
      if (this.#server === undefined) socket.destroy();
      else this.#server.emit("connection", socket);
    });
  }

  #createServer({ certificate, privateKey, clientCa }: TlsSettings): Server {
    const options: TlsOptions = {
      cert: certificate,
      key: privateKey,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
      requestCert: clientCa !== undefined,
      rejectUnauthorized: false,
      // RFC 9103 wants TLS 1.3 or later, of which renegotiation is no part.
      minVersion: "TLSv1.3",
      // Clients that send no ALPN, such as Unbound, are taken; any other one is no DNS.
      ALPNProtocols: ["dot"],
      secureOptions: constants.SSL_OP_NO_TICKET,
      // Ours is the shorter one.
      handshakeTimeout: 2_147_483_647,
    };
    const server = createServer(options, (socket) => this.#endWell(socket));
    server.on("tlsClientError", (error, socket) => this.#endBadly(error, socket));
    return server;
  }

  #endWell(socket: TLSSocket): void {
    // What went wrong shows in "close".
    socket.on("error", () => {});
    socket.allowHalfOpen = true;
    const underway = this.#take(socket);
    if (underway === undefined) {
      socket.destroy();
      return;
    }
    const { counters, clock, quietLog } = this.#parts;
    counters.handshakes.completed += 1;
    const x509 = socket.getPeerX509Certificate();
    if (x509 !== undefined && !socket.authorized) {
      const error: unknown = socket.authorizationError;
      const fields = { client: underway.client.address, certificate: x509.subjectAltName, error };
      quietLog.warn(fields, "a client's certificate does not hold: its client counts as one without");
    }
    underway.onSecure(socket, x509 !== undefined && socket.authorized ? clientCertificate(x509, clock) : undefined);
  }

  #take(socket: TLSSocket): Underway | undefined {
    const ends = endsOf(socket);
    const underway = this.#underway.get(ends);
    this.#underway.delete(ends);
    return underway;
  }

  #endBadly(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const { counters, quietLog } = this.#parts;
    const underway = this.#take(socket);
    // Otherwise the connection is gone.
    if (underway !== undefined) {
      counters.handshakes.failed += 1;
      const fields = { client: underway.client.address, error: error.code ?? error.message };
      quietLog.warn(fields, "a TLS handshake failed");
    }
    socket.destroy();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
