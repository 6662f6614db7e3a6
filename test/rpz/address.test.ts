import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import {
  addressKey,
  embeddedIpv4,
  isAddressKey,
  ownerOfPrefix,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixesOverlap,
  prefixFault,
  prefixOfKey,
  prefixOfOwner,
  prefixToText,
} from "../../src/rpz/address.ts";
import { addressTriggers, ruleTriggers } from "../../src/rpz/label.ts";
import { keyInSection, sectionKey, triggerOfKey } from "../../src/rpz/section.ts";

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`no prefix: ${text}`);
  return parsed;
};

describe("an address is read from", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["::", "::"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["192.0.2.77/24", "192.0.2.0/24"],
    ["192.0.2.1/32", "192.0.2.1"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:db8::ffff/112", "2001:db8::/112"],
    ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
  ])("%s", (text, shown) => {
    expect(prefixToText(prefix(text))).toBe(shown);
  });
});

describe("no address is read from", () => {
  it.each(
    [
      "",
      ".",
      "1",
      "1.2",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.04",
      "0x1.2.3.4",
      "1.2.3.4 ",
      "+1.2.3.4",
    ].concat(
      [
        "1.2.3.",
        "1..2.3",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/08",
        "1.2.3.4/-1",
        "1.2.3.4/24/24",
        "1.2.3.4/255.255.255.0",
      ],
      [
        ":",
        ":::",
        "1::2::3",
        "2001:db8::1%eth0",
        "::/129",
        "2001:db8::12345",
        "[::1]",
        "::1.2.3.04",
        "::1.2.3",
        "::256.2.3.4",
      ],
      ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "2001:db8", "g::", "1234.example"],
    ),
  )("%j", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe("the owner name of a prefix", () => {
  it.each([
    ["192.0.2.4", "32.4.2.0.192.rpz-ip"],
    ["192.0.2.0/24", "24.0.2.0.192.rpz-ip"],
    ["2001:db8::1", "128.1.zz.db8.2001.rpz-ip"],
    ["2001:db8::/32", "32.zz.db8.2001.rpz-ip"],
    ["2001:db8:0:0:1:0:0:1", "128.1.0.0.1.zz.db8.2001.rpz-ip"], // a tie: the last as encoded
    ["2001:0:0:1:0:0:0:1", "128.1.zz.1.0.0.2001.rpz-ip"], // the longest
    ["2001:db8:0:1:1:1:1:1", "128.1.1.1.1.1.0.db8.2001.rpz-ip"], // one zero group stays
    ["2001:0:1:0:1:0:1:0", "128.0.1.0.1.0.1.0.2001.rpz-ip"],
    ["::1", "128.1.zz.rpz-ip"],
    ["::/0", "0.zz.rpz-ip"],
    ["fe80::/10", "10.zz.fe80.rpz-ip"],
  ])("%s is %s, and back", (text, owner) => {
    expect(ownerOfPrefix(prefix(text))).toBe(owner);
    expect(prefixOfOwner(owner)).toEqual(prefix(text));
    expect(keyToText(addressKey(prefix(text)))).toBe(owner);
  });

  it("has the key that its labels give", () => {
    expect(Buffer.from(addressKey(prefix("192.0.2.4"))).toString("latin1")).toBe(
      "rpz-ip\x00192\x000\x002\x004\x0032\x00",
    );
  });

  it.each([
    ["24.77.2.0.192.rpz-ip", "192.0.2.0/24"],
    ["32.4.2.0.192.RPZ-IP", "192.0.2.4"],
    ["128.1.ZZ.DB8.2001.rpz-ip", "2001:db8::1"],
    ["128.1.0.0.0.zz.0.db8.2001.rpz-ip", "2001:db8::1"],
    ["128.0001.zz.0db8.2001.rpz-ip", "2001:db8::1"],
  ])("is read from %s as %s", (owner, text) => {
    expect(prefixToText(prefixOfOwner(owner) as Prefix)).toBe(text);
  });

  it.each([
    "rpz-ip",
    "32.rpz-ip",
    "33.4.2.0.192.rpz-ip",
    "032.4.2.0.192.rpz-ip",
    "32.04.2.0.192.rpz-ip",
    "32.4.2.0.256.rpz-ip",
    "32.4.2.0.192.1.rpz-ip",
    "129.1.zz.rpz-ip",
    "128.zz.1.zz.rpz-ip",
    "128.1.2.3.4.5.6.7.8.zz.rpz-ip",
    "128.1.2.3.4.5.6.7.rpz-ip",
    "128.12345.zz.rpz-ip",
    "*.32.4.2.0.192.rpz-ip",
    "32.4.2.0.192.rpz-client-ip",
    "evil.example",
  ])("is not read from %s", (owner) => {
    expect(prefixOfOwner(owner)).toBeUndefined();
  });

  const anyPrefix = fc
    .oneof(
      fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 })),
      fc.tuple(
        // Many zero octets, so that runs and ties occur.
        fc
          .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
          .map((octets) => Uint8Array.from(octets)),
        fc.integer({ min: 0, max: 128 }),
      ),
    )
    .map(([octets, length]) => prefix(`${prefixToText({ octets, length: 8 * octets.length })}/${length}`));

  it("is read back as the prefix that it was written from, as its key and its text are", () => {
    fc.assert(
      fc.property(anyPrefix, (original) => {
        expect(prefixOfOwner(ownerOfPrefix(original))).toEqual(original);
        expect(prefixOfKey(addressKey(original))).toEqual(original);
        expect(parsePrefix(prefixToText(original))).toEqual(original);
      }),
    );
  });
});

