/** A configuration that says nothing of guards: what the built-in ones keep from being blocked, and how to do without. */
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { BuildFixture, mainText } from "../feed/fixture.ts";

/** What lists of others have named, each with a neighbour that must stay blocked. */
const names = `google.com
github.com
evil.github.com
co.uk
evil.co.uk
dns.google
1.1.1.1
192.0.2.1
dropper.example
`;
const urls = `https://drive.google.com/file/d/x
https://t.co/x
https://bit.ly/x
https://dropper.example/x
`;

const sources = [
  "{id: names, category: one, format: domains, from: names.txt, scope: subtree}",
  "{id: urls, category: one, format: urls, from: urls.txt}",
];

function fixtureWith(more = ""): BuildFixture {
  return new BuildFixture({ "main.yaml": mainText(sources) + more, "names.txt": names, "urls.txt": urls });
}

/** Owners of the zone's rules, subtrees as `*.name`. */
function owners(fixture: BuildFixture): string[] {
  return (fixture.served()?.records ?? []).map((record) => record.split(/\s/)[0] ?? "");
}

const malicious = ["*.dropper.example", "*.evil.co.uk", "*.evil.github.com", "32.1.2.0.192.rpz-ip"];

describe("without any setting", () => {
  test("large sites, shared hosts, registries and resolvers stay, and what lies beneath them is blocked", async () => {
    const fixture = fixtureWith();
    const outcome = await fixture.build();
    expect(outcome.guards.map(({ outcome: what }) => what)).toEqual(builtInGuards.map(() => "new"));
    expect(owners(fixture)).toEqual([...malicious, "dropper.example", "evil.co.uk", "evil.github.com"].sort());
    expect(fixture.warnings).toEqual([]);
  });

  test("an unchanged build reads no guard", async () => {
    const fixture = fixtureWith();
    await fixture.build();
    const outcome = await fixture.build();
    expect(outcome.guards.map(({ outcome: what }) => what)).toEqual(builtInGuards.map(() => "untouched"));
    expect(outcome.zones[0]?.result?.merged).toBe("none");
  });
});

test("`guards: none` blocks all that is listed, and every build warns", async () => {
  const fixture = fixtureWith("guards: none\n");
  for (let round = 1; round <= 2; round++) {
    const outcome = await fixture.build();
    expect(outcome.guards).toEqual([]);
    expect(fixture.warnings).toHaveLength(round);
    expect(fixture.warnings.at(-1)?.message).toMatch(/^no guard is in force: any list may block/);
  }
  expect(owners(fixture)).toEqual(expect.arrayContaining(["google.com", "*.co.uk", "bit.ly", "32.1.1.1.1.rpz-ip"]));
});

test("a source passes the guards that it overrides, and no others", async () => {
  const fixture = fixtureWith();
  fixture.write(
    "main.yaml",
    mainText([(sources[0] as string).replace("}", ", overrideGuards: [popular, shared]}"), sources[1] as string]),
  );
  await fixture.build();
  // Beneath google.com lie names of infrastructure, which nothing overrides here.
  const passed = ["*.dropper.example", "*.evil.co.uk", "*.github.com", "32.1.2.0.192.rpz-ip"];
  expect(owners(fixture)).toEqual([...passed, "dropper.example", "evil.co.uk", "github.com"].sort());
});

test("hosts that many stand behind are blocked by no list, whether it names them, what is above, or a URL", async () => {
  const hosts =
    "ns1.google.com ada.ns.cloudflare.com ns-1.awsdns-01.org ns71.domaincontrol.com sns-pb.isc.org www.googleapis.com www.kpn.com " +
    "eur01.safelinks.protection.outlook.com nam12.safelinks.protection.outlook.com go.pardot.com old.reddit.com download1.mediafire.com";
  const list = hosts.split(" ");
  const fixture = new BuildFixture({
    "main.yaml": mainText(sources),
    "names.txt": `${list.join("\n")}\nevil.example\n`,
    "urls.txt": list.map((host) => `https://${host}/x\n`).join(""),
  });
  await fixture.build();
  expect(owners(fixture)).toEqual(["*.evil.example", "evil.example"]);
});

describe("addresses", () => {
  const sourceOf = "{id: list, category: one, format: domains, from: list.txt}";
  /** Entries of a list that become rules. */
  async function kept(entries: readonly string[]): Promise<string[]> {
    const fixture = new BuildFixture({ "main.yaml": mainText([sourceOf]), "list.txt": `${entries.join("\n")}\n` });
    await fixture.build();
    const rules = new Set(owners(fixture));
    return entries.filter((entry) => rules.has(ownerOfPrefix(parsePrefix(entry) as Prefix)));
  }

  test.each([
    ["of content delivery networks", "13.33.50.101 2600:9000:2000::1 104.16.1.1 151.101.1.1 13.107.246.40 45.60.1.1"],
    [
      "of hosts and builders of sites",
      "185.199.108.153 76.76.21.21 75.2.60.5 23.227.38.65 198.185.159.144 185.230.63.107 192.0.78.24",
    ],
    [
      "of large services",
      "142.250.1.1 157.240.1.35 17.253.1.1 140.82.121.4 52.96.1.1 91.198.174.192 2a00:1450::1 2a03:2880::1",
    ],
    [
      "in wide prefixes of clouds",
      "3.0.0.0/8 17.0.0.0/8 20.0.0.0/8 34.0.0.0/8 52.0.0.0/11 13.64.0.0/11 104.131.0.0/16 2a01:4f8::/32",
    ],
    ["of guarded IPv4 in IPv6", "2002:808:808::/48 2002:0d21:3265::1"],
  ])("%s are blocked by no list", async (_, entries) => {
    expect(await kept([...entries.split(" "), "192.0.2.1"])).toEqual(["192.0.2.1"]);
  });

  test("of machines in clouds are blocked, and so are small ranges of them", async () => {
    const entries = "3.80.1.1 20.50.1.1 35.192.1.1 104.131.1.1 107.170.228.0/22 144.76.1.0/24 2a01:4f8:1::/48".split(
      " ",
    );
    expect(await kept(entries)).toEqual(entries);
  });
});
