import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, test } from "vitest";
import { OperatorError } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/logger.ts";
import type { Limits } from "../../src/xfr/limits.ts";
import { createServer } from "../../src/xfr/server.ts";
import { answersOf, askTcp, askUdp, framed, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, manyRules, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve, until } from "./serve.ts";

const apex = "rpz.example";
const soa = { name: apex, type: qtype.SOA };
const small = (): MemoryZone => new MemoryZone(apex).publish(5, { "bad.example": [nxdomain] });

/** Whether the connection has not been ended: a query on it is answered. */
async function answers(client: TcpClient): Promise<boolean> {
  return (await client.ask(soa).nextMessage())?.rcode === 0;
}

describe("TCP (RFC 7766)", () => {
  test("the length octets and the message may arrive one octet at a time", async () => {
    const { port } = await serve(sourceOf(small()));
    const client = new TcpClient(port);
    for (const octet of framed(query(soa))) {
      await new Promise<void>((resolve) => void client.socket.write(Uint8Array.of(octet), () => resolve()));
    }
    expect((await client.next()).answers).toEqual(["rpz.example SOA 5"]);
    client.close();
  });

  test("6.2.1.1: queries are pipelined, and all are answered", async () => {
    const { port } = await serve(sourceOf(small()));
    const client = new TcpClient(port);
    const ids = Array.from({ length: 500 }, (_, i) => i + 1);
    client.ask(...ids.map((id) => ({ ...soa, id })));
    const seen: number[] = [];
    while (seen.length < ids.length) seen.push((await client.next()).id);
    expect(seen).toEqual(ids);
    client.close();
  });

  test("more queries than may wait behind a transfer are all answered in the end", async () => {
    const zone = new MemoryZone(apex).publish(5, manyRules(3000));
    const limits = { pipelinedQueriesMax: 4, waitingBytesPerConnectionMax: 500 };
    const { port } = await serve(sourceOf(zone), { limits });
    const client = new TcpClient(port);
    client.ask({ name: apex, type: qtype.AXFR });
    for (let id = 1; id <= 50; id++) client.ask({ ...soa, id });
    expect(answersOf(await client.transfer())).toHaveLength(3003);
    for (let id = 1; id <= 50; id++) expect((await client.next()).id).toBe(id);
    client.close();
  });

  test("a client that sends its FIN right behind its query still gets its answer", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(5, manyRules(3000))));
    const client = new TcpClient(port);
    client.socket.end(Buffer.concat([framed(query({ name: apex, type: qtype.AXFR })), framed(query(soa))]));
    expect(answersOf(await client.transfer())).toHaveLength(3003);
    expect((await client.next()).answers).toHaveLength(1);
    expect(await client.nextRaw()).toBeUndefined();
  });

  test("RFC 5936 2.3: the connection stays open after a transfer", async () => {
    const { port } = await serve(sourceOf(small()));
    const client = new TcpClient(port);
    await client.ask({ name: apex, type: qtype.AXFR }).transfer();
    expect(await answers(client)).toBe(true);
    client.close();
  });

  test("6.2.3: an idle connection is closed, neither octets nor empty messages keep it open", async () => {
    const { port, server } = await serve(sourceOf(small()), { limits: { idleTimeoutMs: 30 } });
    const client = new TcpClient(port);
    const dripping = setInterval(() => client.socket.write(Uint8Array.of(0)), 10);
    await client.closed();
    clearInterval(dripping);
    expect(server.stats().connections.accepted).toBe(1);
  });

  test("a client that stops reading is cut off after the stall limit, having cost no more than its batch", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(4000));
    const { port, server } = await serve(sourceOf(zone), { limits: { stallTimeoutMs: 100 } });
    const client = new TcpClient(port);
    client.socket.pause();
    client.ask({ name: apex, type: qtype.AXFR });
    await once(client.socket, "connect");
    await until(() => server.stats().transfers.cut > 0);
    // The zone is 2,000 messages of 16 KiB. The kernels take some 4 MB of them, wherever their limits are the usual ones.
    expect(zone.reads.messages).toBeLessThan(1000);
    expect(server.stats().transfers).toMatchObject({ running: 0, completed: 0, cut: 1 });
    client.close();
  });

  test("a transfer that takes longer than it may in all is cut off", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(4000));
    const { port, server } = await serve(sourceOf(zone), { limits: { transferTimeoutMs: 50 } });
    const client = new TcpClient(port);
    client.socket.pause();
    client.ask({ name: apex, type: qtype.AXFR });
    await until(() => server.stats().transfers.cut > 0);
    expect(server.stats().transfers).toMatchObject({ running: 0, completed: 0, cut: 1 });
    client.close();
  });

  test("a client that does not read its answers is not read from either, and cut off", async () => {
    const { port, server } = await serve(sourceOf(small()), { limits: { stallTimeoutMs: 100 } });
    const client = new TcpClient(port);
    client.socket.pause();
    const many = Buffer.concat(Array.from({ length: 1000 }, () => framed(query(soa))));
    const gone = new Promise((resolve) => client.socket.once("close", resolve));
    const flood = (): void => {
      while (!client.socket.destroyed && client.socket.write(many));
    };
    client.socket.on("drain", flood);
    flood();
    // A paused socket learns of the end by writing.
    await gone;
    await until(() => server.stats().connections.open === 0);
    // Their answers are some 85 octets each, of which the kernels take about 4 MB: 50,000.
    expect(server.stats().queries.soa).toBeLessThan(200_000);
  });
});

