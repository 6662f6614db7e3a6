import { describe, expect, test } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import { qtype, record } from "../xfr/client.ts";
import { absolute, address, cname, message, ns, type Script, soa, startPrimary } from "./scripted-primary.ts";
import { ZoneFixture } from "./zone-fixture.ts";

async function fixtureFor(script: Script) {
  const fixture = new ZoneFixture();
  const primary = await startPrimary(script);
  fixture.ports = [primary.port];
  return { fixture, primary };
}

const zone =
  (serial: number, ...records: Buffer[]): Script =>
  (asked) => [message(asked, [soa(serial), ns(), ...records, soa(serial)])];

describe("a zone that comes whole", () => {
  test("is a file of records in canonical order, without its SOA, which is in the state", async () => {
    const { fixture } = await fixtureFor(
      zone(
        7,
        cname("z.example"),
        cname("*.a.example", "rpz-passthru."),
        cname("a.example"),
        address("a.b.example", 192, 0, 2, 1),
      ),
    );
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.copy()).toBe(
      [
        "$ORIGIN vendor.rpz.example.",
        "@ 300 NS localhost.",
        "a.example 300 CNAME .",
        "*.a.example 300 CNAME rpz-passthru.",
        "a.b.example 300 A 192.0.2.1",
        "z.example 300 CNAME .",
        "",
      ].join("\n"),
    );
    expect(fixture.state()?.copy?.marks).toEqual({ serial: 7, refresh: 600, retry: 120, expire: 86_400 });
    expect(fixture.files().toSorted()).toEqual(["0123456789abcdef.json", "0123456789abcdef.list"]);
  });

  test("is the same whatever the order, the letter case and the messages that it comes in", async () => {
    const records = Array.from({ length: 300 }, (_, i) =>
      cname(`n${(i * 7919) % 300}.${i % 3 === 0 ? "EXAMPLE" : "example"}`),
    );
    const { fixture, primary } = await fixtureFor(zone(7, ...records));
    await fixture.fetch();
    const copy = fixture.copy();
    primary.script = (asked) => [
      message(asked, [soa(7)]),
      ...records.toReversed().map((one, i) => message(asked, [one, one], i % 2 === 0 ? { question: undefined } : {})),
      message(asked, [ns(), soa(7)]),
    ];
    expect(await fixture.outcome({}, "force")).toBe("same");
    expect(fixture.copy()).toBe(copy);
    expect(fixture.records()).toHaveLength(301);
  });

  test("may be compressed in any way that points back", async () => {
    const { fixture } = await fixtureFor((asked) => {
      // The question's name is at 12; `bad` at its own offset, `*.bad` points there.
      const start = message(asked, [soa(7)]);
      const badAt = start.length;
      const rest = Buffer.from("000500010000012c000100", "hex");
      const bad = Buffer.concat([Buffer.from([3]), Buffer.from("BaD"), Buffer.from([0xc0, 12]), rest]);
      const wild = Buffer.concat([Buffer.from([1, 0x2a, 0xc0 | (badAt >> 8), badAt & 0xff]), rest]);
      const answer = message(asked, [soa(7), bad, wild, soa(7)]);
      return [answer];
    });
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual(["bad 300 CNAME .", "*.bad 300 CNAME ."]);
  });

  test("keeps any type and any octet of a name", async () => {
    const odd = Buffer.concat([Buffer.from([4]), Buffer.from([0, 1, 0x2e, 0x20]), nameFromText(absolute("x"))]);
    const owned = Buffer.concat([odd, Buffer.from("000500010000000000", "hex"), Buffer.from([1, 0])]);
    const { fixture } = await fixtureFor(
      zone(
        7,
        owned,
        record(absolute("t"), 16, 1, 5, Buffer.from('\x03a"b')),
        record(absolute("v"), 28, 1, 5, Buffer.alloc(16)),
        record(absolute("u"), 65_280, 1, 4_294_967_295, Buffer.from([1, 2])),
        record(absolute("m"), 15, 1, 5, Buffer.concat([Buffer.from([0, 1]), nameFromText("MX.example")])),
      ),
    );
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual([
      "@ 300 NS localhost.",
      "m 5 TYPE15 \\# 14 0001026d78076578616d706c6500",
      't 5 TXT "a\\"b"',
      "u 4294967295 TYPE65280 \\# 2 0102",
      "v 5 AAAA 0:0:0:0:0:0:0:0",
      "\\000\\001\\.\\032.x 0 CNAME .",
    ]);
    expect(await fixture.outcome({}, "force")).toBe("same");
  });
});

