import { describe, expect, test } from "vitest";
import { silentLogger } from "../../src/base/logger.ts";
import { type TsigKey, TsigKeyring } from "../../src/dns/tsig.ts";
import { Dispatcher } from "../../src/xfr/dispatch.ts";
import { FullTransfers, MemoryTransferLog } from "../../src/xfr/full-transfers.ts";
import { defaultLimits } from "../../src/xfr/limits.ts";
import type { Client } from "../../src/xfr/query.ts";
import { QuietLog } from "../../src/xfr/quiet-log.ts";
import { newCounters } from "../../src/xfr/stats.ts";
import { askUdpRaw, decode, qtype, query, record, TcpClient } from "./client.ts";
import { MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve } from "./serve.ts";
import { expectedMac, sign, takeTsig } from "./tsig-client.ts";

const apex = "rpz.example";
const now = 1_700_000_000;
const secret = Buffer.from("a secret of some thirty-two octets");
const keys: TsigKey[] = [{ name: "isp-a", algorithm: "hmac-sha256", secret }];
const signed = { name: "isp-a", algorithm: "hmac-sha256", secret, time: now };
const zone = (): MemoryZone => new MemoryZone(apex).publish(5, { "bad.example": [nxdomain] });
const start = () => serve(sourceOf(zone()), { keys, clock: new FixedClock(now * 1000) });

/** A query with records behind it that it need not have, in a section of the header's four counts. */
function withRecords(section: 1 | 2 | 3, records: readonly Buffer[], type: number = qtype.SOA, flags = 0): Buffer {
  const message = Buffer.concat([query({ name: apex, type, flags }), ...records]);
  message.writeUInt16BE(records.length, 4 + 2 * section);
  return message;
}

const plain = record(".", qtype.A, 1, 0, Uint8Array.of(192, 0, 2, 1));
/** As many records as 64 KiB hold. */
const flood = (type: number = qtype.SOA): Buffer => withRecords(3, new Array<Buffer>(4300).fill(plain), type);

describe("a request's size and counts are held against what a request may be", () => {
  test.each([
    ["a record in the answer section", withRecords(1, [plain])],
    ["five records in the authority section", withRecords(2, new Array<Buffer>(5).fill(plain))],
    ["five records in the additional section", withRecords(3, new Array<Buffer>(5).fill(plain))],
    ["over 4,096 octets", withRecords(3, [record(".", 10, 1, 0, Buffer.alloc(4096 - 29 - 10))])],
    ["64 KiB of records", flood()],
  ])("%s is FORMERR over UDP and TCP, though it could be read", async (_what, message) => {
    const { port, server } = await start();
    expect(decode(await askUdpRaw(message.subarray(0, 65_000), port)).rcode).toBe(1);
    const client = new TcpClient(port);
    expect((await client.send(message).next()).rcode).toBe(1);
    client.close();
    expect(server.stats().malformed).toBe(2);
  });

  test.each([
    ["four records in the authority section", withRecords(2, new Array<Buffer>(4).fill(plain))],
    ["four records in the additional section", withRecords(3, new Array<Buffer>(4).fill(plain))],
    ["4,096 octets", withRecords(3, [record(".", 10, 1, 0, Buffer.alloc(4096 - 29 - 11))])],
  ])("%s is answered", async (_what, message) => {
    const { port } = await start();
    expect(decode(await askUdpRaw(message, port)).answers).toEqual(["rpz.example SOA 5"]);
  });

  test("a NOTIFY has its SOA in the answer section and is NOTIMP, with an OPT where it has one", async () => {
    const { port } = await start();
    const notify = Buffer.concat([
      query({ name: apex, type: qtype.SOA, flags: 0x2000 }),
      record(apex, 6, 1, 0, Buffer.alloc(22)),
      record(".", 41, 1232, 0, Buffer.alloc(0)),
    ]);
    notify.writeUInt16BE(1, 6);
    notify.writeUInt16BE(1, 10);
    const answer = decode(await askUdpRaw(notify, port));
    expect([answer.rcode, answer.packet.additionals?.length]).toEqual([4, 1]);
  });

  test("an UPDATE of any size is NOTIMP", async () => {
    const { port } = await start();
    const update = withRecords(2, new Array<Buffer>(300).fill(plain), qtype.SOA, 5 << 11);
    expect(decode(await askUdpRaw(update, port)).rcode).toBe(4);
  });
});

