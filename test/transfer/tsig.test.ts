import { describe, expect, test } from "vitest";
import { tsigRecord } from "../xfr/tsig-client.ts";
import {
  cname,
  message,
  ns,
  type Script,
  signAll,
  soa,
  startPrimary,
  tsigErrorAnswer,
  withTsig,
} from "./scripted-primary.ts";
import { key, signed, startSeconds, ZoneFixture } from "./zone-fixture.ts";

/** The messages of a zone in so many parts, not signed yet. */
const partsOf = (asked: Parameters<Script>[0], parts: number): Buffer[] => [
  message(asked, [soa(7), ns()]),
  ...Array.from({ length: parts - 2 }, (_, i) => message(asked, [cname(`n${String(i).padStart(3, "0")}.example`)])),
  message(asked, [soa(7)]),
];

async function fixtureFor(script: Script) {
  const fixture = new ZoneFixture();
  const primary = await startPrimary(script);
  fixture.ports = [primary.port];
  return { fixture, primary, outcome: () => fixture.outcome({ key }) };
}

describe("a transfer with a key", () => {
  test.each([
    ["every message signed", () => false],
    ["the first and the last signed", (i: number, last: number) => i > 0 && i < last],
    ["each third signed", (i: number, last: number) => i % 3 !== 0 && i < last],
  ])("takes %s", async (_, isUnsigned) => {
    const { fixture, outcome } = await fixtureFor((asked) =>
      signAll(partsOf(asked, 60), asked, signed, (i) => isUnsigned(i, 59)),
    );
    expect(await outcome()).toBe("new");
    expect(fixture.records()).toHaveLength(59);
  });

  test("takes 99 unsigned messages in a row, and not 100", async () => {
    const { fixture, outcome, primary } = await fixtureFor((asked) =>
      signAll(partsOf(asked, 101), asked, signed, (i) => i > 0 && i < 100),
    );
    expect(await outcome()).toBe("new");
    primary.script = (asked) => signAll(partsOf(asked, 102), asked, signed, (i) => i > 0 && i < 101);
    expect(await fixture.outcome({ key }, "force")).toBe("its primary left more than 99 messages in a row unsigned");
  });

  test.each(["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"] as const)(
    "by %s",
    async (algorithm) => {
      const fixture = new ZoneFixture();
      const primary = await startPrimary((asked) => signAll(partsOf(asked, 5), asked, { ...signed, algorithm }));
      fixture.ports = [primary.port];
      expect(await fixture.outcome({ key: { ...key, algorithm } })).toBe("new");
    },
  );

  const other = { ...signed, secret: Buffer.from("another secret of 32 octets ....") };
  const faults: [string, Script, string][] = [
    [
      "no signature",
      (asked) => partsOf(asked, 3),
      "its primary answers without a signature, though the request was signed",
    ],
    [
      "the first message unsigned",
      (asked) => signAll(partsOf(asked, 3), asked, signed, (i) => i === 0),
      "its primary answers without a signature, though the request was signed",
    ],
    [
      "the last message unsigned",
      (asked) => signAll(partsOf(asked, 3), asked, signed, (i) => i === 2),
      "its primary did not sign the last message",
    ],
    [
      "another secret",
      (asked) => signAll(partsOf(asked, 3), asked, other),
      'the signature of its primary with the key "vendor" is wrong',
    ],
    [
      "another secret midway",
      (asked) => [
        ...signAll(partsOf(asked, 3), asked, signed).slice(0, 1),
        ...signAll(partsOf(asked, 3), asked, other).slice(1),
      ],
      'the signature of its primary with the key "vendor" is wrong',
    ],
    [
      "another key",
      (asked) =>
        partsOf(asked, 3).map((one) =>
          withTsig(one, tsigRecord({ ...signed, name: "other" }, Buffer.alloc(32), asked.id)),
        ),
      'its primary signed with another key than "vendor"',
    ],
    [
      "a changed octet in an unsigned message",
      (asked) =>
        signAll(partsOf(asked, 4), asked, signed, (i) => i === 1).map((one, i) => {
          if (i === 1) one[one.length - 2] = 1;
          return i === 1 ? message(asked, [cname("evil.example")]) : one;
        }),
      'the signature of its primary with the key "vendor" is wrong',
    ],
    [
      "messages in another order",
      (asked) => {
        const [a, b, c, d] = signAll(partsOf(asked, 4), asked, signed) as [Buffer, Buffer, Buffer, Buffer];
        return [a, c, b, d];
      },
      'the signature of its primary with the key "vendor" is wrong',
    ],
    [
      "a message left out",
      (asked) => {
        const [a, , c, d] = signAll(partsOf(asked, 4), asked, signed) as [Buffer, Buffer, Buffer, Buffer];
        return [a, c, d];
      },
      'the signature of its primary with the key "vendor" is wrong',
    ],
    [
      "a time beyond the fudge",
      (asked) => signAll(partsOf(asked, 3), asked, { ...signed, time: startSeconds - 301 }),
      "the clocks of its primary and of this machine differ by 301 seconds",
    ],
    ["BADKEY", (asked) => [tsigErrorAnswer(asked, signed, 17)], 'its primary knows no key "vendor" of hmac-sha256'],
    [
      "BADSIG",
      (asked) => [tsigErrorAnswer(asked, signed, 16)],
      'its primary finds our signature with the key "vendor" to be wrong',
    ],
    [
      "BADTIME",
      (asked) => [tsigErrorAnswer(asked, signed, 18, startSeconds + 4000)],
      "the clocks of its primary and of this machine differ by 4000 seconds",
    ],
    [
      "an unsigned REFUSED",
      (asked) => [message(asked, [], { rcode: 5 })],
      "its primary refuses the transfer (REFUSED)",
    ],
    [
      "a TSIG that is cut",
      (asked) =>
        signAll(partsOf(asked, 3), asked, signed).map((one) => {
          one.writeUInt16BE(2, 10);
          return one;
        }),
      "its primary sent a message that cannot be read: a TSIG is misplaced",
    ],
  ];
  test.each(faults)("refuses %s", async (_, script, expected) => {
    const { fixture, outcome } = await fixtureFor(script);
    expect(await outcome()).toBe(expected);
    expect(fixture.files()).toEqual(["0123456789abcdef.json"]);
    expect(JSON.stringify(fixture.state())).not.toContain(key.secret);
  });

  test("believes no SOA by UDP that is not signed", async () => {
    const { fixture, primary, outcome } = await fixtureFor((asked) => signAll(partsOf(asked, 3), asked, signed));
    await outcome();
    primary.asked.length = 0;
    primary.udp = (asked) => [
      message(asked, [soa(7)], { id: asked.id ^ 1 }),
      message(asked, [soa(7)]),
      ...signAll([message(asked, [soa(7)])], asked, signed),
    ];
    expect(await outcome()).toBe("not-modified");
    expect(primary.asked).toEqual([]);
    expect(fixture.waits).toEqual([]);
  });
});