describe("a primary that is wrong leaves the last good copy", () => {
  const good = zone(7, cname("a.example"));
  const faults: [string, Script, string | RegExp][] = [
    [
      "another ID",
      (asked) => [message(asked, [soa(8), soa(8)], { id: asked.id ^ 1 })],
      "its primary sent the answer to another request",
    ],
    [
      "another ID midway",
      (asked) => [message(asked, [soa(8), ns()]), message(asked, [soa(8)], { id: asked.id ^ 1 })],
      "its primary sent the answer to another request",
    ],
    [
      "a query for an answer",
      (asked) => [message(asked, [soa(8), soa(8)], { flags: 0x04 })],
      "its primary sent a message that is no answer",
    ],
    [
      "another question",
      (asked) => [
        message(asked, [soa(8), soa(8)], {
          question: Buffer.concat([nameFromText("other.example"), Buffer.from("00fc0001", "hex")]),
        }),
      ],
      "its primary answered another question",
    ],
    [
      "no question",
      (asked) => [message(asked, [soa(8), soa(8)], { question: undefined })],
      "its primary answers without the question",
    ],
    ["TC", (asked) => [message(asked, [soa(8), soa(8)], { flags: 0x86 })], /says it is cut/],
    ["REFUSED", (asked) => [message(asked, [], { rcode: 5 })], "its primary refuses the transfer (REFUSED)"],
    [
      "NOTAUTH",
      (asked) => [message(asked, [], { rcode: 9 })],
      "its primary does not have the zone, or rejects the key (NOTAUTH)",
    ],
    [
      "SERVFAIL midway",
      (asked) => [message(asked, [soa(8), ns()]), message(asked, [], { rcode: 2 })],
      "its primary cannot serve the zone now (SERVFAIL)",
    ],
    ["no record at all", (asked) => [message(asked, [])], "its primary does not begin with the SOA of the zone"],
    [
      "no SOA at its start",
      (asked) => [message(asked, [ns(), soa(8)])],
      "its primary does not begin with the SOA of the zone",
    ],
    [
      "the SOA of another zone",
      (asked) => [message(asked, [record("other.example", qtype.SOA, 1, 1, soa(8).subarray(-30)), soa(8)])],
      /SOA|cannot be read/,
    ],
    [
      "another end SOA",
      (asked) => [message(asked, [soa(8), ns(), soa(9)])],
      "its primary ends the zone with another SOA than it began with",
    ],
    [
      "an end SOA that differs in its name",
      (asked) => [message(asked, [soa(8), ns(), soa(8, { mname: "other.example" })])],
      "its primary ends the zone with another SOA than it began with",
    ],
    [
      "records behind the end",
      (asked) => [message(asked, [soa(8), ns(), soa(8), ns()])],
      "its primary sent records behind the end of the zone",
    ],
    [
      "an SOA beneath the apex",
      (asked) => [message(asked, [soa(8), record(absolute("x"), qtype.SOA, 1, 1, soa(8).subarray(-43)), soa(8)])],
      /SOA|cannot be read/,
    ],
    [
      "an owner outside",
      (asked) => [message(asked, [soa(8), record("evil.example", qtype.CNAME, 1, 1, Buffer.from([0])), soa(8)])],
      "its primary sent a record outside the zone",
    ],
    [
      "an owner that only ends like the apex",
      (asked) => [
        message(asked, [soa(8), record(`x${"vendor.rpz.example"}`, qtype.CNAME, 1, 1, Buffer.from([0])), soa(8)]),
      ],
      "its primary sent a record outside the zone",
    ],
    [
      "the parent of the apex",
      (asked) => [message(asked, [soa(8), record("rpz.example", qtype.CNAME, 1, 1, Buffer.from([0])), soa(8)])],
      "its primary sent a record outside the zone",
    ],
    [
      "another class",
      (asked) => [message(asked, [soa(8), record(absolute("x"), qtype.CNAME, 3, 1, Buffer.from([0])), soa(8)])],
      "its primary sent a record of another class than IN",
    ],
    [
      "an address of three octets",
      (asked) => [message(asked, [soa(8), address("x", 1, 2, 3), soa(8)])],
      /RDATA that its type does not have/,
    ],
    [
      "a name that points forward",
      (asked) => [message(asked, [soa(8), Buffer.from("c0ff00050001000000000001", "hex"), soa(8)])],
      /cannot be read/,
    ],
    [
      "a count that lies",
      (asked) => {
        const lying = message(asked, [soa(8), soa(8)]);
        lying.writeUInt16BE(9, 6);
        return [lying];
      },
      /cannot be read/,
    ],
    [
      "octets left over",
      (asked) => [Buffer.concat([message(asked, [soa(8), soa(8)]), Buffer.from([0])])],
      /octets are left over/,
    ],
    ["a message of nothing", () => [Buffer.alloc(0)], /shorter than a header/],
    ["a serial that went back", zone(6, cname("b.example")), "its serial went back from 7 to 6"],
    ["a serial that cannot be compared", zone((7 + 2 ** 31) >>> 0, cname("b.example")), /^its serial went back/],
  ];
  test.each(faults)("%s", async (_, script, expected) => {
    const { fixture, primary } = await fixtureFor(good);
    await fixture.fetch();
    const before = fixture.copy();
    primary.script = script;
    const said = await fixture.outcome();
    if (typeof expected === "string") expect(said).toBe(expected);
    else expect(said).toMatch(expected);
    expect(fixture.copy()).toBe(before);
    expect(fixture.serial()).toBe(7);
    expect(fixture.files()).toHaveLength(2);
    primary.script = zone(9, cname("c.example"));
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual(["@ 300 NS localhost.", "c.example 300 CNAME ."]);
  });

  test.each(["close", "reset"] as const)("a stream that ends by %s behind each of its messages", async (end) => {
    const messages = (asked: Parameters<Script>[0]) => [
      message(asked, [soa(8)]),
      message(asked, [ns(), cname("a.example")]),
      message(asked, [cname("b.example")]),
    ];
    const { fixture, primary } = await fixtureFor(good);
    await fixture.fetch();
    const before = fixture.copy();
    for (let kept = 0; kept <= 3; kept++) {
      primary.script = (asked) => [...messages(asked).slice(0, kept), end];
      expect(await fixture.outcome()).toMatch(/^(?:its primary closed the connection|the connection was cut)/);
      expect(fixture.copy()).toBe(before);
    }
  });

  test("a stream that stops is given up", async () => {
    const { fixture, primary } = await fixtureFor(good);
    await fixture.fetch();
    fixture.stallMs = 50;
    primary.script = (asked) => [message(asked, [soa(8), ns()]), "hang"];
    expect(await fixture.outcome()).toBe("the answer began and then stopped");
  });

  test("more octets than may come, and more text than may be kept", async () => {
    const { fixture } = await fixtureFor(zone(7, ...Array.from({ length: 500 }, (_, i) => cname(`n${i}.example`))));
    expect(await fixture.outcome({ fetchedBytesMax: 5000 })).toBe("more than 5000 octets came");
    expect(await fixture.outcome({ expandedBytesMax: 5000 })).toBe("the zone has more than 5000 octets as text");
    expect(fixture.files()).toEqual(["0123456789abcdef.json"]);
  });

  test("a serial that went back is taken where it is forced", async () => {
    const { fixture, primary } = await fixtureFor(good);
    await fixture.fetch();
    primary.script = zone(3, cname("b.example"));
    expect(await fixture.outcome({}, "force")).toBe("new");
    expect(fixture.serial()).toBe(3);
  });

  test("the next primary is asked", async () => {
    const { fixture, primary } = await fixtureFor((asked) => [message(asked, [], { rcode: 5 })]);
    const second = await startPrimary(good);
    fixture.ports = [primary.port, second.port];
    expect(await fixture.outcome()).toBe("new");
  });
});
