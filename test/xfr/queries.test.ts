import { describe, expect, test } from "vitest";
import { MessageError } from "../../src/dns/message.ts";
import type { ZoneSource } from "../../src/xfr/zone-source.ts";
import { type Ask, askTcp, askUdp, askUdpRaw, decode, qtype, query } from "./client.ts";
import { a, cname, MemoryZone, nxdomain, soaOf, sourceOf, txt } from "./memory-zone.ts";
import { serve } from "./serve.ts";

const apex = "rpz.example";
const rules = {
  "bad.example": [nxdomain],
  "*.bad.example": [nxdomain],
  "garden.example": [cname("landing.example.net")],
  "local.example": [a(192, 0, 2, 1), a(192, 0, 2, 2), txt("why")],
  "deep.empty.example": [nxdomain],
};
const zone = (): MemoryZone => new MemoryZone(apex).publish(5, rules);

describe("direct queries", () => {
  test("SOA and NS at the apex, with AA, over both transports", async () => {
    const { port } = await serve(sourceOf(zone()));
    for (const ask of [askUdp, askTcp]) {
      const soa = await ask({ name: apex, type: qtype.SOA, flags: 0x0100 }, port);
      expect(soa.answers).toEqual(["rpz.example SOA 5"]);
      expect(soa.flags).toEqual({ qr: true, aa: true, tc: false, rd: true, ra: false, opcode: 0 });
      expect((await ask({ name: apex, type: qtype.NS }, port)).answers).toEqual(["rpz.example 300 NS localhost"]);
    }
  });

  test.each([
    ["the type asked for", "local.example", qtype.A, ["300 A 192.0.2.1", "300 A 192.0.2.2"]],
    ["a CNAME whatever the type", "garden.example", qtype.A, ["300 CNAME landing.example.net"]],
    ["a CNAME by its type", "bad.example", qtype.CNAME, ["300 CNAME ."]],
    ["the wildcard itself", "*.bad.example", qtype.A, ["300 CNAME ."]],
    ["everything for ANY", "local.example", qtype.ANY, ["300 A 192.0.2.1", "300 A 192.0.2.2", "300 TXT why"]],
  ])("answers %s", async (_what, owner, type, records) => {
    const { port } = await serve(sourceOf(zone()));
    const name = `${owner}.${apex}`;
    const answer = await askUdp({ name, type }, port);
    expect(answer.rcode).toBe(0);
    expect(answer.flags.aa).toBe(true);
    expect(answer.answers).toEqual(records.map((record) => `${name} ${record}`));
    expect(answer.authorities).toEqual([]);
  });

  test.each([
    ["a name that is not there is NXDOMAIN", "good.example", qtype.A, 3],
    ["an empty non-terminal is NODATA", "empty.example", qtype.A, 0],
    ["another type is NODATA", "local.example", qtype.AAAA, 0],
  ])("%s, with the SOA in the authority section", async (_what, owner, type, rcode) => {
    const { port } = await serve(sourceOf(zone()));
    const answer = await askUdp({ name: `${owner}.${apex}`, type }, port);
    expect(answer.rcode).toBe(rcode);
    expect(answer.flags.aa).toBe(true);
    expect(answer.answers).toEqual([]);
    expect(answer.authorities).toEqual(["rpz.example SOA 5"]);
  });

  describe("names beneath a wildcard (RFC 1034 4.3.2, RFC 4592)", () => {
    const wild = {
      "*.wild.example": [a(192, 0, 2, 7), txt("all")],
      "known.wild.example": [nxdomain],
      "deep.empty.wild.example": [nxdomain],
      "*.below.wild.example": [cname("landing.example.net")],
    };
    const start = () => serve(sourceOf(new MemoryZone(apex).publish(5, { ...rules, ...wild })));

    test.each([
      ["one label beneath", "x.bad.example", qtype.A, ["300 CNAME ."]],
      ["many labels beneath", `${"a.".repeat(60)}bad.example`, qtype.A, ["300 CNAME ."]],
      ["with the type asked for", "x.wild.example", qtype.A, ["300 A 192.0.2.7"]],
      ["with all types for ANY", "x.wild.example", qtype.ANY, ["300 A 192.0.2.7", "300 TXT all"]],
      ["with a CNAME whatever the type", "x.below.wild.example", qtype.TXT, ["300 CNAME landing.example.net"]],
    ])("%s are answered with its records at the name asked for", async (_what, owner, type, records) => {
      const { port } = await start();
      const name = `${owner}.${apex}`;
      const answer = await askUdp({ name, type }, port);
      expect([answer.rcode, answer.flags.aa, answer.authorities]).toEqual([0, true, []]);
      expect(answer.answers).toEqual(records.map((record) => `${name} ${record}`));
    });

    test.each([
      ["another type is NODATA", "x.wild.example", qtype.AAAA, 0],
      ["the wildcard's parent itself is NODATA where it has no records", "wild.example", qtype.A, 0],
      ["a name that exists hides the wildcard from what is beneath it", "x.known.wild.example", qtype.A, 3],
      ["an empty non-terminal hides it, too", "x.empty.wild.example", qtype.A, 3],
      ["an empty non-terminal itself is NODATA", "empty.wild.example", qtype.A, 0],
      ["a wildcard further up does not count", "x.local.example", qtype.A, 3],
      ["a name beneath the label * has no wildcard", "x.*.wild.example", qtype.A, 3],
      ["no wildcard at the apex", "x", qtype.A, 3],
    ])("%s", async (_what, owner, type, rcode) => {
      const { port } = await start();
      const answer = await askUdp({ name: `${owner}.${apex}`, type }, port);
      expect([answer.rcode, answer.answers, answer.authorities]).toEqual([rcode, [], ["rpz.example SOA 5"]]);
    });

    test("a wildcard at the apex covers all names that are not there", async () => {
      const { port } = await serve(
        sourceOf(new MemoryZone(apex).publish(5, { "*": [nxdomain], "x.example": [nxdomain] })),
      );
      const ask = async (owner: string) => (await askUdp({ name: `${owner}.${apex}`, type: qtype.A }, port)).answers;
      expect(await ask("a.b.c")).toEqual([`a.b.c.${apex} 300 CNAME .`]);
      expect(await ask("y.example")).toEqual([]);
    });

    test("letter case is that of the question, and a few looks find the closest encloser of the longest name", async () => {
      const zone = new MemoryZone(apex).publish(5, { "*.bad.example": [nxdomain] });
      const { port } = await serve(sourceOf(zone));
      const name = `X.${"a.".repeat(110)}BAD.example.${apex}`;
      const request = query({ name, type: qtype.A });
      const { raw, answers } = decode(await askUdpRaw(request, port));
      expect(answers).toHaveLength(1);
      expect(raw.subarray(12, request.length)).toEqual(request.subarray(12));
      expect(zone.lookups).toBeLessThan(12);
    });
  });

  test("another type at the apex is NODATA; ANY is SOA and NS", async () => {
    const { port } = await serve(sourceOf(zone()));
    const nodata = await askUdp({ name: apex, type: qtype.A }, port);
    expect([nodata.rcode, nodata.answers, nodata.authorities]).toEqual([0, [], ["rpz.example SOA 5"]]);
    expect((await askUdp({ name: apex, type: qtype.ANY }, port)).answers).toHaveLength(2);
  });

  test.each([
    [300, 60, 60],
    [30, 60, 30],
  ])("RFC 2308 3: SOA of TTL %i and minimum %i has TTL %i in a negative answer", async (ttl, minimum, expected) => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, {}, { ttl, minimum })));
    const answer = await askUdp({ name: `x.${apex}`, type: qtype.A }, port);
    expect(answer.packet.authorities).toMatchObject([{ type: "SOA", ttl: expected }]);
    const direct = await askUdp({ name: apex, type: qtype.SOA }, port);
    expect(direct.packet.answers).toMatchObject([{ type: "SOA", ttl }]);
  });

  test("names compare without case and the question is echoed octet for octet", async () => {
    const { port } = await serve(sourceOf(zone()));
    for (const name of ["BaD.eXaMpLe.RPZ.example", "NOT.there.RPZ.eXAMPLE"]) {
      const request = query({ name, type: qtype.A });
      const answer = decode(await askUdpRaw(request, port));
      expect(answer.raw.subarray(12, request.length)).toEqual(request.subarray(12));
      expect(answer.rcode).toBe(name.startsWith("BaD") ? 0 : 3);
      expect(answer.flags.aa).toBe(true);
    }
  });

  test("the closest of nested zones answers", async () => {
    const parent = new MemoryZone("example").publish(1, {});
    const { port } = await serve(sourceOf(parent, zone()));
    expect((await askUdp({ name: "x.rpz.example", type: qtype.A }, port)).authorities).toEqual(["rpz.example SOA 5"]);
    expect((await askUdp({ name: "x.example", type: qtype.A }, port)).authorities).toEqual(["example SOA 1"]);
  });

  test("not one of our zones is REFUSED, other classes too", async () => {
    const { port } = await serve(sourceOf(zone()));
    for (const name of ["example", "xrpz.example", "other.example", "."]) {
      const answer = await askUdp({ name, type: qtype.SOA }, port);
      expect([name, answer.rcode, answer.flags.aa]).toEqual([name, 5, false]);
    }
    expect((await askUdp({ name: apex, type: qtype.SOA, class: 3 }, port)).rcode).toBe(5);
    expect((await askTcp({ name: apex, type: qtype.AXFR, class: 3 }, port)).rcode).toBe(9);
  });

  test.each([4, 5, 2, 1, 6, 15])("opcode %i is NOTIMP", async (opcode) => {
    const { port } = await serve(sourceOf(zone()));
    const answer = await askUdp({ name: apex, type: qtype.SOA, flags: opcode << 11 }, port);
    expect([answer.rcode, answer.flags.opcode, answer.answers]).toEqual([4, opcode, []]);
  });

  test.each([41, 249, 250, 253, 254])("meta type %i is NOTIMP", async (type) => {
    const { port } = await serve(sourceOf(zone()));
    expect((await askUdp({ name: apex, type }, port)).rcode).toBe(4);
  });

  test("a zone that cannot be read is SERVFAIL, and the server goes on", async () => {
    const broken = zone();
    const { port, server } = await serve(sourceOf(broken));
    broken.failure = new Error("disk I/O error");
    const asks = [
      { name: apex, type: qtype.SOA },
      { name: `bad.example.${apex}`, type: qtype.CNAME },
      { name: apex, type: qtype.AXFR },
      { name: apex, type: qtype.IXFR, serial: 4 },
    ];
    for (const ask of asks) expect([ask, (await askTcp(ask, port)).rcode]).toEqual([ask, 2]);
    expect((await askUdp(asks[0] as Ask, port)).rcode).toBe(2);
    broken.failure = undefined;
    // The version is found, and reading what is in it fails.
    broken.readFailure = new MessageError("a name is cut short");
    expect((await askTcp(asks[0] as Ask, port)).rcode).toBe(0);
    for (const ask of asks.slice(1)) {
      expect([ask, (await askTcp(ask, port)).rcode]).toEqual([ask, 2]);
      if (ask.type !== qtype.AXFR) expect([ask, (await askUdp(ask, port)).rcode]).toEqual([ask, 2]);
    }
    broken.readFailure = undefined;
    expect((await askTcp(asks[2] as Ask, port)).rcode).toBe(0);
    expect(server.stats()).toMatchObject({ failed: 10, malformed: 0 });
  });

  test("zones come and go between queries", async () => {
    const zones = [zone()];
    const source: ZoneSource = { zones: () => zones };
    const { port } = await serve(source);
    expect((await askUdp({ name: "late.example", type: qtype.SOA }, port)).rcode).toBe(5);
    zones.push(new MemoryZone("late.example").publish(1, {}));
    expect((await askUdp({ name: "late.example", type: qtype.SOA }, port)).rcode).toBe(0);
  });
});

