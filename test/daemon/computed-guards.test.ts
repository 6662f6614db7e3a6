/** What the built-in guards without a list keep out of the zones of a configuration, and how a source passes them. */
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { guardHits } from "../../src/mill/guard-hits.ts";
import { openCurrent } from "../../src/mill/inputs.ts";
import { policyOf } from "../../src/mill/policy.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

const source = "{id: list, category: one, format: domains, from: list.txt, scope: subtree}";

function fixtureWith(list: string, source_ = source, more = ""): BuildFixture {
  return new BuildFixture({
    "main.yaml": mainText([source_]).replace("zones: [zone.yaml]", "zones: [zone.yaml, other.yaml]") + more,
    "zone.yaml": zoneText("ns: [ns1.dns.example.net]\n"),
    "other.yaml": zoneText("", "other.example"),
    "list.txt": list,
  });
}

/** Owners of the first zone's rules, subtrees as `name` and `*.name`. */
async function owners(fixture: BuildFixture): Promise<string[]> {
  await fixture.build();
  return (fixture.served()?.records ?? []).map((record) => record.split(/\s/)[0] ?? "");
}

/** What guards did to the first zone, as `guard matched: listed how`. */
function hits(fixture: BuildFixture): string[] {
  const config = fixture.config();
  const [zone] = config.zones;
  if (zone === undefined) throw new Error("No zone");
  return fixture.read((db) =>
    [...guardHits(policyOf(zone, config), openCurrent(new Snapshots(db)))].map(
      ({ guard, matched, listed, how }) => `${guard} ${matched}: ${listed} ${how}`,
    ),
  );
}

describe("the names of the configuration's own zones", () => {
  const list = [
    "bad.rpz.test",
    "x.bad.rpz.test",
    "rpz.test",
    "sister.rpz.test",
    "ns1.dns.example.net",
    "dns.example.net",
    "other.example",
    "evil.example",
  ];

  test("are blocked by no list, in any of the zones, and each stop is explained", async () => {
    const fixture = fixtureWith(`${list.join("\n")}\n`);
    expect(await owners(fixture)).toEqual(["*.evil.example", "*.sister.rpz.test", "evil.example", "sister.rpz.test"]);
    expect(hits(fixture)).toEqual([
      "own-zones other.example: other.example at",
      "own-zones dns.example.net: ns1.dns.example.net above",
      "own-zones ns1.dns.example.net: ns1.dns.example.net at",
      "own-zones rpz.test: rpz.test at",
      "own-zones bad.rpz.test: bad.rpz.test at",
      "own-zones x.bad.rpz.test: bad.rpz.test beneath",
    ]);
  });

  test("are guarded anew where a zone comes", async () => {
    const fixture = fixtureWith("third.example\nevil.example\n");
    expect(await owners(fixture)).toContain("third.example");
    fixture.write("third.yaml", zoneText("", "third.example"));
    fixture.write("main.yaml", mainText([source]).replace("[zone.yaml]", "[zone.yaml, other.yaml, third.yaml]"));
    expect(await owners(fixture)).not.toContain("third.example");
  });

  test("pass with a source that overrides the guard, and without it", async () => {
    const free = fixtureWith("other.example\n", source.replace("}", ", overrideGuards: [own-zones]}"));
    expect(await owners(free)).toEqual(["*.other.example", "other.example"]);
    const off = fixtureWith("other.example\n", source, "guards: [{id: own-zones, use: false}]\n");
    expect(await owners(off)).toEqual(["*.other.example", "other.example"]);
  });
});

describe("wide prefixes", () => {
  const off = builtInGuards.map(({ id }) => `  - {id: ${id}, use: false}\n`).join("");
  const withoutLists = `guards:\n${off}`;
  const wide = ["3.0.0.0/8", "42.128.0.0/12", "198.50.0.0/15", "2a10::/28"];
  const narrow = ["198.51.0.0/16", "203.0.113.0/24", "2a06:e480::/29"];

  test("are stopped without any list of guarded addresses, and each says how wide it may be", async () => {
    const fixture = fixtureWith(`${[...wide, ...narrow].join("\n")}\n`, source, withoutLists);
    expect(await owners(fixture)).toEqual(["16.0.0.51.198.rpz-ip", "24.0.113.0.203.rpz-ip", "29.zz.e480.2a06.rpz-ip"]);
    expect(hits(fixture)).toEqual([
      "wide-prefixes 198.50.0.0/15: 198.50.0.0/16 above",
      "wide-prefixes 2a10::/28: 2a10::/29 above",
      "wide-prefixes 3.0.0.0/8: 3.0.0.0/16 above",
      "wide-prefixes 42.128.0.0/12: 42.128.0.0/16 above",
    ]);
  });

  test("that a range of addresses takes are stopped with all of it", async () => {
    const fixture = fixtureWith("42.127.255.254-42.130.0.1\n198.51.100.0-198.51.101.7\n", source, withoutLists);
    expect(await owners(fixture)).toEqual(["24.0.100.51.198.rpz-ip", "29.0.101.51.198.rpz-ip"]);
    expect(hits(fixture)).toHaveLength(3);
  });

  test("pass with a source that overrides the guard", async () => {
    const free = source.replace("}", ", overrideGuards: [wide-prefixes]}");
    const fixture = fixtureWith("42.128.0.0/12\n", free, withoutLists);
    expect(await owners(fixture)).toEqual(["12.0.0.128.42.rpz-ip"]);
  });
});
