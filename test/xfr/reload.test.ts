import { describe, expect, onTestFinished, test } from "vitest";
import { OperatorError } from "../../src/base/errors.ts";
import type { TsigKey } from "../../src/dns/tsig.ts";
import { answersOf, askTcp, askUdp, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve, until } from "./serve.ts";
import { expectedMac, sign, takeTsig } from "./tsig-client.ts";

const apex = "rpz.example";
const now = 1_700_000_000;
const keyOf = (fill: number): TsigKey => ({ name: "isp-a", algorithm: "hmac-sha256", secret: Buffer.alloc(32, fill) });
const signedBy = ({ secret }: TsigKey) => ({ name: "isp-a", algorithm: "hmac-sha256", secret, time: now });
const soa = { name: apex, type: qtype.SOA };
const axfr = { name: apex, type: qtype.AXFR };
const small = (): MemoryZone => new MemoryZone(apex).publish(5, { "bad.example": [nxdomain] });

function connected(port: number): TcpClient {
  const client = new TcpClient(port);
  onTestFinished(() => client.close());
  return client;
}

test("connections stay open and counters go on over other keys and limits", async () => {
  const { port, server } = await serve(sourceOf(small()), { keys: [keyOf(1)], clock: new FixedClock(now * 1000) });
  const client = connected(port);
  client.send(sign(query(soa), signedBy(keyOf(1))).message);
  expect((await client.next()).rcode).toBe(0);
  server.configure({ keys: [keyOf(2)], limits: { connectionsMax: 1 } });
  client.send(sign(query(soa), signedBy(keyOf(2))).message);
  expect((await client.next()).rcode).toBe(0);
  client.send(sign(query(soa), signedBy(keyOf(1))).message);
  expect((await client.next()).rcode).toBe(9);
  expect(server.stats()).toMatchObject({ queries: { soa: 2 }, notAuth: 1, connections: { accepted: 1 } });
});

test("a transfer that runs goes on, signed with the key that it was asked for with", async () => {
  const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
  const { port, server } = await serve(sourceOf(zone), { keys: [keyOf(1)], clock: new FixedClock(now * 1000) });
  const client = connected(port);
  const request = sign(query(axfr), signedBy(keyOf(1)));
  client.socket.pause();
  client.send(request.message);
  await until(() => server.stats().transfers.running === 1);
  server.configure({ keys: [] });
  client.socket.resume();
  const messages = await client.transfer();
  let prior = request.mac;
  for (const [i, { raw }] of messages.entries()) {
    const tsig = takeTsig(raw, signedBy(keyOf(1)));
    expect(tsig.mac).toEqual(expectedMac(tsig, prior, signedBy(keyOf(1)), i === 0));
    prior = tsig.mac;
  }
  expect(answersOf(messages)).toHaveLength(2503);
});

describe("a transfer that waits for a place while its key changes", () => {
  /** A connection whose signed request waits, and a way to let it have its place. */
  async function waiting() {
    const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
    zone.acl = [{ address: "127.0.0.1/32" }];
    const clock = new FixedClock(now * 1000);
    const serving = await serve(sourceOf(zone), { keys: [keyOf(1)], clock, limits: { transfersMax: 1 } });
    const slow = connected(serving.port);
    slow.socket.pause();
    slow.ask(axfr);
    await until(() => serving.server.stats().transfers.running === 1);
    const client = connected(serving.port);
    client.send(sign(query(axfr), signedBy(keyOf(1))).message);
    await until(() => serving.server.stats().transfers.waiting === 1);
    return { ...serving, clock, client, letIn: () => slow.close() };
  }

  test.each([
    ["that is gone is NOTAUTH with BADKEY", [], 17],
    ["of another algorithm is NOTAUTH with BADKEY", [{ ...keyOf(1), algorithm: "hmac-sha512" as const }], 17],
    ["with another secret is NOTAUTH with BADSIG", [keyOf(2)], 16],
  ])("%s, and not signed", async (_what, keys, error) => {
    const { server, client, letIn } = await waiting();
    server.configure({ keys, limits: { transfersMax: 1 } });
    letIn();
    const answer = await client.next();
    const tsig = takeTsig(answer.raw, signedBy(keyOf(1)));
    expect([answer.rcode, answer.answers, tsig.error, tsig.mac.length]).toEqual([9, [], error, 0]);
    await client.closed();
    expect(server.stats()).toMatchObject({ notAuth: 1, transfers: { completed: 0 } });
  });

  test("read again with the same secret is sent, however long it waited", async () => {
    const { server, clock, client, letIn } = await waiting();
    server.configure({ keys: [keyOf(1)], limits: { transfersMax: 1 } });
    clock.ms += 3_600_000;
    letIn();
    expect(answersOf(await client.transfer())).toHaveLength(2503);
  });

  test("is refused without a signature where no place becomes free either", async () => {
    const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
    const limits = { transfersMax: 1, transferWaitMs: 100 };
    const { port, server } = await serve(sourceOf(zone), {
      keys: [keyOf(1)],
      clock: new FixedClock(now * 1000),
      limits,
    });
    const [slow, client] = [connected(port), connected(port)];
    slow.socket.pause();
    slow.ask(axfr);
    await until(() => server.stats().transfers.running === 1);
    client.send(sign(query(axfr), signedBy(keyOf(1))).message);
    await until(() => server.stats().transfers.waiting === 1);
    server.configure({ keys: [], limits });
    const answer = await client.next();
    expect([answer.rcode, takeTsig(answer.raw, signedBy(keyOf(1))).mac.length]).toEqual([9, 0]);
  });
});

