import { expect, test } from "vitest";
import { BuildFixture, mainText } from "./fixture.ts";

const list = [
  "a.example",
  "b.test",
  "c.invalid",
  "d.onion",
  "e.internal",
  "f.com",
  "g.xn--p1ai",
  "h.ck",
  "i.arpa",
  "ipsss.000webhostapp",
  "x.ipsss.000webhostapp",
  "y.no-such-tld",
  "192.0.2.1",
];

const fixtureOf = (more: string, lines: readonly string[] = list): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText([`{id: list, category: one, format: domains, from: list.txt${more}}`]),
    "list.txt": `${lines.join("\n")}\n`,
  });

test("a name under a top-level domain that does not exist is kept, counted and listed", async () => {
  const { sources } = await fixtureOf("").build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 13,
    rejects: {
      "unknown-tld": {
        count: 3,
        samples: [
          { line: 0, text: "ipsss.000webhostapp" },
          { line: 0, text: "x.ipsss.000webhostapp" },
          { line: 0, text: "y.no-such-tld" },
        ],
      },
    },
  });
});

test("a name under a top-level domain that does not exist is a reject where the source says so", async () => {
  const { sources } = await fixtureOf(", unknownTld: reject").build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 10,
    duplicates: 0,
    rejects: { "unknown-tld-rejected": { count: 3 } },
  });
});

test("the names that stay are the same in long lists, wherever the unknown ones lie", async () => {
  const many = Array.from({ length: 9000 }, (_, i) => `n${i}.${["com", "nope", "org", "zzz-nope", "aaa-nope"][i % 5]}`);
  const { sources } = await fixtureOf(", unknownTld: reject", [...many, ...many.slice(0, 10)]).build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 3600,
    duplicates: 4,
    rejects: { "unknown-tld-rejected": { count: 5406 } },
  });
  expect(sources[0]?.snapshot?.rejects["unknown-tld-rejected"]?.samples).toHaveLength(100);
});
