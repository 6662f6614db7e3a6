/** A primary that answers transfers as a test scripts it, message by message, well or ill. It is written apart from the client. */
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import { qtype, record } from "../xfr/client.ts";
import { expectedMac, type Signed, takeTsig, tsigRecord } from "../xfr/tsig-client.ts";

export const apex = "vendor.rpz.example";
const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** A request as far as scripts look at it. */
export interface Asked {
  readonly id: number;
  readonly qtype: number;
  /** Of the SOA in an IXFR. */
  readonly serial: number | undefined;
  /** The whole question. */
  readonly question: Buffer;
  readonly raw: Buffer;
}

/** Octets to be sent, with their length in front; or what becomes of the connection. */
export type Step = Buffer | "close" | "reset" | "hang";
export type Script = (asked: Asked) => readonly Step[];

export interface ScriptedPrimary {
  readonly port: number;
  /** Types of the requests that came by TCP, in order. */
  readonly asked: string[];
  script: Script;
  /** Answers by UDP; SERVFAIL where no test says otherwise. */
  udp: (asked: Asked) => readonly Buffer[];
}

const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(qtype).map(([name, number]) => [number, name]));

export function readAsked(raw: Buffer): Asked {
  let end = 12;
  while (raw[end] !== 0) end += (raw[end] as number) + 1;
  const question = raw.subarray(12, end + 5);
  const type = raw.readUInt16BE(end + 1);
  // The SOA of an IXFR: a pointer or name, then two names of one octet, then the serial.
  let serial: number | undefined;
  if (type === qtype.IXFR) {
    let at = end + 5;
    while (raw[at] !== 0 && (raw[at] as number) < 0xc0) at += (raw[at] as number) + 1;
    at += raw[at] === 0 ? 1 : 2;
    serial = raw.readUInt32BE(at + 10 + 2);
  }
  return { id: raw.readUInt16BE(0), qtype: type, serial, question, raw };
}

/** Listens by TCP, or by TLS, and by UDP on the same port until the test ends. */
export async function startPrimary(script: Script, tls?: TlsOptions): Promise<ScriptedPrimary> {
  const sockets = new Set<Socket>();
  const primary: ScriptedPrimary & { port: number } = {
    port: 0,
    asked: [],
    script,
    udp: (asked) => [message(asked, [], { rcode: 2 })],
  };
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const asked = readAsked(received.subarray(2));
      primary.asked.push(typeNames.get(asked.qtype) ?? String(asked.qtype));
      void play(socket, primary.script(asked));
    });
  };
  const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  primary.port = (server.address() as AddressInfo).port;
  const udp = createSocket("udp4");
  udp.on("message", (raw, from) => {
    for (const answer of primary.udp(readAsked(raw))) udp.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(primary.port, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    udp.close();
  });
  return primary;
}

async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step === "close") socket.end();
    else if (step === "reset") socket.resetAndDestroy();
    else if (step === "hang") return;
    else
      await new Promise<void>(
        (resolve) => void socket.write(Buffer.concat([uint16(step.length), step]), () => resolve()),
      );
  }
}

export interface MessageMore {
  readonly id?: number;
  readonly rcode?: number;
  /** The header's third octet. */
  readonly flags?: number;
  readonly question?: Buffer | undefined;
  readonly authority?: readonly Buffer[];
}

/** An answer with these records. */
export function message(asked: Asked, records: readonly Buffer[], more: MessageMore = {}): Buffer {
  const question = "question" in more ? more.question : asked.question;
  const authority = more.authority ?? [];
  return Buffer.concat([
    uint16(more.id ?? asked.id),
    Buffer.from([more.flags ?? 0x84, more.rcode ?? 0]),
    uint16(question === undefined ? 0 : 1),
    uint16(records.length),
    uint16(authority.length),
    uint16(0),
    question ?? Buffer.alloc(0),
    ...records,
    ...authority,
  ]);
}