describe("UDP answers that do not fit", () => {
  const big = { "big.example": [txt("x".repeat(700))], "bigger.example": [txt("x".repeat(2000))] };

  test("have TC set and no records; TCP has all of them", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, big)));
    const ask = { name: `big.example.${apex}`, type: qtype.TXT };
    const answer = await askUdp(ask, port);
    expect([answer.flags.tc, answer.answers]).toEqual([true, []]);
    const whole = await askTcp(ask, port);
    expect([whole.flags.tc, whole.answers.length]).toEqual([false, 1]);
  });

  test("are larger with EDNS, up to 1,232 octets, and never below 512", async () => {
    const { port } = await serve(sourceOf(new MemoryZone(apex).publish(1, big)));
    const ask = { name: `big.example.${apex}`, type: qtype.TXT };
    expect((await askUdp({ ...ask, edns: 1232 }, port)).answers).toHaveLength(1);
    expect((await askUdp({ ...ask, edns: 600 }, port)).flags.tc).toBe(true);
    expect((await askUdp({ name: `bigger.example.${apex}`, type: qtype.TXT, edns: 4096 }, port)).flags.tc).toBe(true);
    expect((await askUdp({ name: apex, type: qtype.SOA, edns: 0 }, port)).answers).toHaveLength(1);
  });
});

