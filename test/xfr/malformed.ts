/** Malformed messages by the thousand, the same for the same seed, each with what it should be answered with. */
import { nameFromText } from "../../src/dns/name.ts";
import { qtype, query, record } from "./client.ts";
import { sign } from "./tsig-client.ts";

/** `any` is one answer of any sensible RCODE: a mutation may well leave a good query. */
export type Expected = "silence" | "formerr" | "any";

export interface Sample {
  readonly what: string;
  readonly message: Buffer;
  readonly expected: Expected;
}

/** Mulberry32: small, and enough to choose octets with. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const apex = "rpz.example";
const signed = {
  name: "key-hmac-sha256",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret of some thirty-two octets"),
  time: 1_700_000_000,
};
const wellFormed: readonly Buffer[] = [
  query({ name: apex, type: qtype.SOA }),
  query({ name: `bad.example.${apex}`, type: qtype.A, edns: 1232 }),
  query({ name: apex, type: qtype.AXFR, edns: 4096, dnssecOk: true }),
  query({ name: apex, type: qtype.IXFR, serial: 1 }),
  query({ name: apex, type: qtype.IXFR, serial: 4, edns: 1232 }),
  sign(query({ name: apex, type: qtype.IXFR, serial: 1, edns: 1232 }), signed).message,
  sign(query({ name: apex, type: qtype.SOA }), signed).message,
];

/** What silence or answer a message of any octets is due. */
function dueTo(message: Buffer): Expected {
  return message.length < 12 || (message[2] as number) >= 0x80 ? "silence" : "any";
}

const header = (...counts: number[]): Buffer => {
  const bytes = Buffer.alloc(12);
  counts.forEach((count, i) => void bytes.writeUInt16BE(count, 4 + 2 * i));
  return bytes;
};
const question = Buffer.concat([nameFromText(apex), Buffer.from([0, 6, 0, 1])]);

const plainOpt = record(".", 41, 512, 0, Buffer.alloc(0));

export function samplesOf(seed: number, count: number): Sample[] {
  const random = randomOf(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const octets = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));
  const one = (): Buffer => Buffer.from(wellFormed[below(wellFormed.length)] as Buffer);

  const makers: readonly (() => Sample)[] = [
    () => {
      const message = octets(below(200));
      return { what: "random octets", message, expected: dueTo(message) };
    },
    () => {
      const message = one();
      for (let i = 1 + below(4); i > 0; i--) message[below(message.length)] = below(256);
      return { what: "changed octets", message, expected: dueTo(message) };
    },
    () => {
      const message = one();
      message[12 + below(message.length - 12)] = 0xc0 | below(64);
      return { what: "a pointer from nowhere to anywhere", message, expected: dueTo(message) };
    },
    () => {
      const whole = one();
      const message = whole.subarray(0, below(whole.length));
      return { what: "cut short", message, expected: message.length < 12 ? "silence" : "formerr" };
    },
    () => ({
      what: "octets left over",
      message: Buffer.concat([one(), octets(1 + below(40))]),
      expected: "formerr",
    }),
    () => {
      const message = one();
      const at = 4 + 2 * below(4);
      message.writeUInt16BE(message.readUInt16BE(at) + 1 + below(3) * 30_000, at);
      return { what: "counts that lie", message, expected: "formerr" };
    },
    () => ({
      what: "a compression loop in the question",
      message: Buffer.concat([header(1), Buffer.from([1, 0x61, 0xc0, 12 + 2 * below(2), 0, 6, 0, 1])]),
      expected: "formerr",
    }),
    () => {
      const at = 12 + question.length;
      const pointer = Buffer.from([0xc0 | (at >> 8), at & 0xff, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
      return {
        what: "a compression loop in an owner",
        message: Buffer.concat([header(1, 0, 1), question, pointer]),
        expected: "formerr",
      };
    },
    () => ({
      what: "a SOA without end in an IXFR",
      message: Buffer.concat([
        header(1, 0, 1),
        nameFromText(apex),
        Buffer.from([0, 251, 0, 1]),
        record(apex, 6, 1, 0, octets(below(22))),
      ]),
      expected: "formerr",
    }),
    () => ({
      what: "two OPT records",
      message: Buffer.concat([header(1, 0, 0, 2), question, plainOpt, plainOpt]),
      expected: "formerr",
    }),
    () => ({
      what: "an EDNS option that is longer than its OPT",
      message: Buffer.concat([
        header(1, 0, 0, 1),
        question,
        record(".", 41, 512, 0, Buffer.from([0, 10, 0, 9 + below(200), 1, 2, 3])),
      ]),
      expected: "formerr",
    }),
    () => {
      const rr = record(signed.name, 250, 255, 0, octets(below(60)));
      const message = Buffer.concat([header(1, 0, 0, 1), question, rr]);
      return { what: "a TSIG of random octets", message, expected: "any" };
    },
    () => ({
      what: "many questions",
      message: Buffer.concat([header(2 + below(9)), question, question]),
      expected: "formerr",
    }),
    () => {
      const message = one();
      message[2] = (message[2] as number) | 0x80;
      return { what: "a response", message, expected: "silence" };
    },
  ];
  return Array.from({ length: count }, (_, i) => (makers[i % makers.length] as () => Sample)());
}
