/** A client of transfers over TLS, and a server for it, with authorities of their own. */
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { TlsSettings } from "../../src/xfr/handshakes.ts";
import { type Certified, makeAuthority, type Wanted } from "../tls/certificates.ts";
import { TcpClient } from "./client.ts";

export const serverAuthority = makeAuthority("servers.example");
export const clientAuthority = makeAuthority("clients.example");
export const strangeAuthority = makeAuthority("strange.example");

/** What a server shows that asks for certificates of `clientAuthority`. */
export function tlsSettings(wanted: Wanted = { names: ["primary.example"] }): TlsSettings {
  return { ...serverAuthority.issue(wanted), clientCa: clientAuthority.certificate };
}

export interface TlsClientOptions extends ConnectionOptions {
  readonly shows?: Certified;
  readonly from?: string;
}

/** Connects, verifying the server as BIND does with `ca-file` and `remote-hostname`. */
export function connectTls(port: number, { shows, from, ...options }: TlsClientOptions = {}): TLSSocket {
  const socket = connect({
    port,
    host: "127.0.0.1",
    ca: serverAuthority.certificate,
    servername: "primary.example",
    ALPNProtocols: ["dot"],
    allowHalfOpen: true,
    ...(shows === undefined ? {} : { cert: shows.certificate, key: shows.privateKey }),
    ...(from === undefined ? {} : { localAddress: from }),
    ...options,
  } as ConnectionOptions);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

export function tlsClient(port: number, options: TlsClientOptions = {}): TcpClient {
  return new TcpClient(connectTls(port, options));
}

/** Resolves to the error that a handshake fails with; "none" where it succeeds. */
export function handshakeError(port: number, options: TlsClientOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls(port, options);
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    // TLS 1.3: what the server says of the client's part comes behind the client's own end of the handshake.
    socket.on("secureConnect", () => resolve("none"));
  });
}