/** The request with a count of how many of its octets were looked at one by one. */
function counted(message: Buffer): { bytes: Uint8Array; reads: () => number } {
  let reads = 0;
  const bytes = new Proxy(new Uint8Array(message), {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) reads += 1;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
  return { bytes, reads: () => reads };
}

describe("what a stranger's message costs", () => {
  const stranger: Client = { address: "192.0.2.1", port: 53, transport: "tcp" };

  function readsOf(message: Buffer): number {
    const clock = new FixedClock(now * 1000);
    const dispatcher = new Dispatcher({
      source: sourceOf(zone()),
      keyring: new TsigKeyring(keys),
      clock,
      logger: silentLogger,
      quietLog: new QuietLog(silentLogger, clock),
      counters: newCounters(),
      fullTransfers: new FullTransfers(new MemoryTransferLog()),
      limits: defaultLimits,
    });
    const { bytes, reads } = counted(message);
    dispatcher.answer(bytes, stranger);
    return reads();
  }

  /** A name of 127 labels, and then records whose owners reach it by the longest way that is allowed. */
  function ladder(): Buffer {
    const name = Buffer.concat([Buffer.from("0161".repeat(126), "hex"), Buffer.from([0])]);
    const question = Buffer.concat([Buffer.from("123400000001000000040004", "hex"), name, Buffer.from([0, 6, 0, 1])]);
    const rungs = Array.from({ length: 125 }, (_, i) => {
      const target = i === 0 ? 12 : question.length + 11 + 2 * (i - 1);
      return Buffer.from([0xc0 | (target >> 8), target & 0xff]);
    });
    const first = record(".", 10, 1, 0, Buffer.concat(rungs));
    const top = question.length + 11 + 2 * 124;
    const owner = Buffer.from([0xc0 | (top >> 8), top & 0xff]);
    const rest = Buffer.concat([owner, Buffer.from([0, 10, 0, 1, 0, 0, 0, 0, 0, 0])]);
    return Buffer.concat([question, first, ...new Array<Buffer>(7).fill(rest)]);
  }

  test("is its header and question, where it is over the bounds", () => {
    const asked = query({ name: apex, type: qtype.SOA });
    expect(readsOf(flood())).toBeLessThanOrEqual(4 * asked.length);
    expect(readsOf(flood(qtype.IXFR))).toBeLessThanOrEqual(4 * asked.length);
  });

  test("is a few thousand octets looked at, however it is made", () => {
    const made = ladder();
    expect(made.length).toBeLessThan(4096);
    // Seven owners of 127 labels behind 125 pointers each: the walk reads every one of them.
    expect(readsOf(made)).toBeGreaterThan(3000);
    expect(readsOf(made)).toBeLessThan(8000);
  });
});

describe("FORMERR", () => {
  const without = (type: number): Buffer => query({ name: apex, type, edns: 1232, dnssecOk: true });

  test("has the OPT that could be read", async () => {
    const { port } = await start();
    const answer = decode(await askUdpRaw(without(qtype.IXFR), port));
    expect(answer.rcode).toBe(1);
    expect(answer.packet.additionals).toMatchObject([{ type: "OPT", flag_do: true }]);
    const misplaced = sign(sign(without(qtype.SOA), signed).message, signed).message;
    expect(decode(await askUdpRaw(misplaced, port)).packet.additionals?.map(({ type }) => type)).toEqual(["OPT"]);
  });

  test("is signed where the request was validly signed", async () => {
    const { port } = await start();
    const request = sign(without(qtype.IXFR), signed);
    const answer = decode(await askUdpRaw(request.message, port));
    expect([answer.rcode, answer.packet.additionals?.map(({ type }) => type)]).toEqual([1, ["OPT", "TSIG"]]);
    const tsig = takeTsig(answer.raw, signed);
    expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, signed, true));
  });

  test("has neither where nothing behind the question could be read", async () => {
    const { port } = await start();
    const cut = without(qtype.SOA).subarray(0, -1);
    expect(decode(await askUdpRaw(cut, port)).counts).toEqual([1, 0, 0, 0]);
  });
});