export const absolute = (owner: string): string => (owner === "@" ? apex : `${owner}.${apex}`);

export function soa(
  serial: number,
  times: { refresh?: number; retry?: number; expire?: number; mname?: string } = {},
): Buffer {
  const tail = Buffer.alloc(20);
  const { refresh = 600, retry = 120, expire = 86_400, mname = "ns.example" } = times;
  [serial, refresh, retry, expire, 60].forEach((value, i) => void tail.writeUInt32BE(value, 4 * i));
  return record(apex, qtype.SOA, 1, 300, Buffer.concat([nameFromText(mname), nameFromText("h.example"), tail]));
}

export const ns = (): Buffer => record(apex, qtype.NS, 1, 300, nameFromText("localhost"));
export const cname = (owner: string, target = ".", ttl = 300): Buffer =>
  record(absolute(owner), qtype.CNAME, 1, ttl, nameFromText(target));
export const address = (owner: string, ...octets: number[]): Buffer =>
  record(absolute(owner), qtype.A, 1, 300, Uint8Array.from(octets));

/** Signs the messages of an answer in order, but for those that `isUnsigned` leaves out. */
export function signAll(
  messages: readonly Buffer[],
  asked: Asked,
  signed: Signed,
  isUnsigned: (i: number) => boolean = () => false,
): Buffer[] {
  const requestTsig = takeTsig(asked.raw, signed);
  let prior = requestTsig.mac;
  let isFirst = true;
  let between: Buffer[] = [];
  return messages.map((unsigned, i) => {
    if (isUnsigned(i)) {
      between.push(unsigned);
      return unsigned;
    }
    const digested = Buffer.concat([...between, unsigned]);
    between = [];
    const { time, fudge = 300 } = signed;
    const tsig = { unsigned: digested, time, fudge, mac: prior, originalId: 0, error: 0, other: Buffer.alloc(0) };
    const mac = expectedMac(tsig, prior, signed, isFirst);
    isFirst = false;
    prior = mac;
    return withTsig(unsigned, tsigRecord(signed, mac, unsigned.readUInt16BE(0)));
  });
}

/** A message with a TSIG behind it. */
export function withTsig(unsigned: Buffer, tsig: Buffer): Buffer {
  const whole = Buffer.concat([unsigned, tsig]);
  whole.writeUInt16BE(whole.readUInt16BE(10) + 1, 10);
  return whole;
}

/** NOTAUTH with an error in a TSIG without a MAC (RFC 8945 5.3.2), or with one. */
export function tsigErrorAnswer(asked: Asked, signed: Signed, error: number, theirs?: number): Buffer {
  const unsigned = message(asked, [], { rcode: 9 });
  const requestMac = takeTsig(asked.raw, signed).mac;
  const other = theirs === undefined ? Buffer.alloc(0) : Buffer.alloc(6);
  if (theirs !== undefined) other.writeUIntBE(theirs, 0, 6);
  const variables = Buffer.concat([uint48(signed.time), uint16(300), uint16(error), uint16(other.length), other]);
  const mac =
    theirs === undefined
      ? Buffer.alloc(0)
      : createHmac(signed.algorithm.replace("hmac-", ""), signed.secret)
          .update(Buffer.concat([uint16(requestMac.length), requestMac, unsigned, nameFromText(signed.name)]))
          .update(Buffer.concat([Buffer.from("00ff00000000", "hex"), nameFromText(signed.algorithm), variables]))
          .digest();
  const rdata = Buffer.concat([
    nameFromText(signed.algorithm),
    uint48(signed.time),
    uint16(300),
    uint16(mac.length),
    mac,
    uint16(asked.id),
    uint16(error),
    uint16(other.length),
    other,
  ]);
  const head = Buffer.from("00fa00ff00000000", "hex");
  return withTsig(unsigned, Buffer.concat([nameFromText(signed.name), head, uint16(rdata.length), rdata]));
}

function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
