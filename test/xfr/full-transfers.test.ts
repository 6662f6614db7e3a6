/** Who gets the full zone instead of differences, and until when. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareSerials, type Serial, serial } from "../../src/dns/serial.ts";
import { type FullTransferLog, FullTransfers, MemoryTransferLog } from "../../src/xfr/full-transfers.ts";
import { answersOf, askTcp, askUdp, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, manyRules, nxdomain, type Rules, sourceOf } from "./memory-zone.ts";
import { serve, until } from "./serve.ts";
import { sign } from "./tsig-client.ts";

const apex = "rpz.example";
const base = manyRules(3000);
const next: Rules = { ...base, "added.example": [nxdomain] };
const zone = (): MemoryZone => new MemoryZone(apex).publish(1, base).publish(2, next);
const ixfr = (from: number) => ({ name: apex, type: qtype.IXFR, serial: from });

/** How a client that has `from` is answered. */
async function answerTo(port: number, from: number): Promise<"full" | "differences" | "current"> {
  const { answers } = await askTcp(ixfr(from), port);
  if (answers.length === 1) return "current";
  return answers[1]?.includes(" SOA ") ? "differences" : "full";
}

async function transfer(port: number): Promise<void> {
  const client = new TcpClient(port);
  await client.ask({ name: apex, type: qtype.AXFR }).transfer();
  client.close();
}

/** Takes the first message of a zone that the kernels' buffers do not take, and resets the connection. */
async function cutTransfer(port: number): Promise<void> {
  const client = new TcpClient(port).ask({ name: apex, type: qtype.AXFR });
  await client.next();
  client.socket.resetAndDestroy();
}

const heavy = (): MemoryZone => {
  const big = heavyRules(2500);
  return new MemoryZone(apex).publish(1, big).publish(2, { ...big, "added.example": [nxdomain] });
};

describe("a client that was sent a full zone", () => {
  test("gets it again for every older serial that it says it has, and differences once it has shown the new one", async () => {
    const served = zone();
    const { port } = await serve(sourceOf(served));
    expect(await answerTo(port, 1)).toBe("differences");
    await transfer(port);
    expect(await answerTo(port, 1)).toBe("full");
    expect(await answerTo(port, 1)).toBe("full");
    expect(await answerTo(port, 2)).toBe("current");
    expect(await answerTo(port, 1)).toBe("differences");
    await transfer(port);
    served.publish(3, base);
    expect(await answerTo(port, 2)).toBe("differences");
  });

  test("that was cut is owed it even where it shows that serial: it had it before", async () => {
    const served = heavy();
    const { port, server } = await serve(sourceOf(served));
    await cutTransfer(port);
    await until(() => server.stats().transfers.cut === 1);
    expect(await answerTo(port, 2)).toBe("current");
    served.publish(3, heavyRules(2500));
    expect(await answerTo(port, 2)).toBe("full");
    // That answer was cut as well, after its first message; this one is not.
    await until(() => server.stats().transfers.cut === 2);
    await transfer(port);
    expect(await answerTo(port, 2)).toBe("full");
    await until(() => server.stats().transfers.running === 0);
    await transfer(port);
    expect(await answerTo(port, 3)).toBe("current");
    expect(await answerTo(port, 2)).toBe("differences");
  });

  test("clears nothing by UDP, where its address may be forged", async () => {
    const { port } = await serve(sourceOf(zone()));
    await transfer(port);
    expect((await askUdp(ixfr(2), port)).answers).toEqual([`${apex} SOA 2`]);
    expect((await askUdp(ixfr(1), port)).answers).toEqual([`${apex} SOA 2`]);
    expect(await answerTo(port, 1)).toBe("full");
  });

  test("is one of its address, key and zone", async () => {
    const key = { name: "k", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 1), time: 1_700_000_000 } as const;
    const other = new MemoryZone("other.example").publish(1, base).publish(2, next);
    const { port } = await serve(sourceOf(zone(), other), { keys: [key] });
    await transfer(port);
    const client = new TcpClient(port).send(sign(query(ixfr(1)), key).message);
    expect((await client.next()).answers[1]).toBe(`${apex} SOA 1`);
    client.close();
    expect((await askTcp({ ...ixfr(1), name: "other.example" }, port)).answers[1]).toBe("other.example SOA 1");
    expect(await answerTo(port, 1)).toBe("full");
  });
});