describe("EDNS (RFC 6891)", () => {
  test("an OPT is answered with an OPT, its DO bit copied, and none without", async () => {
    const { port } = await serve(sourceOf(zone()));
    const answer = await askUdp({ name: apex, type: qtype.SOA, edns: 4096, dnssecOk: true }, port);
    expect(answer.packet.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232, flag_do: true }]);
    expect((await askUdp({ name: apex, type: qtype.SOA }, port)).packet.additionals).toEqual([]);
    const refused = await askUdp({ name: "other.example", type: qtype.SOA, edns: 512 }, port);
    expect([refused.rcode, refused.packet.additionals?.length]).toEqual([5, 1]);
  });

  test("6.1.3: a higher version is BADVERS", async () => {
    const { port } = await serve(sourceOf(zone()));
    const answer = await askUdp({ name: apex, type: qtype.SOA, edns: 1232, ednsVersion: 1 }, port);
    expect(answer.rcode).toBe(0);
    expect(answer.answers).toEqual([]);
    expect(answer.packet.additionals).toMatchObject([{ type: "OPT", extendedRcode: 1, ednsVersion: 0 }]);
  });
});

describe("access lists", () => {
  test("governs SOA, NS, direct queries and transfers alike", async () => {
    const closed = zone();
    closed.acl = [{ address: "192.0.2.0/24" }, { address: "2001:db8::/32" }];
    const { port, server } = await serve(sourceOf(closed));
    const asks = [
      { name: apex, type: qtype.SOA },
      { name: apex, type: qtype.NS },
      { name: `bad.example.${apex}`, type: qtype.A },
      { name: apex, type: qtype.AXFR },
      { name: apex, type: qtype.IXFR, serial: 1 },
    ];
    for (const ask of asks) {
      expect([ask.type, (await askTcp(ask, port)).rcode]).toEqual([ask.type, 5]);
      expect([ask.type, (await askUdp(ask, port)).rcode]).toEqual([ask.type, 5]);
    }
    expect(server.stats().refused).toBe(10);
  });

  test("an empty list allows nobody, one that names the key needs the key", async () => {
    const closed = zone();
    const { port } = await serve(sourceOf(closed));
    for (const acl of [[], [{ key: "isp-a" }], [{ address: "127.0.0.1", key: "isp-a" }]]) {
      closed.acl = acl;
      expect((await askUdp({ name: apex, type: qtype.SOA }, port)).rcode).toBe(5);
    }
    closed.acl = [{ key: "isp-a" }, { address: "127.0.0.1" }];
    expect((await askUdp({ name: apex, type: qtype.SOA }, port)).rcode).toBe(0);
  });

  test("IPv6 clients are told apart by prefix", async () => {
    const closed = zone();
    const { port } = await serve(sourceOf(closed), { address: "::1" });
    closed.acl = [{ address: "::1/128" }];
    expect((await askUdp({ name: apex, type: qtype.SOA }, port, "::1")).rcode).toBe(0);
    expect((await askTcp({ name: apex, type: qtype.AXFR }, port, "::1")).answers[0]).toBe("rpz.example SOA 5");
    closed.acl = [{ address: "0.0.0.0/0" }, { address: "2001:db8::/32" }];
    expect((await askUdp({ name: apex, type: qtype.SOA }, port, "::1")).rcode).toBe(5);
  });
});

test("the serial of a version is the one in its SOA record", () => {
  expect(soaOf(5).serial).toBe(5);
});
