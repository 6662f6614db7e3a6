/** NOTIFY (RFC 1996), at which a secondary asks its primary at once and not when its timers say. */
import { createSocket } from "node:dgram";
import * as dnsPacket from "dns-packet";
import type { Endpoint } from "./dns-client.ts";

const opcodeNotify = 4 << 11;

/** Sends one; no answer is waited for. */
export async function sendNotify({ address, port }: Endpoint, apex: string): Promise<void> {
  const flags = opcodeNotify | dnsPacket.AUTHORITATIVE_ANSWER;
  const bytes = dnsPacket.encode({ type: "query", id: 1, flags, questions: [{ name: apex, type: "SOA" }] });
  const socket = createSocket("udp4");
  // Nobody may listen there yet.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.send(bytes, port, address, () => resolve()));
  socket.close();
}
