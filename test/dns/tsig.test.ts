import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MessageError, readHeader, readQuestion, readSections, type Sections } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/name.ts";
import {
  readTsig,
  type TsigAlgorithm,
  type TsigKey,
  TsigKeyring,
  type TsigRecord,
  tsigMacBytes,
  verifyTsig,
} from "../../src/dns/tsig.ts";
import { type Signed, sign, tsigRecord } from "../xfr/tsig-client.ts";

const now = 1_700_000_000;
const secret = Buffer.from("a secret of some thirty-two octets");
const algorithms = Object.keys(tsigMacBytes) as TsigAlgorithm[];
const keyOf = (algorithm: TsigAlgorithm): TsigKey => ({ name: "Isp-A.example", algorithm, secret });

const plain = Buffer.concat([
  Buffer.from("123400000001000000000000", "hex"),
  Buffer.from(nameFromText("rpz.example")),
  Buffer.from("00fc0001", "hex"),
]);

function read(message: Uint8Array): { tsig: TsigRecord; sections: Sections } {
  const header = readHeader(message);
  if (header === undefined) throw new Error("no header");
  const sections = readSections(message, header, readQuestion(message, header));
  const tsig = readTsig(message, sections);
  if (tsig === undefined) throw new Error("no TSIG");
  return { tsig, sections };
}

function verdict(signed: Uint8Array, keys: TsigKey[], at = now): string {
  return verifyTsig(signed, read(signed).tsig, new TsigKeyring(keys), at).kind;
}

const signed = (algorithm: TsigAlgorithm, options: Partial<Signed> = {}): Buffer =>
  sign(plain, { name: "isp-a.example", algorithm, secret, time: now, ...options }).message;

describe("verifying a request (RFC 8945 5.2)", () => {
  test.each(algorithms)("%s is good with the right secret and bad with another", (algorithm) => {
    expect(verdict(signed(algorithm), [keyOf(algorithm)])).toBe("good");
    const other = { ...keyOf(algorithm), secret: Buffer.from("another") };
    expect(verdict(signed(algorithm), [other])).toBe("bad-signature");
  });

  test("names of keys compare without case, as text and as wire", () => {
    for (const name of ["ISP-A.EXAMPLE", "isp-a.example.", nameFromText("isp-A.example")]) {
      expect(verdict(signed("hmac-sha256"), [{ ...keyOf("hmac-sha256"), name }])).toBe("good");
    }
    const upper = signed("hmac-sha256", { name: "ISP-A.example", digestName: "isp-a.example" });
    expect(verdict(upper, [keyOf("hmac-sha256")])).toBe("good");
  });

  test("every octet of the message counts", () => {
    const message = signed("hmac-sha256");
    for (let at = 2; at < plain.length; at++) {
      // The counts must stay, or it is no message.
      if (at >= 4 && at < 12) continue;
      const changed = Buffer.from(message);
      changed[at] = (changed[at] as number) ^ 0x20;
      let kind: string;
      try {
        kind = verdict(changed, [keyOf("hmac-sha256")]);
      } catch {
        kind = "unreadable";
      }
      expect([at, kind]).not.toEqual([at, "good"]);
    }
  });

  test("5.2.1: an unknown key and another algorithm are bad keys", () => {
    expect(verdict(signed("hmac-sha256"), [])).toBe("bad-key");
    expect(verdict(signed("hmac-sha256"), [{ ...keyOf("hmac-sha256"), name: "other" }])).toBe("bad-key");
    expect(verdict(signed("hmac-sha256"), [keyOf("hmac-sha512")])).toBe("bad-key");
  });

  test("5.2: key before MAC before time", () => {
    const late = signed("hmac-sha256", { time: now - 10_000 });
    expect(verdict(late, [])).toBe("bad-key");
    expect(verdict(late, [{ ...keyOf("hmac-sha256"), secret: Buffer.from("another") }])).toBe("bad-signature");
    expect(verdict(late, [keyOf("hmac-sha256")])).toBe("bad-time");
  });

  test.each([
    [-301, "bad-time"],
    [-300, "good"],
    [300, "good"],
    [301, "bad-time"],
  ])("5.2.3: a clock that is %i s off with a fudge of 300 is %s", (offset, expected) => {
    expect(verdict(signed("hmac-sha256"), [keyOf("hmac-sha256")], now + offset)).toBe(expected);
  });

  test("5.2.3: the request's own fudge rules, and times go beyond 32 bits", () => {
    expect(verdict(signed("hmac-sha256", { fudge: 10 }), [keyOf("hmac-sha256")], now + 11)).toBe("bad-time");
    const far = 0x1_2345_6789;
    expect(verdict(signed("hmac-sha256", { time: far }), [keyOf("hmac-sha256")], far)).toBe("good");
  });

  test.each(algorithms)(
    "5.2.2.1: %s may be truncated to half or 10 octets, not further, and not extended",
    (algorithm) => {
      const full = tsigMacBytes[algorithm];
      const least = Math.max(10, full / 2);
      expect(verdict(signed(algorithm, { macBytes: least }), [keyOf(algorithm)])).toBe("good");
      for (const macBytes of [0, 1, least - 1, full + 1]) {
        expect([macBytes, verdict(signed(algorithm, { macBytes }), [keyOf(algorithm)])]).toEqual([
          macBytes,
          "malformed",
        ]);
      }
      const truncated = signed(algorithm, { macBytes: least, secret: Buffer.from("another") });
      expect(verdict(truncated, [keyOf(algorithm)])).toBe("bad-signature");
    },
  );

  test("the original ID is what was signed, whatever a forwarder made of the header", () => {
    const message = signed("hmac-sha256");
    message.writeUInt16BE(0x9999, 0);
    expect(verdict(message, [keyOf("hmac-sha256")])).toBe("good");
  });

  test("leaves the request as it came", () => {
    const message = signed("hmac-sha256");
    const before = Buffer.from(message);
    verdict(message, [keyOf("hmac-sha256")]);
    expect(message).toEqual(before);
  });
});

