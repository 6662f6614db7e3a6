import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { TsigKey } from "../../src/dns/tsig.ts";
import type { ServerStats } from "../../src/xfr/stats.ts";
import { askTcp, askUdp, framed, qtype, query, TcpClient } from "./client.ts";
import { randomOf, type Sample, samplesOf } from "./malformed.ts";
import { MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { type Serving, serve, until } from "./serve.ts";

const apex = "rpz.example";
const sentinelId = 0xfeed;
const sentinel = query({ name: apex, type: qtype.SOA, id: sentinelId });
/** Every RCODE that a stranger's octets may lead to; SERVFAIL would be a fault of ours. */
const sensible = [0, 1, 3, 4, 5, 9];

const keys: TsigKey[] = [
  { name: "key-hmac-sha256", algorithm: "hmac-sha256", secret: Buffer.from("a secret of some thirty-two octets") },
];

/** Small enough that every answer, a transfer too, is one message. */
function start(): Promise<Serving> {
  const zone = new MemoryZone(apex)
    .publish(1, { "bad.example": [nxdomain] })
    .publish(4, { "bad.example": [nxdomain], "worse.example": [nxdomain] });
  return serve(sourceOf(zone), { keys });
}

/** Holds the answers to a run of samples, sent in order, against what they are due. */
function check(samples: readonly Sample[], answers: readonly Buffer[]): void {
  let next = 0;
  for (const { what, message, expected } of samples) {
    const shown = `${what}: ${message.toString("hex")}`;
    if (expected === "silence") continue;
    const answer = answers[next++];
    expect(answer, `${shown} has an answer`).toBeDefined();
    if (answer === undefined) return;
    expect(answer.readUInt16BE(0), `${shown} has its ID copied`).toBe(message.readUInt16BE(0));
    expect((answer[2] as number) & 0x80, `${shown} gets a response`).toBe(0x80);
    const rcode = (answer[3] as number) & 15;
    expect(expected === "formerr" ? [1] : sensible, shown).toContain(rcode);
  }
  expect(answers.length, "no more answers than are due").toBe(next);
}

/** How many samples it took for so many answers. */
function endOfAnswered(samples: readonly Sample[], answers: number): number {
  let left = answers;
  for (const [i, { expected }] of samples.entries()) {
    if (expected !== "silence" && --left === 0) return i + 1;
  }
  throw new Error("More answers than are due");
}

async function expectSane({ port, server }: Serving): Promise<ServerStats> {
  expect((await askUdp({ name: apex, type: qtype.SOA }, port)).answers).toEqual(["rpz.example SOA 4"]);
  expect((await askTcp({ name: apex, type: qtype.AXFR }, port)).answers).toHaveLength(5);
  await until(() => server.stats().connections.open === 0);
  const stats = server.stats();
  expect(stats.failed).toBe(0);
  expect(stats.transfers).toMatchObject({ running: 0, waiting: 0 });
  return stats;
}

describe("malformed messages", () => {
  test("over UDP get the right RCODE or silence, and the server goes on", async () => {
    const serving = await start();
    const samples = samplesOf(1, 7000);
    const socket = createSocket("udp4");
    let received: Buffer[] = [];
    let whenDone: () => void = () => {};
    socket.on("message", (message: Buffer) => {
      if (message.readUInt16BE(0) === sentinelId) whenDone();
      else received.push(message);
    });
    // So few at a time that no socket buffer overflows.
    for (let i = 0; i < samples.length; i += 50) {
      const some = samples.slice(i, i + 50);
      received = [];
      const done = new Promise<void>((resolve) => {
        whenDone = resolve;
      });
      for (const { message } of some) socket.send(message, serving.port, "127.0.0.1");
      socket.send(sentinel, serving.port, "127.0.0.1");
      await done;
      check(some, received);
    }
    socket.close();
    const stats = await expectSane(serving);
    expect(stats.malformed).toBeGreaterThan(3000);
    expect(stats.dropped).toBeGreaterThan(500);
  });

  test("over TCP get the right RCODE or silence, in octets split anywhere, and the server goes on", async () => {
    const serving = await start();
    const samples = samplesOf(2, 7000);
    const random = randomOf(3);
    for (let first = 0; first < samples.length; ) {
      const some = samples.slice(first, first + 500);
      const client = new TcpClient(serving.port);
      const stream = Buffer.concat([...some.map(({ message }) => framed(message)), framed(sentinel)]);
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + Math.floor(random() * 3000);
        client.socket.write(stream.subarray(at, end));
        at = end;
      }
      const received: Buffer[] = [];
      let raw = await client.nextRaw();
      for (; raw !== undefined && raw.readUInt16BE(0) !== sentinelId; raw = await client.nextRaw()) received.push(raw);
      client.close();
      // The connection ends behind a refusal, and another one goes on from there.
      if (raw === undefined) expect([5, 9]).toContain((received.at(-1)?.[3] ?? 0) & 15);
      const answered = raw === undefined ? some.slice(0, endOfAnswered(some, received.length)) : some;
      check(answered, received);
      first += answered.length;
    }
    await expectSane(serving);
  });

  test("random octets as a TCP stream, broken off anywhere, leave no connection behind", async () => {
    const serving = await start();
    const random = randomOf(4);
    for (let i = 0; i < 200; i++) {
      const length = 1 + Math.floor(random() * 2000);
      const octets = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
      const socket = connect(serving.port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.write(octets, () => (i % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()));
      });
    }
    await expectSane(serving);
  });
});
