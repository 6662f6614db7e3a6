/**
 * Asks a primary for the SOA of a zone by UDP, which costs both sides next to nothing. Whatever is wrong with what comes, there
 * is no answer: a transfer by TCP then says what it is.
 */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Clock } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";
import { MessageError } from "../dns/message.ts";
import type { PreparedKey } from "../dns/tsig.ts";
import { typeSoa } from "../dns/types.ts";
import { openAnswer } from "./answer-message.ts";
import { TransferFault } from "./fault.ts";
import { requestFor, type Soa, soaIn } from "./request.ts";
import { signRequest } from "./tsig-client.ts";

export interface SoaQuery {
  readonly address: string;
  readonly port: number;
  readonly key: PreparedKey | undefined;
  readonly apex: string;
  readonly apexWire: Uint8Array;
  /** For each of the tries. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const triesMax = 2;

/** The zone's SOA, or undefined where no answer came that can be believed. */
export async function querySoa(query: SoaQuery): Promise<Soa | undefined> {
  for (let tries = 0; tries < triesMax && !query.signal.aborted; tries++) {
    const outcome = await queryOnce(query);
    if (outcome !== "silent") return outcome;
  }
  return undefined;
}

async function queryOnce(query: SoaQuery): Promise<Soa | "silent" | undefined> {
  const { address, port, key, apex, waitMs, clock, signal } = query;
  const { id, message } = requestFor(apex, { type: "SOA" });
  const signed = key === undefined ? undefined : signRequest(message, key, clock);
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  const onAbort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      timer = startTimer(() => resolve("silent"), waitMs);
      signal.addEventListener("abort", () => resolve(undefined), { signal: onAbort.signal });
      socket.on("error", () => resolve(undefined));
      socket.on("message", (octets) => {
        const take = (): Soa | undefined => {
          const answer = openAnswer(octets, { id, apex: query.apexWire, qtype: typeSoa }, true);
          if (answer.rcode !== 0 || answer.isTruncated) return undefined;
          signed?.verifier().take(octets, answer.tsig);
          return soaIn(octets, apex);
        };
        // What is no answer to us may be anybody's: the right one may still come.
        const outcome = readSafely(take);
        if (outcome !== "foreign") resolve(outcome);
      });
      connectAndSend(socket, port, address, signed?.message ?? message, () => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    onAbort.abort();
    socket.close();
  }
}

/** A connected socket takes datagrams of its peer alone. */
function connectAndSend(socket: Socket, port: number, address: string, message: Uint8Array, onError: () => void): void {
  socket.connect(port, address, () => {
    socket.send(message, (error) => {
      if (error !== null) onError();
    });
  });
}

function readSafely(take: () => Soa | undefined): Soa | "foreign" | undefined {
  try {
    return take();
  } catch (thrown) {
    if (thrown instanceof TransferFault || thrown instanceof MessageError) return "foreign";
    throw thrown;
  }
}
