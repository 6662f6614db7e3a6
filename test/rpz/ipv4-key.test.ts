/** IPv4 addresses and their keys in octets are what they are in text. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import {
  addressKey,
  isPlainFirstOctet,
  ownerOfPrefix,
  parsePrefix,
  prefixFault,
  prefixOfKey,
  prefixOfOwner,
} from "../../src/rpz/address.ts";
import { Ipv4Scan } from "../../src/rpz/ipv4-key.ts";
import { addressTriggers } from "../../src/rpz/label.ts";

const octet = fc.nat(255);
const length = fc.nat(32);
const prefix = fc
  .tuple(octet, octet, octet, octet, length)
  .map(
    ([a, b, c, d, bits]) => parsePrefix(`${a}.${b}.${c}.${d}/${bits}`) as NonNullable<ReturnType<typeof parsePrefix>>,
  );

it("the key of a prefix is that of its owner name, and gives the prefix back", () => {
  fc.assert(
    fc.property(prefix, (one) => {
      for (const trigger of addressTriggers) {
        const key = addressKey(one, trigger);
        expect(Buffer.from(key)).toEqual(Buffer.from(keyOfText(ownerOfPrefix(one, trigger))));
        expect(prefixOfKey(key)).toEqual(one);
      }
    }),
  );
});

it("any key beneath rpz-ip has the prefix of its owner name, or none", () => {
  const label = fc.oneof(
    fc.nat(999).map(String),
    fc.constantFrom("0", "00", "01", "32", "33", "255", "256", "1000", "zz", "ffff", "a", "3a", "128"),
  );
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 10 }), (labels) => {
      const owner = `${labels.join(".")}.rpz-ip`;
      const key = keyOfText(owner);
      expect(prefixOfKey(key)).toEqual(prefixOfOwner(keyToText(key)));
    }),
    { numRuns: 2000 },
  );
});

it("an address is read from octets as far as it goes, and nothing else is", () => {
  const part = fc.oneof(octet.map(String), fc.constantFrom("", "00", "01", "256", "999", "1000", "a", "-1"));
  const separator = fc.constantFrom(".", ".", ".", ".", "..", "/", " ");
  const text = fc
    .array(fc.tuple(part, separator), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.map(([value, mark]) => value + mark).join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        text.map((all) => all.slice(0, -1)),
      ),
      (written) => {
        const scan = new Ipv4Scan();
        const end = scan.read(Buffer.from(`x${written}\n`), 1);
        const expected = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})(?![\d.])/.exec(written)?.[0];
        const isAddress = expected?.split(".").every((value) => Number(value) <= 255) === true;
        expect(end).toBe(isAddress ? 1 + expected.length : -1);
        if (isAddress) expect([...scan.octets].join(".")).toBe(expected);
      },
    ),
    { numRuns: 2000 },
  );
});

it("no address has a fault whose first octet is plain", () => {
  for (let first = 0; first < 256; first++) {
    const special = fc.sample(fc.tuple(octet, octet, octet), 50).some(([b, c, d]) => {
      const one = parsePrefix(`${first}.${b}.${c}.${d}`);
      return one !== undefined && prefixFault(one) !== undefined;
    });
    if (special) expect(isPlainFirstOctet(first), String(first)).toBe(false);
  }
  expect([0, 10, 100, 127, 169, 172, 192, 198, 224, 240, 255].some(isPlainFirstOctet)).toBe(false);
  expect(Array.from({ length: 256 }, (_, first) => first).filter(isPlainFirstOctet)).toHaveLength(256 - 8 - 32);
});
