/** Guards without a list: which names of a configuration's zones they guard, and how wide a prefix may be. */
import { describe, expect, test } from "vitest";
import { guardFlag } from "../../src/guard/class.ts";
import { computedGuardIds, computedGuards, ownZonesId, widePrefixesId } from "../../src/guard/computed.ts";

const soa = { mname: "localhost", rname: "hostmaster.localhost" };

/** Names that the zones' guard has, `name` with all beneath and `=name` by itself. */
function namesOf(...zones: Parameters<typeof computedGuards>[0][number][]): string[] {
  const guard = computedGuards(zones).find(({ id }) => id === ownZonesId);
  return (guard?.computed.names ?? []).map(([name, flags]) => (flags & guardFlag.alone ? `=${name}` : name));
}

describe("the guard of a configuration's own zones", () => {
  test("has the apex with all beneath, and by themselves the names above it and those of its NS and SOA", () => {
    const zone = {
      apex: "malware.rpz.example.com",
      ns: ["ns1.example.net", "NS2.example.net."],
      soa: { mname: "primary.example.org", rname: "dns\\.admin.mail.example.org" },
    };
    expect(namesOf(zone)).toEqual([
      "=example.com",
      "=mail.example.org",
      "malware.rpz.example.com",
      "=ns1.example.net",
      "=ns2.example.net",
      "=primary.example.org",
      "=rpz.example.com",
    ]);
  });

  test.each([
    ["a name of one label", "rpz", ["=localhost", "rpz"]],
    ["a name of two labels", "rpz.example", ["=localhost", "rpz.example"]],
    ["a name of three", "a.rpz.example", ["a.rpz.example", "=localhost", "=rpz.example"]],
  ])("has no top-level domain: %s", (_, apex, names) => {
    expect(namesOf({ apex, ns: ["localhost"], soa })).toEqual(names);
  });

  test("guards what is beneath an apex that another zone has for a name server", () => {
    const one = { apex: "rpz.example", ns: ["localhost"], soa };
    const two = { apex: "other.example", ns: ["rpz.example"], soa: { mname: ".", rname: "a.rpz.example" } };
    expect(namesOf(one, two)).toEqual(namesOf(two, one));
    expect(namesOf(one, two)).toEqual(["=localhost", "other.example", "rpz.example"]);
  });
});

test("the guard of wide prefixes has lengths and no names", () => {
  const guards = computedGuards([]);
  expect(guards.map(({ id }) => id)).toEqual(computedGuardIds);
  expect(guards.find(({ id }) => id === widePrefixesId)).toEqual({
    id: widePrefixesId,
    class: "network",
    computed: { names: [], lengthMin: { ipv4: 16, ipv6: 29 } },
  });
});