describe("where a TSIG may stand (RFC 8945 5.1, 5.2)", () => {
  const rr = tsigRecord(
    { name: "isp-a.example", algorithm: "hmac-sha256", secret, time: now },
    Buffer.alloc(32),
    0x1234,
  );
  const other = Buffer.from("00002900ff000000000000", "hex");
  const withCounts = (counts: [number, number, number], ...records: Buffer[]): Buffer => {
    const message = Buffer.concat([plain, ...records]);
    counts.forEach((count, i) => void message.writeUInt16BE(count, 6 + 2 * i));
    return message;
  };

  test("last in the additional section is well-formed", () => {
    expect(read(withCounts([0, 0, 2], other, rr)).tsig.timeSigned).toBe(now);
  });

  test.each([
    ["before another record", withCounts([0, 0, 2], rr, other)],
    ["twice", withCounts([0, 0, 2], rr, rr)],
    ["in the authority section", withCounts([0, 1, 0], rr)],
    ["in the answer section", withCounts([1, 0, 0], rr)],
    ["in the answer section and at the end", withCounts([1, 0, 1], rr, rr)],
  ])("%s is malformed", (_what, message) => {
    expect(() => read(message)).toThrow("misplaced");
  });

  test("with a class, a TTL or lengths that lie is malformed", () => {
    const nameBytes = nameFromText("isp-a.example").length;
    const changed = (at: number, octet: number): Buffer => {
      const copy = Buffer.from(rr);
      copy[nameBytes + at] = octet;
      return withCounts([0, 0, 1], copy);
    };
    expect(() => read(changed(3, 1))).toThrow("class");
    expect(() => read(changed(7, 1))).toThrow("TTL");
    // MAC size, other length.
    expect(() => read(changed(10 + 13 + 9, 31))).toThrow(MessageError);
    expect(() => read(changed(10 + 13 + 9, 255))).toThrow(MessageError);
    expect(() => read(changed(10 + 13 + 8, 255))).toThrow(MessageError);
    expect(() => read(changed(10 + 13 + 10 + 32 + 5, 1))).toThrow(MessageError);
  });
});

test("the test's own signer agrees with a digest put together by hand", () => {
  const { mac } = sign(plain, { name: "k", algorithm: "hmac-sha256", secret, time: 1 });
  const digest = createHmac("sha256", secret)
    .update(plain)
    .update(Buffer.from("016b0000ff000000000b686d61632d73686132353600", "hex"))
    .update(Buffer.from("000000000001012c00000000", "hex"))
    .digest();
  expect(mac).toEqual(digest);
});
