import { describe, expect, test } from "vitest";
import { answersOf, askTcp, askUdp, qtype, query, TcpClient } from "./client.ts";
import { a, cname, MemoryZone, manyRules, nxdomain, sourceOf, txt } from "./memory-zone.ts";
import { serve } from "./serve.ts";

const apex = "rpz.example";

describe("AXFR (RFC 5936)", () => {
  test("2.2: first and last RRs are the same SOA, none is between, each RR comes once", async () => {
    const zone = new MemoryZone(apex).publish(7, manyRules(5000));
    const { port } = await serve(sourceOf(zone));
    const client = new TcpClient(port);
    const messages = await client.ask({ name: apex, type: qtype.AXFR }).transfer();
    client.close();
    const answers = answersOf(messages);
    expect(answers[0]).toBe("rpz.example SOA 7");
    expect(answers[1]).toBe("rpz.example 300 NS localhost");
    expect(answers.at(-1)).toBe("rpz.example SOA 7");
    expect(answers.slice(1, -1).filter((answer) => answer.includes(" SOA "))).toEqual([]);
    expect(answers).toHaveLength(5000 + 3);
    expect(new Set(answers.slice(1)).size).toBe(5000 + 2);
    expect(messages.length).toBeGreaterThan(5);
  });

  test("2.2.1: ID copied, QR=1, AA=1, TC=0, RD copied, the question in every message", async () => {
    const zone = new MemoryZone(apex).publish(7, manyRules(2000));
    const { port } = await serve(sourceOf(zone));
    const client = new TcpClient(port);
    const request = { name: "rpZ.eXample", type: qtype.AXFR, id: 0xbeef, flags: 0x0100 };
    const messages = await client.ask(request).transfer();
    client.close();
    expect(messages.length).toBeGreaterThan(2);
    for (const message of messages) {
      expect(message.id).toBe(0xbeef);
      expect(message.flags).toEqual({ qr: true, aa: true, tc: false, rd: true, ra: false, opcode: 0 });
      expect(message.rcode).toBe(0);
      expect(message.packet.questions).toEqual([{ name: "rpZ.eXample", type: "AXFR", class: "IN" }]);
    }
  });

  test("a small zone comes in one message with every record as it is stored", async () => {
    const zone = new MemoryZone(apex).publish(3, {
      "bad.example": [nxdomain],
      "*.bad.example": [nxdomain],
      "garden.example": [cname("Walled.Garden.example.net", 60)],
      "local.example": [a(192, 0, 2, 1), a(192, 0, 2, 2), txt("why")],
    });
    const { port } = await serve(sourceOf(zone));
    const client = new TcpClient(port);
    const messages = await client.ask({ name: apex, type: qtype.AXFR }).transfer();
    client.close();
    expect(messages).toHaveLength(1);
    expect(messages[0]?.answers).toEqual([
      "rpz.example SOA 3",
      "rpz.example 300 NS localhost",
      "bad.example.rpz.example 300 CNAME .",
      "*.bad.example.rpz.example 300 CNAME .",
      "garden.example.rpz.example 60 CNAME Walled.Garden.example.net",
      "local.example.rpz.example 300 A 192.0.2.1",
      "local.example.rpz.example 300 A 192.0.2.2",
      "local.example.rpz.example 300 TXT why",
      "rpz.example SOA 3",
    ]);
  });

  test("an empty zone is its SOA, its NS and its SOA", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, {})));
    const answer = await askTcp({ name: apex, type: qtype.AXFR }, port);
    expect(answer.answers).toEqual(["rpz.example SOA 1", "rpz.example 300 NS localhost", "rpz.example SOA 1"]);
  });

  test("2.2.1: a zone of which the server is not authoritative is NOTAUTH, also a name beneath a zone", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, { "bad.example": [nxdomain] })));
    for (const name of ["other.example", "bad.example.rpz.example", "example"]) {
      const answer = await askTcp({ name, type: qtype.AXFR }, port);
      expect(answer.rcode).toBe(9);
      expect(answer.flags.aa).toBe(false);
      expect(answer.packet.questions?.[0]?.name).toBe(name);
    }
  });

  test("4.2: no AXFR over UDP, it is NOTIMP as with NSD and Knot", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, {})));
    expect((await askUdp({ name: apex, type: qtype.AXFR }, port)).rcode).toBe(4);
  });

  test("4.1.2: several transfers and other queries run on one connection", async () => {
    const zone = new MemoryZone(apex).publish(7, manyRules(3000));
    const other = new MemoryZone("second.example").publish(9, { "bad.example": [nxdomain] });
    const { port } = await serve(sourceOf(zone, other));
    const client = new TcpClient(port);
    client.ask(
      { name: apex, type: qtype.AXFR, id: 1 },
      { name: apex, type: qtype.SOA, id: 2 },
      { name: "second.example", type: qtype.AXFR, id: 3 },
      { name: apex, type: qtype.AXFR, id: 4 },
    );
    expect(answersOf(await client.transfer())).toHaveLength(3003);
    const soa = await client.next();
    expect([soa.id, soa.answers]).toEqual([2, ["rpz.example SOA 7"]]);
    const second = await client.transfer();
    expect([second[0]?.id, answersOf(second).length]).toEqual([3, 4]);
    const again = await client.transfer();
    expect(again.every((message) => message.id === 4)).toBe(true);
    expect(answersOf(again)).toHaveLength(3003);
    client.close();
  });

  test("2.2: a transfer stays at its version when a newer one is published meanwhile", async () => {
    const zone = new MemoryZone(apex).publish(7, manyRules(60_000));
    const { port } = await serve(sourceOf(zone));
    const client = new TcpClient(port);
    client.socket.pause();
    client.ask({ name: apex, type: qtype.AXFR });
    client.socket.resume();
    const first = await client.next();
    expect(first.answers[0]).toBe("rpz.example SOA 7");
    zone.publish(8, { "new.example": [nxdomain] });
    let last = first;
    let records = first.answers.length;
    while (!last.answers.at(-1)?.includes(" SOA ") || records < 10) {
      last = await client.next();
      records += last.answers.length;
    }
    expect(last.answers.at(-1)).toBe("rpz.example SOA 7");
    expect(records).toBe(60_003);
    expect((await client.ask({ name: apex, type: qtype.SOA }).next()).answers).toEqual(["rpz.example SOA 8"]);
    client.close();
  });

  test("an OPT in the request wants an OPT in every message", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(7, manyRules(2000))));
    const client = new TcpClient(port);
    const messages = await client.send(query({ name: apex, type: qtype.AXFR, edns: 4096 })).transfer();
    client.close();
    expect(messages.length).toBeGreaterThan(2);
    for (const message of messages) expect(message.packet.additionals).toMatchObject([{ type: "OPT" }]);
  });

  test("a zone without a published version is SERVFAIL", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex)));
    expect((await askTcp({ name: apex, type: qtype.AXFR }, port)).rcode).toBe(2);
    expect((await askUdp({ name: apex, type: qtype.SOA }, port)).rcode).toBe(2);
  });
});
