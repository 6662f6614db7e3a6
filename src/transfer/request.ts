/** The small messages of a transfer in: what is asked, and the SOA of a short answer (RFC 5936 2.1, RFC 1995 3). */
import { randomInt } from "node:crypto";
import dnsPacket from "dns-packet";
import { type Serial, serial } from "../dns/serial.ts";

export type Question =
  | { readonly type: "SOA" | "AXFR" }
  /** Differences from a serial that is there. */
  | { readonly type: "IXFR"; readonly from: Serial };

export interface Request {
  /** Chosen anew for each request: over UDP it is what tells an answer from a forged one. */
  readonly id: number;
  readonly message: Uint8Array;
}

/** What a zone's SOA says, times in seconds (RFC 1035 3.3.13). */
export interface Soa {
  readonly serial: Serial;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** A request for a zone; `apex` is text without the final dot. */
export function requestFor(apex: string, question: Question): Request {
  const id = randomInt(0x10000);
  const message = dnsPacket.encode({
    type: "query",
    id,
    flags: 0,
    questions: [{ type: question.type as "SOA", name: apex, class: "IN" }],
    authorities: question.type === "IXFR" ? [{ type: "SOA", name: apex, ttl: 0, data: soaData(question.from) }] : [],
  });
  return { id, message };
}

/** RFC 1995 3: of the SOA in the request only the serial is looked at. */
function soaData(from: Serial): dnsPacket.SoaData {
  return { mname: ".", rname: ".", serial: from, refresh: 0, retry: 0, expire: 0, minimum: 0 };
}

/** The SOA of a zone in a short answer; undefined where it has none, or cannot be read. */
export function soaIn(answer: Uint8Array, apex: string): Soa | undefined {
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(Buffer.from(answer));
  } catch {
    return undefined;
  }
  for (const record of packet.answers ?? []) {
    if (record.type !== "SOA" || record.name.toLowerCase() !== apex) continue;
    const { refresh = 0, retry = 0, expire = 0 } = record.data;
    return { serial: serial(record.data.serial ?? 0), refresh, retry, expire };
  }
  return undefined;
}