describe("an owner of each trigger", () => {
  it.each([
    ["response-ip", "192.0.2.0/24", "24.0.2.0.192.rpz-ip"],
    ["client-ip", "10.0.0.0/8", "8.0.0.0.10.rpz-client-ip"],
    ["client-ip", "fc00::/7", "7.zz.fc00.rpz-client-ip"],
    ["nsip", "2001:db8::1", "128.1.zz.db8.2001.rpz-nsip"],
  ] as const)("%s %s: %s", (trigger, text, owner) => {
    expect(ownerOfPrefix(prefix(text), trigger)).toBe(owner);
    expect(prefixOfOwner(owner, trigger)).toEqual(prefix(text));
    expect(prefixOfKey(addressKey(prefix(text), trigger))).toEqual(prefix(text));
    expect(triggerOfKey(addressKey(prefix(text), trigger))).toBe(trigger);
    const others = addressTriggers.filter((other) => other !== trigger);
    expect(others.map((other) => prefixOfOwner(owner, other))).toEqual([undefined, undefined]);
  });
});

describe("a key", () => {
  it("has the trigger of the section that it lies in, and of no other", () => {
    for (const trigger of ruleTriggers) {
      expect(triggerOfKey(keyInSection(trigger, keyOfText("ns.example")))).toBe(trigger);
      // The section itself is no rule.
      expect(triggerOfKey(sectionKey(trigger))).toBe("qname");
    }
    for (const text of ["rpz-ipx.example", "rpz.example", "x.rpz-i", "example.rpz-nsdnamex"]) {
      expect(triggerOfKey(keyOfText(text))).toBe("qname");
    }
  });

  it("of a name is no address", () => {
    expect(isAddressKey(Buffer.from("example\0evil\0"))).toBe(false);
    expect(isAddressKey(Buffer.from("rpz-ip\0"))).toBe(false);
    expect(prefixOfKey(Buffer.from("rpz-ip\0evil\0"))).toBeUndefined();
    expect(prefixOfKey(Buffer.from("rpz-ipx\x00192\x000\x002\x004\x0032\x00"))).toBeUndefined();
  });
});

