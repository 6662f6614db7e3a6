/** Hosts of URLs that are public suffixes are the guards' to stop, as all that guards know: by their text, and overridden as they are. */
import { describe, expect, test } from "vitest";
import { apex, BuildFixture } from "./fixture.ts";

const urls =
  "https://co.uk/x\nhttps://duckdns.org/y\nhttps://evil.example/z\nhttps://a.new-suffix.example/\nhttps://new-suffix.example/\n";

const mainWith = (source = "", guards = ""): string =>
  `version: 1
sources:
  - {id: list, category: one, format: urls, from: list.txt${source}}
zones: [zone.yaml]
${guards}`;

/** The names that the zone blocks, with the counts of what guards stopped. */
async function blocked(main: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const fixture = new BuildFixture({ "main.yaml": main, "list.txt": urls, ...files });
  await fixture.build();
  const owners = fixture.served(apex)?.records.map((record) => record.split(/\s/)[0] ?? "") ?? [];
  return owners.filter((owner) => !owner.startsWith("*.")).sort();
}

const withoutSuffixes = ["a.new-suffix.example", "evil.example", "new-suffix.example"];

describe("the host of a URL that is a public suffix", () => {
  test("is stopped by the built-in guard, ICANN's and private ones alike", async () => {
    expect(await blocked(mainWith())).toEqual(withoutSuffixes);
  });

  test("is stopped by a newer text of the list in its place", async () => {
    const text = [
      "// ===BEGIN ICANN DOMAINS===\nuk\nco.uk\n// ===END ICANN DOMAINS===",
      "// ===BEGIN PRIVATE DOMAINS===\nduckdns.org\nnew-suffix.example\n// ===END PRIVATE DOMAINS===\n",
    ].join("\n");
    const guards = "guards: [{id: public-suffixes, from: psl.txt}]\n";
    expect(await blocked(mainWith("", guards), { "psl.txt": text })).toEqual(["a.new-suffix.example", "evil.example"]);
  });

  test.each([
    ["guards are off", mainWith("", "guards: none\n")],
    ["the source may", mainWith(", allowPublicSuffix: true, overrideGuards: [shared]")],
    [
      "the guards that list it are not used",
      mainWith("", "guards: [{id: public-suffixes, use: false}, {id: shared, use: false}]\n"),
    ],
  ])("is blocked where %s", async (_, main) => {
    expect(await blocked(main)).toEqual([
      "a.new-suffix.example",
      "co.uk",
      "duckdns.org",
      "evil.example",
      "new-suffix.example",
    ]);
  });
});
