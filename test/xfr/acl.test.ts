import { expect, test } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import { TsigKeyring } from "../../src/dns/tsig.ts";
import { clientAddress, isAllowed } from "../../src/xfr/acl.ts";
import type { AclEntry } from "../../src/xfr/zone-source.ts";

const keyring = new TsigKeyring([{ name: "ISP-A.", algorithm: "hmac-sha256", secret: Buffer.from("s") }]);
const key = keyring.find(nameFromText("isp-a"));

const cases: readonly [string, readonly AclEntry[], string, boolean, boolean][] = [
  ["nobody on the list", [], "192.0.2.1", false, false],
  ["an address alone", [{ address: "192.0.2.1" }], "192.0.2.1", false, true],
  ["the address beside it", [{ address: "192.0.2.1" }], "192.0.2.2", false, false],
  ["a prefix", [{ address: "192.0.2.0/25" }], "192.0.2.127", false, true],
  ["past the prefix", [{ address: "192.0.2.0/25" }], "192.0.2.128", false, false],
  ["a prefix with host bits", [{ address: "192.0.2.77/24" }], "192.0.2.1", false, true],
  ["all of IPv4, asked by IPv6", [{ address: "0.0.0.0/0" }], "2001:db8::1", false, false],
  ["all of IPv6, asked by IPv4", [{ address: "::/0" }], "192.0.2.1", false, false],
  ["an IPv6 prefix", [{ address: "2001:db8:1::/48" }], "2001:db8:1:ffff::1", false, true],
  ["past the IPv6 prefix", [{ address: "2001:db8:1::/48" }], "2001:db8:2::1", false, false],
  ["a key", [{ key: "isp-a" }], "192.0.2.1", true, true],
  ["a key in other letters", [{ key: "Isp-A." }], "192.0.2.1", true, true],
  ["a key that was not used", [{ key: "isp-a" }], "192.0.2.1", false, false],
  ["another key", [{ key: "isp-b" }], "192.0.2.1", true, false],
  ["address and key", [{ address: "192.0.2.0/24", key: "isp-a" }], "192.0.2.1", true, true],
  ["address and key, from elsewhere", [{ address: "192.0.2.0/24", key: "isp-a" }], "198.51.100.1", true, false],
  ["the second of two", [{ key: "isp-b" }, { address: "192.0.2.1" }], "192.0.2.1", true, true],
  ["anyone", [{}], "192.0.2.1", false, true],
];

test.each(cases)("%s", (_what, acl, address, isSigned, expected) => {
  expect(isAllowed(acl, address, isSigned ? key : undefined)).toBe(expected);
});

test("a client's address is bare of its interface and of IPv6 clothes", () => {
  expect(clientAddress("fe80::1%eth0")).toBe("fe80::1");
  expect(clientAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(clientAddress("2001:db8::1")).toBe("2001:db8::1");
});
