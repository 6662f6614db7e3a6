/** A configuration that says nothing of guards: what the built-in ones keep from being blocked, and how to do without. */
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
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
