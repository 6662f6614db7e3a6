/**
 * A relay between a peer and its primary that notes each transfer by what goes over the wire. So a test can tell
 * whether a peer really got differences, whichever server answers, without reading anyone's log.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import * as dnsPacket from "dns-packet";
import type { Endpoint } from "./dns-client.ts";
import { freePort } from "./ports.ts";
import { startUdpRelay } from "./udp-relay.ts";

/** One transfer that brought records. */
export interface SeenTransfer {
  readonly asked: "AXFR" | "IXFR";
  /** Whether the request carried TSIG. */
  readonly signed: boolean;
  /** The full zone, or difference sequences (RFC 1995 section 4). */
  readonly got: "full" | "differences";
}

export interface Tap {
  /** Where the peer shall fetch from. */
  readonly endpoint: Endpoint;
  /** All transfers so far, oldest first. An IXFR answered by a single SOA ("you are current") is none. */
  transfers(): readonly SeenTransfer[];
  stop(): Promise<void>;
}

/** dns-packet gives TSIG (RFC 8945) its name when it decodes, though its type declarations do not know it. */
const tsigType: string = "TSIG";

/** Cuts a TCP stream into DNS messages (RFC 1035 section 4.2.2); returns a function to feed it. */
function splitMessages(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      take(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  };
}

interface Asked {
  readonly asked: "AXFR" | "IXFR";
  readonly signed: boolean;
  /** Types of the first answer records, as far as seen. */
  readonly types: string[];
}

/** Watches both directions of one connection and reports its transfers. */
function watch(report: (seen: SeenTransfer) => void): { request(chunk: Buffer): void; response(chunk: Buffer): void } {
  const open = new Map<number, Asked>();
  return {
    request: splitMessages((bytes) => {
      const message = dnsPacket.decode(bytes);
      const type = message.questions?.[0]?.type;
      if (type !== "AXFR" && type !== "IXFR") return;
      const signed = message.additionals?.some((record) => record.type === tsigType) ?? false;
      open.set(message.id ?? 0, { asked: type, signed, types: [] });
    }),
    response: splitMessages((bytes) => {
      const transfer = open.get(bytes.readUInt16BE(0));
      // Only the first two records tell; decoding the rest would cost more than the transfer.
      if (transfer === undefined) return;
      transfer.types.push(...(dnsPacket.decode(bytes).answers ?? []).slice(0, 2).map((record) => record.type));
      if (transfer.types.length < 2) return;
      open.delete(bytes.readUInt16BE(0));
      const differences = transfer.asked === "IXFR" && transfer.types[1] === "SOA";
      report({ asked: transfer.asked, signed: transfer.signed, got: differences ? "differences" : "full" });
    }),
  };
}

/** Starts a relay to `primary` for one peer, over TCP and UDP. */
export async function startTap(primary: Endpoint): Promise<Tap> {
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const seen: SeenTransfer[] = [];
  const sockets = new Set<Socket>();

  const tcp = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ host: primary.address, port: primary.port, allowHalfOpen: true });
    const eyes = watch((transfer) => seen.push(transfer));
    client.on("data", eyes.request);
    server.on("data", eyes.response);
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
  });
  tcp.listen(endpoint.port, endpoint.address);
  await once(tcp, "listening");

  const udp = await startUdpRelay(endpoint, primary);

  return {
    endpoint,
    transfers: () => seen,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
      await udp.stop();
    },
  };
}
