/**
 * A TCP or TLS connection to a primary that hands over whole messages in order (RFC 1035 4.2.2, RFC 9103). The socket is
 * paused while many octets wait, so that a slow reader keeps no more than a few messages.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import { startTimer } from "../base/timer.ts";
import { cut, TransferFault } from "./fault.ts";

export interface TlsSettings {
  /** Certificates in PEM that count in place of the system's. */
  readonly ca?: string;
  /** The name that the primary's certificate must have; absent: its address. */
  readonly name?: string;
  /** In PEM. */
  readonly client?: { readonly certificate: string; readonly privateKey: string };
}

export interface ConnectionOptions {
  readonly address: string;
  readonly port: number;
  /** Absent: clear text. */
  readonly tls?: TlsSettings;
  readonly connectMs: number;
  /** Between two pieces of an answer. */
  readonly stallMs: number;
  /** Octets that may come in all. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** Octets that may wait before the socket is paused. */
const waitingBytesMax = 1_048_576;

/** Connects. @throws TransferFault */
export async function connectTo(options: ConnectionOptions): Promise<Connection> {
  const { address, port, tls, connectMs, signal } = options;
  if (signal.aborted) throw cut("it took too long");
  const socket =
    tls === undefined
      ? connectTcp({ host: address, port, noDelay: true })
      : connectTls({
          host: address,
          port,
          ALPNProtocols: ["dot"],
          // RFC 9103 7.1: TLS 1.3 or later.
          minVersion: "TLSv1.3",
          ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          ...(tls.client === undefined ? {} : { cert: tls.client.certificate, key: tls.client.privateKey }),
          ...(tls.name === undefined || isIP(tls.name) !== 0 ? {} : { servername: tls.name }),
          ...(tls.name === undefined ? {} : { checkServerIdentity: identityOf(tls.name) }),
        });
  const connection = new Connection(socket, options);
  const fail = new AbortController();
  const timer = startTimer(() => socket.destroy(cut("its primary does not answer")), connectMs);
  const onAbort = (): void => void socket.destroy(cut("it took too long"));
  signal.addEventListener("abort", onAbort, { once: true, signal: fail.signal });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? "connect" : "secureConnect", resolve);
      socket.once("error", (error) => reject(failureOf(error)));
    });
    return connection;
  } finally {
    clearTimeout(timer);
    fail.abort();
  }
}

function identityOf(name: string) {
  return (_host: string, certificate: PeerCertificate): Error | undefined => checkServerIdentity(name, certificate);
}

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #messages: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  /** The start of a message whose rest has not come. */
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #error: TransferFault | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(failureOf(error)));
    socket.on("end", () => this.#fail(cut("its primary closed the connection before the zone had ended")));
    socket.on("close", () => this.#fail(cut("the connection was cut")));
  }

  /** Octets that have come, length fields included. */
  get bytes(): number {
    return this.#bytes;
  }

  send(message: Uint8Array): void {
    const frame = Buffer.allocUnsafe(2 + message.length);
    frame.writeUInt16BE(message.length);
    frame.set(message, 2);
    this.#socket.write(frame);
  }

  /**
   * The next message, or undefined where none has come for `waitMs`; without that, silence is a fault.
   * @throws TransferFault
   */
  async next(waitMs?: number): Promise<Uint8Array | undefined> {
    const { stallMs, signal } = this.#options;
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#waitingBytes -= message.length;
        if (this.#waitingBytes < waitingBytesMax) this.#socket.resume();
        return message;
      }
      if (this.#error !== undefined) throw this.#error;
      if (signal.aborted) throw cut("it took too long");
      const isSilent = await this.#wait(waitMs ?? stallMs, signal);
      if (!isSilent) continue;
      if (waitMs !== undefined) return undefined;
      throw cut("the answer began and then stopped");
    }
  }

  /** Whether nothing came until the time was over. */
  #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isSilent: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#wake = undefined;
        resolve(isSilent);
      };
      const onAbort = (): void => end(false);
      const timer = startTimer(() => end(true), ms);
      signal.addEventListener("abort", onAbort);
      this.#wake = () => end(false);
    });
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.bytesMax) {
      const remedy = "Raise `fetchedBytesMax` if the zone is as large as that";
      this.#fail(new TransferFault(`more than ${this.#options.bytesMax} octets came`, remedy));
      this.close();
      return;
    }
    let octets = chunk;
    if (this.#partialBytes > 0) {
      this.#partial.push(chunk);
      this.#partialBytes += chunk.length;
      const first = this.#partial[0] as Buffer;
      // Joined only once it is whole, or a message that comes octet by octet would be copied as often.
      if (first.length < 2 ? this.#partialBytes < 2 : this.#partialBytes < 2 + first.readUInt16BE(0)) return;
      octets = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialBytes = 0;
    }
    let at = 0;
    while (at + 2 <= octets.length) {
      const end = at + 2 + octets.readUInt16BE(at);
      if (end > octets.length) break;
      this.#messages.push(octets.subarray(at + 2, end));
      this.#waitingBytes += end - at - 2;
      at = end;
    }
    if (at < octets.length) {
      this.#partial.push(octets.subarray(at));
      this.#partialBytes = octets.length - at;
    }
    if (this.#waitingBytes >= waitingBytesMax) this.#socket.pause();
    if (this.#messages.length > 0) this.#wake?.();
  }

  #fail(fault: TransferFault): void {
    this.#error ??= fault;
    this.#wake?.();
  }

  close(): void {
    this.#socket.destroy();
  }
}

const waitRemedy = "Check the address of the primary, and whether it can be reached from here, if this lasts";
const certificateRemedy =
  "Name the certificate of its issuer as tls.caFile, and the name in it as tls.name; else its operator must fix it";

/** What codes of Node mean; nothing that a library says is passed on. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "its primary refuses the connection",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "its primary does not answer",
  EHOSTUNREACH: "its primary cannot be reached",
  ENETUNREACH: "its network cannot be reached",
};

function failureOf(error: Error): TransferFault {
  if (error instanceof TransferFault) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  const why = meanings[code];
  if (why !== undefined) return new TransferFault(why, waitRemedy, { isTransient: true });
  if (/_ALERT_.*CERT|_ALERT_UNKNOWN_CA/.test(code)) {
    const remedy =
      "Give the source the certificate that its primary knows as tls.certificateFile and tls.privateKeyFile";
    return new TransferFault("its primary does not take our client certificate, or wants one", remedy);
  }
  if (code === "CERT_HAS_EXPIRED")
    return new TransferFault("the certificate of its primary has expired", certificateRemedy);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return new TransferFault("the certificate of its primary is for another name", certificateRemedy);
  }
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    return new TransferFault(`the certificate of its primary is not trusted (${code})`, certificateRemedy);
  }
  if (/SSL|TLS|EPROTO/.test(code)) {
    return new TransferFault(
      `no TLS connection comes about (${code})`,
      "See that its primary does TLS 1.3 on this port",
    );
  }
  return new TransferFault(`the connection failed${code === "" ? "" : ` (${code})`}`, waitRemedy, {
    isTransient: true,
  });
}
