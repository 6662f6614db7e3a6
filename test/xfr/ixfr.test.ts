import { describe, expect, test } from "vitest";
import { answersOf, askTcp, askUdp, type Decoded, qtype, TcpClient } from "./client.ts";
import { MemoryZone, manyRules, nxdomain, type Rules, sourceOf } from "./memory-zone.ts";
import { serve } from "./serve.ts";

const apex = "rpz.example";
const base = manyRules(3000);
const without = (rules: Rules, ...owners: string[]): Rules =>
  Object.fromEntries(Object.entries(rules).filter(([owner]) => !owners.includes(owner)));
const [gone] = Object.keys(base) as [string];

const second: Rules = { ...base, "added.example": [nxdomain], "*.added.example": [nxdomain] };
const third: Rules = without(second, gone);
const threeVersions = (): MemoryZone => new MemoryZone(apex).publish(10, base).publish(11, second).publish(12, third);

/** All messages of an IXFR answer, whose end is the new SOA that ends a sequence or the zone. */
async function ixfr(port: number, from: number, last: string): Promise<Decoded[]> {
  const client = new TcpClient(port);
  const messages: Decoded[] = [];
  client.ask({ name: apex, type: qtype.IXFR, serial: from, id: 77 });
  client.socket.once("connect", () => client.socket.end());
  for (let raw = await client.nextMessage(); raw !== undefined; raw = await client.nextMessage()) messages.push(raw);
  client.close();
  expect(answersOf(messages).at(-1)).toBe(last);
  return messages;
}

