/** A plain DNS client for the server's tests: it builds messages by hand and reads answers with dns-packet. */
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import dnsPacket from "dns-packet";
import { nameFromText } from "../../src/dns/name.ts";
import { soaOf } from "./memory-zone.ts";

export interface Ask {
  readonly name: string;
  /** QTYPE as a number. */
  readonly type: number;
  readonly class?: number;
  readonly id?: number;
  readonly flags?: number;
  /** Adds an OPT that takes this many octets. */
  readonly edns?: number;
  readonly ednsVersion?: number;
  readonly dnssecOk?: boolean;
  /** Options of the OPT, as they are on the wire. */
  readonly options?: Uint8Array;
  /** Adds a SOA with this serial to the authority section. */
  readonly serial?: number;
}

export const qtype = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, IXFR: 251, AXFR: 252, ANY: 255 } as const;

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const uint32 = (value: number): Buffer => Buffer.concat([uint16(value >>> 16), uint16(value & 0xffff)]);

export function record(owner: string, type: number, klass: number, ttl: number, rdata: Uint8Array): Buffer {
  return Buffer.concat([
    nameFromText(owner),
    uint16(type),
    uint16(klass),
    uint32(ttl),
    uint16(rdata.length),
    Buffer.from(rdata),
  ]);
}

export function query(ask: Ask): Buffer {
  const authority = ask.serial === undefined ? [] : [record(ask.name, 6, 1, 0, soaOf(ask.serial).soa.rdata)];
  const optTtl = (ask.ednsVersion ?? 0) * 0x10000 + (ask.dnssecOk ? 0x8000 : 0);
  const additional =
    ask.edns === undefined ? [] : [record(".", 41, ask.edns, optTtl, ask.options ?? new Uint8Array(0))];
  return Buffer.concat([
    uint16(ask.id ?? 0x1234),
    uint16(ask.flags ?? 0),
    uint16(1),
    uint16(0),
    uint16(authority.length),
    uint16(additional.length),
    nameFromText(ask.name),
    uint16(ask.type),
    uint16(ask.class ?? 1),
    ...authority,
    ...additional,
  ]);
}

export const framed = (message: Uint8Array): Buffer => Buffer.concat([uint16(message.length), Buffer.from(message)]);