describe("no rule is made of", () => {
  it.each([
    ["0.0.0.0", "special-purpose-address"],
    ["10.20.30.40", "special-purpose-address"],
    ["100.64.0.1", "special-purpose-address"],
    ["127.0.0.53", "special-purpose-address"],
    ["169.254.169.254", "special-purpose-address"],
    ["172.31.255.255", "special-purpose-address"],
    ["192.168.0.0/16", "special-purpose-address"],
    ["192.0.0.0/8", "special-purpose-address"],
    ["172.0.0.0/8", "special-purpose-address"],
    ["224.0.0.251", "special-purpose-address"],
    ["255.255.255.255", "special-purpose-address"],
    ["0.0.0.0/0", "prefix-too-short"],
    ["8.0.0.0/7", "prefix-too-short"],
    ["::", "special-purpose-address"],
    ["::1", "special-purpose-address"],
    ["::ffff:192.0.2.1", "special-purpose-address"],
    ["64:ff9b::c000:201", "special-purpose-address"],
    ["fd00::1", "special-purpose-address"],
    ["fe80::1", "special-purpose-address"],
    ["ff02::1", "special-purpose-address"],
    ["::/0", "prefix-too-short"],
    ["2000::/3", "prefix-too-short"],
    ["2001::/18", "prefix-too-short"],
  ])("%s: %s", (text, fault) => {
    expect(prefixFault(prefix(text))).toBe(fault);
  });
});

describe("of clients", () => {
  it.each([
    "10.0.0.0/8",
    "10.20.30.40",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.168.1.0/24",
    "fc00::/7",
    "fe80::1",
    "192.0.2.1",
  ])("a rule may be made of %s", (text) => {
    expect(prefixFault(prefix(text), "client-ip")).toBeUndefined();
  });
  it.each([
    ["127.0.0.1", "special-purpose-address"],
    ["::1", "special-purpose-address"],
    ["::ffff:192.0.2.1", "special-purpose-address"],
    ["224.0.0.1", "special-purpose-address"],
    ["0.0.0.0/0", "prefix-too-short"],
    ["10.0.0.0/7", "prefix-too-short"],
    ["fc00::/6", "prefix-too-short"],
    ["::/0", "prefix-too-short"],
  ])("none is made of %s: %s", (text, fault) => {
    expect(prefixFault(prefix(text), "client-ip")).toBe(fault);
  });
});

describe("a rule may be made of", () => {
  it.each([
    "192.0.2.1",
    "198.51.100.0/24",
    "203.0.113.7",
    "2001:db8::1",
    "2001:db8::/32",
    "9.0.0.0/8",
    "11.0.0.1",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "223.255.255.255",
    "2a00::/19",
    "fbff::1",
  ])("%s", (text) => {
    expect(prefixFault(prefix(text))).toBeUndefined();
  });
});

describe("prefixes overlap", () => {
  it("where one holds the other, and only within a family", () => {
    expect(prefixesOverlap(prefix("192.0.2.0/24"), prefix("192.0.2.7"))).toBe(true);
    expect(prefixesOverlap(prefix("192.0.2.7"), prefix("192.0.0.0/16"))).toBe(true);
    expect(prefixesOverlap(prefix("192.0.2.0/25"), prefix("192.0.2.128/25"))).toBe(false);
    expect(prefixesOverlap(prefix("0.0.0.0/0"), prefix("::/0"))).toBe(false);
  });
});

it("An address has full length", () => {
  expect(parseAddress("192.0.2.1")?.length).toBe(32);
  expect(parseAddress("192.0.2.1/32")).toBeUndefined();
});

describe("IPv4 in IPv6", () => {
  it.each([
    ["2002:c000:207::/48", "192.0.2.7"],
    ["2002:c000:207:1::5", "192.0.2.7"],
    ["2002:c000::/32", "192.0.0.0/16"],
    ["2002::/16", "0.0.0.0/0"],
    ["2000::/3", "0.0.0.0/0"],
    ["2001:0:cb00:7101:0:ffff:3fff:fdf8", "192.0.2.7"],
    ["2001:0:cb00:7101:0:ffff:3fff:fd00/120", "192.0.2.0/24"],
    ["2001::/32", "0.0.0.0/0"],
    ["2001:db8::/32", undefined],
    ["2003::", undefined],
    ["192.0.2.7", undefined],
  ])("%s holds %s", (text, inner) => {
    const found = embeddedIpv4(prefix(text));
    expect(found && prefixToText(found)).toBe(inner);
  });
});