describe("limits", () => {
  test("of one client's connections beyond its limit, the one that is idle longest is closed", async () => {
    const { port, server } = await serve(sourceOf(small()), { limits: { connectionsPerClientMax: 3 } });
    const clients = [1, 2, 3].map(() => new TcpClient(port));
    for (const client of clients) expect(await answers(client)).toBe(true);
    const [first, second] = clients as [TcpClient, TcpClient];
    expect(await answers(first)).toBe(true);
    const fourth = new TcpClient(port);
    expect(await answers(fourth)).toBe(true);
    await second.closed();
    expect(server.stats().connections).toMatchObject({ open: 3, accepted: 4, evicted: 1, overLimit: 0 });
    for (const client of [...clients, fourth]) client.close();
  });

  test("where all connections are at work, a further one is closed at once, and later has a place again", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
    const { port, server } = await serve(sourceOf(zone), { limits: { connectionsMax: 1 } });
    const first = new TcpClient(port);
    first.socket.pause();
    first.ask({ name: apex, type: qtype.AXFR });
    await until(() => server.stats().transfers.running === 1);
    await new TcpClient(port).closed();
    expect(server.stats().connections).toMatchObject({ open: 1, accepted: 1, evicted: 0, overLimit: 1 });
    first.close();
    await until(() => server.stats().connections.open === 0);
    expect((await askTcp(soa, port)).rcode).toBe(0);
  });

  test("transfers beyond the limit wait for a place and then come whole", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
    const { port, server } = await serve(sourceOf(zone), { limits: { transfersMax: 2 } });
    const clients = [1, 2, 3, 4].map(() => new TcpClient(port));
    for (const client of clients) {
      client.socket.pause();
      client.ask({ name: apex, type: qtype.AXFR });
    }
    await until(() => server.stats().transfers.waiting === 2);
    expect(server.stats().transfers.running).toBe(2);
    for (const client of clients) client.socket.resume();
    for (const client of clients) expect(answersOf(await client.transfer())).toHaveLength(2503);
    expect(server.stats().transfers).toMatchObject({ completed: 4, cut: 0, waiting: 0 });
    for (const client of clients) client.close();
  });

  /** Fills the one place there is with a client that takes nothing for now. */
  async function servingOneSlow(limits: Partial<Limits>, zone = new MemoryZone(apex).publish(5, heavyRules(2500))) {
    const serving = await serve(sourceOf(zone), { limits: { transfersMax: 1, ...limits } });
    const slow = new TcpClient(serving.port);
    slow.socket.pause();
    slow.ask({ name: apex, type: qtype.AXFR });
    await until(() => serving.server.stats().transfers.running === 1);
    return { ...serving, slow, zone };
  }

  test("a transfer that waits too long for a place is answered SERVFAIL, and the connection goes on", async () => {
    const { port, server, slow } = await servingOneSlow({ transferWaitMs: 30 });
    const client = new TcpClient(port);
    expect((await client.ask({ name: apex, type: qtype.AXFR }).next()).rcode).toBe(2);
    expect(await answers(client)).toBe(true);
    expect(server.stats()).toMatchObject({ failed: 1, transfers: { running: 1, waiting: 0 } });
    client.close();
    slow.close();
  });

  test("a client that gave up waiting holds no place", async () => {
    const { port, server, slow } = await servingOneSlow({});
    const gone = new TcpClient(port).ask({ name: apex, type: qtype.AXFR });
    await until(() => server.stats().transfers.waiting === 1);
    const next = new TcpClient(port).ask({ name: apex, type: qtype.AXFR });
    await until(() => server.stats().transfers.waiting === 2);
    gone.socket.resetAndDestroy();
    await until(() => server.stats().transfers.waiting === 1);
    slow.socket.resume();
    expect(answersOf(await next.transfer())).toHaveLength(2503);
    expect(server.stats().transfers).toMatchObject({ running: 0, waiting: 0 });
    next.close();
    slow.close();
  });

  test("the version to send is chosen when there is a place for it", async () => {
    const { port, server, slow, zone } = await servingOneSlow({});
    const waiting = new TcpClient(port).ask({ name: apex, type: qtype.IXFR, serial: 5 });
    expect((await waiting.next()).answers).toEqual([`${apex} SOA 5`]);
    waiting.ask({ name: apex, type: qtype.AXFR });
    const refused = new TcpClient(port).ask({ name: apex, type: qtype.IXFR, serial: 1 });
    await until(() => server.stats().transfers.waiting === 2);
    zone.publish(6, { "only.example": [nxdomain] });
    slow.socket.resume();
    expect(answersOf(await waiting.transfer()).slice(2)).toEqual([`only.example.${apex} 300 CNAME .`, `${apex} SOA 6`]);
    expect((await refused.next()).answers[0]).toBe(`${apex} SOA 6`);
    for (const client of [waiting, refused, slow]) client.close();
  });

  test("a client that the access list no longer allows when its turn comes is refused", async () => {
    const { port, server, slow, zone } = await servingOneSlow({});
    const waiting = new TcpClient(port).ask({ name: apex, type: qtype.AXFR });
    await until(() => server.stats().transfers.waiting === 1);
    zone.acl = [];
    slow.socket.resume();
    expect((await waiting.next()).rcode).toBe(5);
    expect(server.stats()).toMatchObject({ refused: 1, failed: 0 });
    waiting.close();
    slow.close();
  });
});