test("the record is made before the first octet is written, and stands for the server that comes next", async () => {
  const log = new MemoryTransferLog();
  let isSafe = (): void => {};
  const puts: unknown[] = [];
  const slow: FullTransferLog = {
    find: (...of) => log.find(...of),
    delete: (...of) => log.delete(...of),
    put: async (...of) => {
      puts.push(of);
      await log.put(...of);
      if (puts.length === 1) await new Promise<void>((resolve) => (isSafe = resolve));
    },
  };
  const source = sourceOf(zone());
  const { port, server } = await serve(source, { fullTransferLog: slow });
  const client = new TcpClient(port).ask({ name: apex, type: qtype.AXFR });
  await until(() => puts.length === 1);
  expect(puts).toEqual([["rpz.example.", { address: "127.0.0.1", key: "" }, { serial: 2, isComplete: false }]]);
  expect(server.stats().octets.tcp).toBe(0);
  expect(client.socket.bytesRead).toBe(0);
  const second = await serve(source, { fullTransferLog: log });
  expect(await answerTo(second.port, 1)).toBe("full");
  isSafe();
  expect(answersOf(await client.transfer())).toHaveLength(3004);
  client.close();
});

test("an answer that is no full zone leaves no record", async () => {
  const puts: unknown[] = [];
  const log: FullTransferLog = {
    find: () => undefined,
    delete() {},
    put: (...of) => Promise.resolve(void puts.push(of)),
  };
  const closed = new MemoryZone("closed.example", []).publish(1, base);
  const { port } = await serve(sourceOf(zone(), closed), { fullTransferLog: log });
  await answerTo(port, 1);
  await answerTo(port, 2);
  await askTcp({ name: "closed.example", type: qtype.AXFR }, port);
  await askTcp({ name: "unknown.example", type: qtype.AXFR }, port);
  expect(puts).toEqual([]);
});

describe("the record", () => {
  const client = { address: "192.0.2.1", key: "" };
  const serials = fc.integer({ min: 0, max: 0xffff_ffff }).map(serial);
  const shortly = (start: Serial, by: number): Serial => serial((start + by) >>> 0);

  test("stands for exactly the serials that come before it, in the order of RFC 1982", async () => {
    await fc.assert(
      fc.asyncProperty(serials, fc.oneof(serials, fc.constantFrom(-1, 0, 1)), async (sent, had) => {
        const carried = Math.abs(had) <= 1 ? shortly(sent, had) : (had as Serial);
        const transfers = new FullTransfers(new MemoryTransferLog());
        await transfers.begin(apex, client, sent);
        expect(transfers.isOwed(apex, client, carried, true)).toBe(true);
        transfers.end(apex, client, sent, true);
        const order = compareSerials(carried, sent);
        const arrived = order === 0 || order === 1;
        expect(transfers.isOwed(apex, client, carried, true)).toBe(!arrived);
        // Once it has shown that it has it, an older serial says nothing any more.
        expect(transfers.isOwed(apex, client, shortly(sent, -1), true)).toBe(!arrived);
      }),
    );
  });

  test("in memory is bounded, and the oldest goes first", async () => {
    const log = new MemoryTransferLog();
    const record = { serial: serial(1), isComplete: true };
    const nth = (i: number) => ({ address: `2001:db8::${i.toString(16)}`, key: "" });
    for (let i = 0; i < 65_537; i++) await log.put(apex, nth(i), record);
    expect([0, 1, 65_536].map((i) => log.find(apex, nth(i)) !== undefined)).toEqual([false, true, true]);
  });
});
