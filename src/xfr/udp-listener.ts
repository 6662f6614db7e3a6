/** Answers single datagrams on any number of addresses. */
import { createSocket, type Socket } from "node:dgram";
import type { Logger } from "../base/logger.ts";
import { clientAddress } from "./acl.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Client } from "./query.ts";
import type { Counters } from "./stats.ts";

/**
 * Octets that the kernel may keep for us, as far as it allows: twice its own default on Linux. What does not fit is lost, and
 * three datagrams of 60 KiB fill the default.
 */
const receiveBufferBytes = 4_194_304;

export class UdpListeners {
  readonly #dispatcher: Dispatcher;
  readonly #counters: Counters;
  readonly #logger: Logger;
  readonly #sockets = new Set<Socket>();

  constructor(dispatcher: Dispatcher, counters: Counters, logger: Logger) {
    this.#dispatcher = dispatcher;
    this.#counters = counters;
    this.#logger = logger;
  }

  /** Listens, at a port for transfers over TLS or another one; resolves to the listener. Rejects as the system says. */
  listen(address: string, port: number, isTransferPort: boolean): Promise<{ close(): void }> {
    const isV6 = address.includes(":");
    const socket = createSocket({ type: isV6 ? "udp6" : "udp4", ipv6Only: isV6 });
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once("error", fail);
      socket.bind({ address, port }, () => {
        socket.removeListener("error", fail);
        enlargeReceiveBuffer(socket);
        socket.on("error", (error) => this.#logger.error({ address, error: error.message }, "a UDP listener failed"));
        socket.on("message", (bytes, from) => {
          const { address: sender, port: senderPort } = from;
          const client = { address: clientAddress(sender), port: senderPort, transport: "udp" } as const;
          this.#answer(socket, bytes, isTransferPort ? { ...client, isAtTransferPort: true } : client, sender);
        });
        this.#sockets.add(socket);
        resolve({
          close: () => {
            if (this.#sockets.delete(socket)) socket.close();
          },
        });
      });
    });
  }

  /** `from` is the client's address as the socket has it. */
  #answer(socket: Socket, bytes: Buffer, client: Client, from: string): void {
    const { port } = client;
    // Nobody listens on port 0: such a datagram is forged.
    if (port === 0) {
      this.#counters.dropped += 1;
      return;
    }
    const reply = this.#dispatcher.answer(bytes, client);
    // The dispatcher gives no transfers to UDP.
    if (reply.kind !== "message") return;
    const { context, message, fullRcode } = reply;
    const target = Buffer.allocUnsafe(message.length + context.bytes);
    const end = context.write(message, target, 0, fullRcode);
    this.#counters.octets.udp += end;
    // A datagram that cannot be sent is a datagram lost, which UDP allows for.
    socket.send(target, 0, end, port, from, () => {});
  }

  /** Resolves when all sockets are closed. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets];
    this.#sockets.clear();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
  }
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // Some systems refuse what is beyond their limit instead of taking the limit; then it stays as it is.
  }
}