test("transfers that wait start where the limit is raised, and limits that are no longer named are the usual ones", async () => {
  const zone = new MemoryZone(apex).publish(5, heavyRules(2500));
  const { port, server } = await serve(sourceOf(zone), { limits: { transfersMax: 1, connectionsPerClientMax: 3 } });
  const clients = [1, 2, 3].map(() => connected(port));
  for (const client of clients) {
    client.socket.pause();
    client.ask(axfr);
  }
  await until(() => server.stats().transfers.waiting === 2);
  server.configure({ keys: [], limits: { transfersMax: 2 } });
  expect(server.stats().transfers).toMatchObject({ running: 2, waiting: 1 });
  expect((await askTcp(soa, port)).rcode).toBe(0);
});

test("a stop after a reload ends within the drain that the reload set", async () => {
  const zone = new MemoryZone(apex).publish(5, heavyRules(4000));
  const { port, server } = await serve(sourceOf(zone), { limits: { drainTimeoutMs: 3_600_000 } });
  const client = connected(port);
  client.socket.pause();
  client.ask(axfr);
  await until(() => server.stats().transfers.running === 1);
  server.configure({ keys: [], limits: { drainTimeoutMs: 30 } });
  await server.stop();
  expect(server.stats().transfers).toMatchObject({ running: 0, cut: 1 });
});

test("of changed addresses, only those that differ are opened and closed", async () => {
  const { port, server } = await serve(sourceOf(small()));
  const client = connected(port);
  expect((await client.ask(soa).next()).rcode).toBe(0);
  const first = { address: "127.0.0.1", port: 0 };
  const [same, added] = await server.listen([first, { address: "127.0.0.2", port: 0 }]);
  expect(same).toEqual({ address: "127.0.0.1", port });
  expect((await askUdp(soa, added?.port ?? 0, "127.0.0.2")).rcode).toBe(0);
  expect((await client.ask(soa).next()).rcode).toBe(0);
  await server.listen([{ address: "127.0.0.2", port: 0 }]);
  await connected(port).closed();
  // What was accepted there is still served.
  expect((await client.ask(soa).next()).rcode).toBe(0);
});

test("an address and the one that stands for all of its family take over from each other on one port", async () => {
  const { port, server } = await serve(sourceOf(small()));
  for (const address of ["0.0.0.0", "127.0.0.1", "0.0.0.0"]) {
    expect(await server.listen([{ address, port }])).toEqual([{ address, port }]);
    expect((await askUdp(soa, port)).rcode).toBe(0);
    expect((await askTcp(soa, port)).rcode).toBe(0);
  }
});

test("addresses that cannot be listened on leave those in force as they were", async () => {
  const { port, server } = await serve(sourceOf(small()));
  const wanted = [
    { address: "0.0.0.0", port },
    { address: "192.0.2.1", port: 0 },
  ];
  await expect(server.listen(wanted)).rejects.toBeInstanceOf(OperatorError);
  expect((await askUdp(soa, port)).rcode).toBe(0);
  expect((await askTcp(soa, port)).rcode).toBe(0);
  expect(await server.listen([{ address: "127.0.0.1", port: 0 }])).toEqual([{ address: "127.0.0.1", port }]);
});