describe("IXFR (RFC 1995)", () => {
  test("2: the same serial gets a single SOA", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    for (const ask of [askTcp, askUdp]) {
      const answer = await ask({ name: apex, type: qtype.IXFR, serial: 12 }, port);
      expect(answer.answers).toEqual(["rpz.example SOA 12"]);
      expect(answer.flags).toMatchObject({ aa: true, tc: false });
    }
  });

  test("2: a newer serial gets a single SOA, also across the wrap of RFC 1982", async () => {
    const wrapped = new MemoryZone(apex).publish(0xffff_fff0, base).publish(5, second);
    const { port } = await serve(sourceOf(wrapped));
    for (const newer of [6, 0x7000_0000]) {
      const answer = await askTcp({ name: apex, type: qtype.IXFR, serial: newer }, port);
      expect(answer.answers).toEqual(["rpz.example SOA 5"]);
    }
    const messages = await ixfr(port, 0xffff_fff0, "rpz.example SOA 5");
    expect(answersOf(messages)).toEqual([
      "rpz.example SOA 5",
      "rpz.example SOA 4294967280",
      "rpz.example SOA 5",
      "added.example.rpz.example 300 CNAME .",
      "*.added.example.rpz.example 300 CNAME .",
      "rpz.example SOA 5",
    ]);
  });

  test("4: differences are old SOA, deletions, new SOA, additions, oldest first, in one message when small", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    const messages = await ixfr(port, 10, "rpz.example SOA 12");
    expect(messages).toHaveLength(1);
    expect(messages[0]?.packet.questions?.[0]).toEqual({ name: apex, type: "IXFR", class: "IN" });
    expect(answersOf(messages)).toEqual([
      "rpz.example SOA 12",
      "rpz.example SOA 10",
      "rpz.example SOA 11",
      "added.example.rpz.example 300 CNAME .",
      "*.added.example.rpz.example 300 CNAME .",
      "rpz.example SOA 11",
      `${gone}.rpz.example 300 CNAME .`,
      "rpz.example SOA 12",
      "rpz.example SOA 12",
    ]);
  });

  test("4: large differences pass through as they are stored, with the SOAs between them", async () => {
    const large = { ...base, ...manyRules(2000, "more") };
    const zone = new MemoryZone(apex).publish(1, manyRules(9000)).publish(2, { ...manyRules(7500), ...large });
    const { port } = await serve(sourceOf(zone));
    const messages = await ixfr(port, 1, "rpz.example SOA 2");
    const answers = answersOf(messages);
    expect(messages.length).toBeGreaterThan(3);
    const soas = answers.flatMap((answer, i) => (answer.includes(" SOA ") ? [`${i} ${answer.split(" ").at(-1)}`] : []));
    expect(soas).toEqual(["0 2", "1 1", "1502 2", "3503 2"]);
    expect(answers).toHaveLength(3504);
  });

  test("5: differences of up to twice the zone's size are sent, since they may break off without harm", async () => {
    const zone = new MemoryZone(apex).publish(1, manyRules(1400, "old")).publish(2, manyRules(1500, "new"));
    const { port } = await serve(sourceOf(zone));
    expect(answersOf(await ixfr(port, 1, "rpz.example SOA 2"))).toHaveLength(1400 + 1500 + 4);
  });

  test("5: the full zone is sent where the differences are larger than that", async () => {
    const zone = new MemoryZone(apex).publish(1, manyRules(3000, "old")).publish(2, manyRules(20, "new"));
    const { port } = await serve(sourceOf(zone));
    const answers = answersOf(await ixfr(port, 1, "rpz.example SOA 2"));
    expect(answers).toHaveLength(23);
    expect(answers[1]).toBe("rpz.example 300 NS localhost");
  });

  test("4: an unknown serial gets the full zone, with IXFR in the question", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    const messages = await ixfr(port, 3, "rpz.example SOA 12");
    expect(answersOf(messages)).toHaveLength(3001 + 3);
    for (const message of messages) expect(message.packet.questions?.[0]?.type).toBe("IXFR");
  });

  test("forgotten differences get the full zone", async () => {
    const zone = threeVersions();
    zone.forgotten.add(10);
    const { port } = await serve(sourceOf(zone));
    expect(answersOf(await ixfr(port, 10, "rpz.example SOA 12"))).toHaveLength(3001 + 3);
  });

  test("a serial that RFC 1982 leaves incomparable gets the full zone", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    const messages = await ixfr(port, (12 + 0x8000_0000) >>> 0, "rpz.example SOA 12");
    expect(answersOf(messages)).toHaveLength(3001 + 3);
  });

  test("2: over UDP the differences come when they fit", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    const answer = await askUdp({ name: apex, type: qtype.IXFR, serial: 10 }, port);
    expect(answer.answers).toHaveLength(9);
    expect(answer.raw.length).toBeLessThanOrEqual(512);
    expect(answer.flags.tc).toBe(false);
  });

  test("2: over UDP an overflow gets a single SOA and no TC", async () => {
    const zone = new MemoryZone(apex).publish(1, base).publish(2, { ...base, ...manyRules(40, "more") });
    const { port } = await serve(sourceOf(zone));
    const plain = await askUdp({ name: apex, type: qtype.IXFR, serial: 1 }, port);
    expect(plain.answers).toEqual(["rpz.example SOA 2"]);
    expect(plain.flags.tc).toBe(false);
    const wide = await askUdp({ name: apex, type: qtype.IXFR, serial: 1, edns: 4096 }, port);
    expect(wide.answers).toEqual(plain.answers);
    const unknown = await askUdp({ name: apex, type: qtype.IXFR, serial: 0, edns: 4096 }, port);
    expect(unknown.answers).toEqual(plain.answers);
  });

  test("over UDP with EDNS more differences fit than without", async () => {
    const zone = new MemoryZone(apex).publish(1, base).publish(2, { ...base, ...manyRules(15, "more") });
    const { port } = await serve(sourceOf(zone));
    expect((await askUdp({ name: apex, type: qtype.IXFR, serial: 1 }, port)).answers).toHaveLength(1);
    const wide = await askUdp({ name: apex, type: qtype.IXFR, serial: 1, edns: 1232 }, port);
    expect(wide.answers).toHaveLength(19);
  });

  test("3: an IXFR without the client's SOA is FORMERR", async () => {
    const { port } = await serve(sourceOf(threeVersions()));
    const answer = await askTcp({ name: apex, type: qtype.IXFR }, port);
    expect(answer.rcode).toBe(1);
    expect(answer.packet.questions?.[0]?.type).toBe("IXFR");
  });

  test("an IXFR of a zone that is not ours is NOTAUTH, of one that does not allow the client REFUSED", async () => {
    const closed = new MemoryZone("closed.example", [{ address: "192.0.2.0/24" }]).publish(1, {});
    const { port } = await serve(sourceOf(threeVersions(), closed));
    expect((await askTcp({ name: "other.example", type: qtype.IXFR, serial: 1 }, port)).rcode).toBe(9);
    expect((await askTcp({ name: "closed.example", type: qtype.IXFR, serial: 1 }, port)).rcode).toBe(5);
    expect((await askUdp({ name: "closed.example", type: qtype.IXFR, serial: 1 }, port)).rcode).toBe(5);
  });
});