describe("start and stop", () => {
  test("UDP and TCP share the port that the system chose, on each address", async () => {
    const server = createServer({
      listen: [
        { address: "127.0.0.1", port: 0 },
        { address: "::1", port: 0 },
      ],
      source: sourceOf(small()),
      keys: [],
      clock: new FixedClock(0),
      logger: silentLogger,
    });
    const bound = await server.start();
    expect(bound.map(({ address }) => address)).toEqual(["127.0.0.1", "::1"]);
    for (const { address, port } of bound) {
      expect((await askUdp(soa, port, address)).rcode).toBe(0);
      expect((await askTcp(soa, port, address)).rcode).toBe(0);
    }
    await server.stop();
  });

  test("an address in use is an error with a remedy, and leaves nothing open", async () => {
    const blocker = createTcpServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const { port } = blocker.address() as { port: number };
    const listen = [
      { address: "127.0.0.1", port: 0 },
      { address: "127.0.0.1", port },
    ];
    const options = { listen, source: sourceOf(small()), keys: [], clock: new FixedClock(0), logger: silentLogger };
    const thrown: unknown = await createServer(options)
      .start()
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OperatorError);
    const { code, message, remedy } = thrown as OperatorError;
    expect(code).toBe("LISTEN_FAILED");
    expect(message).toContain(`Cannot listen on "127.0.0.1:${port}"`);
    expect(remedy).toContain("server.listen");
    blocker.close();
  });

  test("a stop lets a running transfer come to its end and takes no new connections", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
    const { port, server } = await serve(sourceOf(zone));
    const client = new TcpClient(port);
    client.ask({ name: apex, type: qtype.AXFR });
    await client.next();
    const stopped = server.stop({ drainMs: 30_000 });
    await new TcpClient(port).closed();
    let records = 0;
    for (let message = await client.nextMessage(); message !== undefined; message = await client.nextMessage()) {
      records += message.answers.length;
    }
    expect(records).toBeGreaterThan(2400);
    client.close();
    await stopped;
    expect(server.stats().transfers).toMatchObject({ completed: 1, cut: 0 });
  });

  test("a stop closes idle connections at once and cuts what outlasts the drain", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(4000));
    const { port, server } = await serve(sourceOf(zone));
    const idle = new TcpClient(port);
    expect(await answers(idle)).toBe(true);
    const slow = new TcpClient(port);
    slow.ask({ name: apex, type: qtype.AXFR });
    await slow.next();
    slow.socket.pause();
    await server.stop({ drainMs: 20 });
    await idle.closed();
    slow.close();
    expect(server.stats().connections.open).toBe(0);
    expect(server.stats().transfers.cut).toBe(1);
  });
});