/** A record as one comparable line. */
export function line(answer: dnsPacket.Answer): string {
  const { name, type } = answer;
  const ttl = "ttl" in answer ? answer.ttl : "";
  const value: unknown = "data" in answer ? answer.data : "";
  if (type === "SOA") return `${name} SOA ${(value as dnsPacket.SoaData).serial}`;
  if (Array.isArray(value)) return `${name} ${ttl} ${type} ${Buffer.concat(value as Buffer[]).toString()}`;
  return `${name} ${ttl} ${type} ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

export interface Decoded {
  readonly raw: Buffer;
  readonly id: number;
  readonly rcode: number;
  readonly flags: { qr: boolean; aa: boolean; tc: boolean; rd: boolean; ra: boolean; opcode: number };
  readonly counts: readonly [number, number, number, number];
  readonly packet: dnsPacket.DecodedPacket;
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
}

export function decode(raw: Buffer): Decoded {
  const packet = dnsPacket.decode(raw);
  const high = raw[2] as number;
  const low = raw[3] as number;
  return {
    raw,
    id: raw.readUInt16BE(0),
    rcode: low & 15,
    flags: {
      qr: (high & 0x80) !== 0,
      aa: (high & 4) !== 0,
      tc: (high & 2) !== 0,
      rd: (high & 1) !== 0,
      ra: (low & 0x80) !== 0,
      opcode: (high >> 3) & 15,
    },
    counts: [raw.readUInt16BE(4), raw.readUInt16BE(6), raw.readUInt16BE(8), raw.readUInt16BE(10)],
    packet,
    answers: (packet.answers ?? []).map(line),
    authorities: (packet.authorities ?? []).map(line),
  };
}

/** Sends one datagram and resolves to the next that comes back. */
export async function askUdpRaw(message: Uint8Array, port: number, address = "127.0.0.1"): Promise<Buffer> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("message", resolve);
      socket.send(message, port, address);
    });
  } finally {
    socket.close();
  }
}

export async function askUdp(ask: Ask, port: number, address?: string): Promise<Decoded> {
  return decode(await askUdpRaw(query(ask), port, address));
}

/** A TCP connection that hands over whole messages, in order. */
export class TcpClient {
  readonly socket: Socket;
  #buffer = Buffer.alloc(0);
  /** Received, not yet joined to the buffer. */
  #chunks: Buffer[] = [];
  #isClosed = false;
  #waiting: (() => void) | undefined;

  /** `to` is a port, or a socket; `from` is the address to connect from; any of 127.0.0.0/8 will do on Linux. */
  constructor(to: number | Socket, address = "127.0.0.1", from?: string) {
    const local = from === undefined ? {} : { localAddress: from };
    this.socket =
      typeof to === "number" ? connect({ port: to, host: address, allowHalfOpen: true, noDelay: true, ...local }) : to;
    this.socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#waiting?.();
    });
    this.socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      this.socket.on(event, () => {
        this.#isClosed = true;
        this.#waiting?.();
      });
    }
  }

  send(...messages: Uint8Array[]): this {
    this.socket.write(Buffer.concat(messages.map(framed)));
    return this;
  }

  ask(...asks: Ask[]): this {
    return this.send(...asks.map(query));
  }

  /** The next message; undefined once the server has ended the connection. */
  async nextRaw(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#buffer.length >= 2) {
        const end = 2 + this.#buffer.readUInt16BE(0);
        if (this.#buffer.length >= end) {
          const message = Buffer.from(this.#buffer.subarray(2, end));
          this.#buffer = this.#buffer.subarray(end);
          return message;
        }
      }
      if (this.#chunks.length > 0) {
        this.#buffer = Buffer.concat([this.#buffer, ...this.#chunks]);
        this.#chunks = [];
        continue;
      }
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async nextMessage(): Promise<Decoded | undefined> {
    const raw = await this.nextRaw();
    return raw === undefined ? undefined : decode(raw);
  }

  async next(): Promise<Decoded> {
    const message = await this.nextMessage();
    if (message === undefined) throw new Error("The server ended the connection");
    return message;
  }

  /** The messages of one AXFR: until the SOA has come a second time. */
  async transfer(): Promise<Decoded[]> {
    const messages: Decoded[] = [];
    let soas = 0;
    while (soas < 2) {
      const message = await this.next();
      messages.push(message);
      if (message.answers.length === 0) break;
      soas += message.answers.filter((answer) => / SOA \d+$/.test(answer)).length;
    }
    return messages;
  }

  /** The records of an answer that is known to end with this one, not being the first. */
  async whole(last: string): Promise<string[]> {
    const answers = [...(await this.next()).answers];
    while (answers.length < 2 || answers.at(-1) !== last) answers.push(...(await this.next()).answers);
    return answers;
  }

  /** Resolves once the server has ended or reset the connection. */
  async closed(): Promise<void> {
    while ((await this.nextRaw()) !== undefined);
  }

  close(): void {
    this.socket.destroy();
  }
}

export const answersOf = (messages: readonly Decoded[]): string[] => messages.flatMap((message) => message.answers);

/** Asks once on a connection of its own. */
export async function askTcp(ask: Ask, port: number, address?: string): Promise<Decoded> {
  const client = new TcpClient(port, address);
  try {
    return await client.ask(ask).next();
  } finally {
    client.close();
  }
}

/** An EDNS option of a request. */
export const option = (code: number, ...data: number[]): Buffer => Buffer.from([0, code, 0, data.length, ...data]);

/** The options of an answer's OPT, by code. */
export function optionsOf(message: Buffer): Map<number, Buffer> {
  const opt = decode(message).packet.additionals?.find(({ type }) => type === "OPT");
  const options = (opt as unknown as { options?: { code: number; data: Buffer }[] } | undefined)?.options ?? [];
  return new Map(options.map(({ code, data }) => [code, data]));
}

/** Code and text of an extended error (RFC 8914). */
export function errorOf(message: Buffer): [number, string] | undefined {
  const found = optionsOf(message).get(15);
  return found && [found.readUInt16BE(0), found.subarray(2).toString()];
}
