import { describe, expect, onTestFinished, test } from "vitest";
import type { TsigKey } from "../../src/dns/tsig.ts";
import { answersOf, askTcp, framed, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve, until } from "./serve.ts";
import { sign } from "./tsig-client.ts";

const apex = "rpz.example";
const now = 1_700_000_000;
const secret = Buffer.from("a secret of some thirty-two octets");
const keys: TsigKey[] = [{ name: "isp-a", algorithm: "hmac-sha256", secret }];
const signed = { name: "isp-a", algorithm: "hmac-sha256", secret, time: now };
const soa = { name: apex, type: qtype.SOA };
const clock = (): FixedClock => new FixedClock(now * 1000);
/** 127.0.0.1 is known, all other addresses are strangers'. */
const zone = (): MemoryZone =>
  new MemoryZone(apex, [{ address: "127.0.0.1" }]).publish(5, { "bad.example": [nxdomain] });

function connected(port: number, from?: string): TcpClient {
  const client = new TcpClient(port, "127.0.0.1", from);
  onTestFinished(() => client.close());
  return client;
}

describe("a refusal is the last answer of its connection", () => {
  test.each([
    ["REFUSED", 5, query({ name: "other.example", type: qtype.SOA })],
    ["NOTAUTH for no zone of ours", 9, query({ name: "other.example", type: qtype.AXFR })],
    ["NOTAUTH for a signature", 9, sign(query(soa), { ...signed, name: "nobody" }).message],
  ])("%s", async (_what, code, refused) => {
    const { port, server } = await serve(sourceOf(zone()), { keys, clock: clock() });
    const client = connected(port);
    client.send(query(soa), refused, query(soa));
    expect([(await client.next()).rcode, (await client.next()).rcode]).toEqual([0, code]);
    expect(await client.nextRaw()).toBeUndefined();
    client.socket.end();
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().queries.soa).toBeLessThan(3);
  });

  test("a client that does not close its side is cut off soon", async () => {
    const { port, server } = await serve(sourceOf(zone()), { limits: { closeTimeoutMs: 30 } });
    const client = connected(port);
    client.ask({ name: "other.example", type: qtype.SOA });
    expect((await client.next()).rcode).toBe(5);
    await until(() => server.stats().connections.open === 0);
  });

  test.each([
    ["FORMERR", 1, query({ name: apex, type: qtype.IXFR })],
    ["NXDOMAIN", 3, query({ name: `good.${apex}`, type: qtype.A })],
    ["NOTIMP", 4, query({ ...soa, flags: 5 << 11 })],
  ])("a known client's connection stays open after %s", async (_what, code, message) => {
    const { port } = await serve(sourceOf(zone()));
    const client = connected(port);
    client.send(message, query(soa));
    expect([(await client.next()).rcode, (await client.next()).rcode]).toEqual([code, 0]);
  });
});

describe("a stranger's connection", () => {
  test.each([
    ["FORMERR", 1, query(soa).subarray(0, -1)],
    ["NOTIMP", 4, query({ ...soa, flags: 5 << 11 })],
    ["REFUSED", 5, query(soa)],
  ])("ends with its first answer, be it %s", async (_what, code, message) => {
    const { port } = await serve(sourceOf(zone()));
    const client = connected(port, "127.0.0.2");
    client.send(message, query(soa));
    expect((await client.next()).rcode).toBe(code);
    expect(await client.nextRaw()).toBeUndefined();
  });

  test("ends without an answer where it sends no query", async () => {
    const { port, server } = await serve(sourceOf(zone()));
    const client = connected(port, "127.0.0.2");
    client.send(Buffer.from("no query"));
    expect(await client.nextRaw()).toBeUndefined();
    expect(server.stats().dropped).toBe(1);
  });

  test("stays open where its first query is validly signed by a key that the zone allows", async () => {
    const keyed = zone();
    keyed.acl = [{ key: "isp-a" }];
    const { port } = await serve(sourceOf(keyed), { keys, clock: clock() });
    const client = connected(port, "127.0.0.2");
    for (let id = 1; id < 4; id++) {
      client.send(sign(query({ ...soa, id }), signed).message);
      expect((await client.next()).answers).toEqual(["rpz.example SOA 5"]);
    }
  });

  test("holds one request at most, whatever length it announces", async () => {
    const { port, server } = await serve(sourceOf(zone()));
    const client = connected(port, "127.0.0.2");
    client.socket.write(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(60_000)]));
    await until(() => server.stats().connections.waitingBytes > 0);
    expect(server.stats().connections.waitingBytes).toBeLessThanOrEqual(4097);
    client.close();
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().connections.waitingBytes).toBe(0);
  });
});

describe("octets that wait behind a transfer", () => {
  /** Clients whose transfer stands still, since they do not read, and that send queries for as long as they are read from. */
  function floods(port: number, count: number, bytes: number): TcpClient[] {
    return Array.from({ length: count }, () => {
      const client = connected(port);
      client.socket.pause();
      client.ask({ name: apex, type: qtype.AXFR });
      const many = Buffer.concat(new Array<Buffer>(100).fill(framed(query(soa))));
      for (let sent = 0; sent < bytes; sent += many.length) client.socket.write(many);
      return client;
    });
  }
  const heavy = (): MemoryZone => zone().publish(6, heavyRules(2500));
  /** One read may come on top, as large as libuv makes it. */
  const readBytes = 65_536 + 256;

  test("are bounded on each connection, and all of it is answered in the end", async () => {
    const { port, server } = await serve(sourceOf(heavy()), { limits: { waitingBytesPerConnectionMax: 20_000 } });
    const [client] = floods(port, 1, 500_000) as [TcpClient];
    await until(() => server.stats().connections.waitingBytes >= 20_000);
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(server.stats().connections.waitingBytes).toBeLessThan(20_000 + readBytes);
    client.socket.resume();
    expect(answersOf(await client.transfer())).toHaveLength(2503);
    const queries = Math.ceil(500_000 / (100 * framed(query(soa)).length)) * 100;
    for (let i = 0; i < queries; i++) expect((await client.next()).answers).toHaveLength(1);
    expect(server.stats().connections.waitingBytes).toBe(0);
  });

  test("are bounded over all connections", async () => {
    const { port, server } = await serve(sourceOf(heavy()), { limits: { waitingBytesMax: 200_000 } });
    const clients = floods(port, 8, 1_000_000);
    await until(() => server.stats().connections.waitingBytes >= 200_000);
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(server.stats().connections.waitingBytes).toBeLessThan(200_000 + clients.length * readBytes);
    for (const client of clients) client.close();
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().connections.waitingBytes).toBe(0);
  });
});

test("300 strangers that only hold connections leave known clients their places", async () => {
  const { port, server } = await serve(sourceOf(zone()));
  const strangers = Array.from({ length: 300 }, (_, i) => connected(port, `127.0.1.${1 + (i % 250)}`));
  await until(() => server.stats().connections.accepted === 300);
  expect(server.stats().connections).toMatchObject({ open: 192, evicted: 108, overLimit: 0 });
  const known: TcpClient[] = [];
  for (let i = 0; i < 10; i++) {
    const client = connected(port);
    expect((await client.ask(soa).next()).rcode).toBe(0);
    known.push(client);
  }
  // The first comers have made room; the known clients have not.
  await Promise.all(strangers.slice(0, 100).map((client) => client.closed()));
  for (const client of known) expect((await client.ask(soa).next()).rcode).toBe(0);
  expect((await askTcp(soa, port)).rcode).toBe(0);
});
