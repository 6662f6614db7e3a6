/** A version that does not hold what it says it does is never passed off as whole, wherever it falls short. */
import { describe, expect, test } from "vitest";
import type { Messages } from "../../src/dns/block.ts";
import type { Zone, ZoneVersion } from "../../src/xfr/zone-source.ts";
import { type Ask, type Decoded, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, manyRules, sourceOf } from "./memory-zone.ts";
import { serve } from "./serve.ts";
import { expectedMac, sign, takeTsig } from "./tsig-client.ts";

const apex = "rpz.example";
const axfr: Ask = { name: apex, type: qtype.AXFR };
const ixfr: Ask = { name: apex, type: qtype.IXFR, serial: 1 };

/** A zone whose newest version is seen as `change` makes it. */
function changed(zone: MemoryZone, change: (version: ZoneVersion) => Partial<ZoneVersion>): Zone {
  return {
    apex: zone.apex,
    acl: zone.acl,
    current() {
      const version = zone.current();
      return version === undefined ? undefined : { ...version, ...change(version) };
    },
  };
}

/** The messages before number `end`, as if the rest had been deleted while they were read. */
function endingAt(messages: Messages, end: number): Messages {
  let left = end;
  return { next: () => (left-- > 0 ? messages.next() : undefined) };
}

/** The messages, the one of number `at` replaced. */
function replacing(messages: Messages, at: number, replace: (message: Uint8Array) => Uint8Array): Messages {
  let number = -1;
  return {
    next() {
      const message = messages.next();
      number += 1;
      return message !== undefined && number === at ? replace(message) : message;
    },
  };
}

/** Everything that the server says before it ends the connection or has answered. */
async function everything(port: number, ask: Ask): Promise<{ answers: string[]; rcodes: number[] }> {
  const client = new TcpClient(port);
  client.ask(ask);
  client.socket.end();
  const messages: Decoded[] = [];
  for (let next = await client.nextMessage(); next !== undefined; next = await client.nextMessage())
    messages.push(next);
  return { answers: messages.flatMap(({ answers }) => answers), rcodes: messages.map(({ rcode }) => rcode) };
}

const small = (): MemoryZone =>
  new MemoryZone(apex).publish(1, manyRules(3000)).publish(2, { ...manyRules(2990), ...manyRules(20, "more") });
/** More than the first write takes. */
const large = (): MemoryZone => new MemoryZone(apex).publish(1, heavyRules(200)).publish(2, manyRules(20_000));

const lies: readonly [what: string, ask: Ask, change: (version: ZoneVersion) => Partial<ZoneVersion>][] = [
  ["a record fewer", axfr, ({ records }) => ({ records: records + 1 })],
  ["a record more", axfr, ({ records }) => ({ records: records - 1 })],
  ["other octets", axfr, ({ bytes }) => ({ bytes: bytes + 1 })],
  ["no rules left", axfr, () => ({ blocks: () => ({ next: () => undefined }) })],
  ["the last block gone", axfr, ({ blocks }) => ({ blocks: () => endingAt(blocks(), 1) })],
  ...(["removed", "added", "bytes"] as const).map((count): (typeof lies)[number] => [
    `${count} that differs`,
    ixfr,
    ({ differencesFrom }) => ({
      differencesFrom: (from) => differencesFrom(from)?.map((step) => ({ ...step, [count]: step[count] + 1 })),
    }),
  ]),
  ...(["deletions", "additions"] as const).map((kind): (typeof lies)[number] => [
    `no ${kind} left`,
    ixfr,
    ({ differencesFrom }) => ({
      differencesFrom: (from) =>
        differencesFrom(from)?.map((step) => ({ ...step, [kind]: () => ({ next: () => undefined }) })),
    }),
  ]),
];

describe("RFC 5936 2.2: where the first write shows it, the answer is SERVFAIL and nothing of the zone", () => {
  test.each(lies)("%s", async (_what, ask, change) => {
    const errors: unknown[] = [];
    const logger = { info() {}, warn() {}, error: (fields: unknown) => void errors.push(fields) };
    const { port, server } = await serve(sourceOf(changed(small(), change)), { logger });
    expect(await everything(port, ask)).toEqual({ answers: [], rcodes: [2] });
    expect(server.stats()).toMatchObject({ failed: 1, malformed: 0, transfers: { running: 0, completed: 0, cut: 0 } });
    expect(errors).toMatchObject([{ zone: `${apex}.`, client: "127.0.0.1" }]);
  });

  test("a read that fails", async () => {
    const zone = changed(small(), ({ blocks }) => ({
      blocks: () =>
        replacing(blocks(), 1, () => {
          throw new Error("disk I/O error");
        }),
    }));
    const { port, server } = await serve(sourceOf(zone));
    expect(await everything(port, axfr)).toEqual({ answers: [], rcodes: [2] });
    expect(server.stats().failed).toBe(1);
  });

  test.each([
    ["empty", () => new Uint8Array(0)],
    ["cut short", (message: Uint8Array) => message.subarray(0, 40)],
    ["of other octets", (message: Uint8Array) => message.fill(0xff, 12)],
  ])("a stored message that is %s", async (_what, damage) => {
    const zone = changed(new MemoryZone(apex).publish(2, manyRules(30)), ({ blocks }) => ({
      blocks: () => replacing(blocks(), 0, damage),
    }));
    const { port, server } = await serve(sourceOf(zone));
    expect(await everything(port, axfr)).toEqual({ answers: [], rcodes: [2] });
    expect(server.stats()).toMatchObject({ failed: 1, malformed: 0 });
  });

  test("signed, so that the client believes it", async () => {
    const key = { name: "k", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 1), time: 1_700_000_000 } as const;
    const zone = changed(small(), ({ records }) => ({ records: records + 1 }));
    const { port } = await serve(sourceOf(zone), { keys: [key] });
    const client = new TcpClient(port);
    const request = sign(query(axfr), key);
    client.send(request.message);
    const answer = await client.nextRaw();
    const tsig = takeTsig(answer as Buffer, key);
    expect(answer?.[3]).toBe(2);
    expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, key, true));
    client.close();
  });
});

test("later, the connection is reset before the last SOA, and the cut is logged and counted", async () => {
  const warnings: { why?: string }[] = [];
  const logger = { info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) };
  const short = changed(large(), ({ blocks, differencesFrom }) => ({
    blocks: () => endingAt(blocks(), 20),
    differencesFrom: (from) =>
      differencesFrom(from)?.map((step) => ({ ...step, deletions: () => endingAt(step.deletions(), 20) })),
  }));
  const { port, server } = await serve(sourceOf(short), { logger });
  const { answers } = await everything(port, axfr);
  expect(answers.filter((answer) => answer.includes(" SOA ")).length).toBeLessThan(2);
  expect(server.stats().transfers).toMatchObject({ running: 0, completed: 0, cut: 1 });
  expect(warnings[0]?.why).toMatch(/^the zone cannot be read: there are \d+ records of rules, not 20000$/);
});
