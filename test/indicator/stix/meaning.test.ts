/** What patterns come to, one of each kind. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { meaningOf } from "../../../src/indicator/stix/meaning.ts";
import { isFault, readPattern } from "../../../src/indicator/stix/read-pattern.ts";

/** In words: what is listed, what waits with its reason behind a question mark, and what is said of the pattern. */
function said(text: string): string[] {
  const pattern = readPattern(text);
  if (isFault(pattern)) return [pattern.fault];
  const { listed, candidates, isWidened, isPartial, isNegated } = meaningOf(pattern);
  return [
    ...listed.map((one) => `${one.as} ${one.text}`),
    ...candidates.map((one) => `${one.as} ${one.text} ?${one.review}`),
    ...(isWidened ? ["widened"] : []),
    ...(isPartial ? ["partial"] : []),
    ...(isNegated ? ["negated"] : []),
  ];
}

const meanings: readonly (readonly [string, readonly string[]])[] = [
  ["[domain-name:value='a.example']", ["name a.example"]],
  ["[domain-name:value IN ('a.example', 'b.example', 'a.example')]", ["name a.example", "name b.example"]],
  ["[domain-name:value = 'a.example' OR ipv4-addr:value = '192.0.2.1']", ["name a.example", "address 192.0.2.1"]],
  [
    "[domain-name:value = 'a.example'] OR [url:value = 'https://b.example/x']",
    ["name a.example", "url https://b.example/x"],
  ],
  ["[domain-name:value LIKE '%.a.example']", ["beneath a.example"]],
  ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ["address 192.0.2.0/24"]],
  ["[ipv6-addr:value = '2001:db8::/32']", ["address 2001:db8::/32"]],
  ["[network-traffic:dst_ref.value = 'a.example']", ["name a.example"]],
  // What says more of the one thing that is listed.
  [
    "[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']",
    ["name a.example", "widened"],
  ],
  [
    "[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'a.example' AND network-traffic:dst_port IN (80, 443)]",
    ["name a.example", "widened"],
  ],
  [
    "[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND (network-traffic:dst_port = 80 OR network-traffic:protocols[0] = 'tcp')]",
    ["name a.example", "name b.example", "widened"],
  ],
  // What needs a person.
  ["[domain-name:value = 'a.example' AND file:name = 'x']", ["name a.example ?combined", "partial"]],
  [
    "[domain-name:value = 'a.example' AND url:value = 'http://a.example/x']",
    ["name a.example ?combined", "url http://a.example/x ?combined"],
  ],
  [
    "[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']",
    ["name a.example ?combined", "name b.example ?combined"],
  ],
  ["[domain-name:value = 'a.example'] FOLLOWEDBY [file:name = 'x']", ["name a.example ?sequence", "partial"]],
  ["[domain-name:value = 'a.example'] REPEATS 5 TIMES", ["name a.example ?repeated"]],
  ["[domain-name:value = 'a.example'] WITHIN 5 SECONDS", ["name a.example ?qualified"]],
  [
    "[domain-name:value = 'a.example'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'",
    ["name a.example ?qualified"],
  ],
  [
    "[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] WITHIN 5 SECONDS",
    ["name a.example", "name b.example ?qualified"],
  ],
  [
    "[domain-name:value = 'a.example'] OR ([domain-name:value = 'a.example'] AND [file:name = 'x'])",
    ["name a.example", "partial"],
  ],
  ["[domain-name:value LIKE '%a.example']", ["subtree a.example ?pattern"]],
  ["[domain-name:value LIKE 'a.example']", ["name a.example ?pattern"]],
  ["[domain-name:value LIKE '%.a_b.example']", ["beneath a_b.example ?pattern"]],
  ["[domain-name:value LIKE 'a%.example']", ["partial"]],
  ["[ipv4-addr:value LIKE '192.0.2.%']", ["address 192.0.2.0/24 ?pattern"]],
  ["[url:value LIKE 'http://a.example/%']", ["url http://a.example ?pattern"]],
  ["[url:value LIKE '%://a.example/%']", ["url http://a.example ?pattern"]],
  ["[url:value LIKE 'http://%.example/']", ["partial"]],
  ["[domain-name:value = '*.a.example']", ["subtree a.example ?pattern"]],
  ["[domain-name:value MATCHES '^a\\\\.example$']", ["name a.example ?pattern"]],
  ["[domain-name:value MATCHES '^(.+\\\\.)?a\\\\.example$']", ["subtree a.example ?pattern"]],
  ["[domain-name:value MATCHES '.*[.]a[.]example']", ["beneath a.example ?pattern"]],
  ["[domain-name:value MATCHES '^[a-z]{8}\\\\.example$']", ["partial"]],
  ["[url:value MATCHES '^https?:\\\\/\\\\/a\\\\.example\\\\/x']", ["url https://a.example ?pattern"]],
  // What no rule can say.
  ["[file:name = 'x' OR domain-name:value = 'a.example']", ["name a.example", "partial"]],
  ["[file:hashes.MD5 = 'cead3f77f6cda6ec00f57d76c9a6879f']", ["partial"]],
  ["[domain-name:resolves_to_refs[*].value = '192.0.2.1']", ["partial"]],
  ["[network-traffic:src_ref.value = '192.0.2.1']", ["partial"]],
  ["[email-addr:value = 'x@a.example']", ["partial"]],
  ["[domain-name:value = 5]", ["partial"]],
  ["[domain-name:value IN ()]", ["partial"]],
  ["[domain-name:value > 'a.example']", ["partial"]],
  ["[ipv4-addr:value ISSUPERSET '192.0.2.0/24']", ["partial"]],
  ["[EXISTS domain-name:value]", ["partial"]],
  // What is not meant is never listed, nor what stands beside it.
  ["[domain-name:value != 'a.example']", ["negated"]],
  ["[domain-name:value NOT = 'a.example' OR domain-name:value = 'b.example']", ["negated"]],
  ["[domain-name:value = 'a.example' AND NOT EXISTS network-traffic:dst_port]", ["negated"]],
  ["[domain-name:value = 'a.example' AND network-traffic:dst_port != 80]", ["negated"]],
  ["[domain-name:value NOT IN ('a.example')] OR [domain-name:value = 'b.example']", ["name b.example", "negated"]],
  [
    "[domain-name:value NOT LIKE '%.a.example'] AND [domain-name:value = 'b.example']",
    ["name b.example ?combined", "negated"],
  ],
];

describe("what a pattern comes to", () => {
  test.each(meanings)("%s", (pattern, meaning) => expect(said(pattern)).toEqual(meaning));
});

describe("docs/stix.md", () => {
  const page = readFileSync(new URL("../../../docs/stix.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\[[^`]+)` \| (blocks|waits|nothing)(?:: `([a-z-]+)`)?/gm)];

  test("shows patterns of each kind", () => expect(rows.length).toBeGreaterThan(25));

  test.each(rows.map(([, pattern = "", kind = "", word = ""]) => [pattern, kind, word]))(
    "says of %s that it %s",
    (text, kind, word) => {
      const pattern = readPattern(text);
      if (isFault(pattern)) {
        expect([kind, word]).toEqual(["nothing", "pattern-unreadable"]);
        return;
      }
      const { listed, candidates, isNegated } = meaningOf(pattern);
      if (kind === "blocks") expect([listed.length > 0, candidates]).toEqual([true, []]);
      else if (kind === "waits")
        expect([listed, candidates.every(({ review }) => review === word)]).toEqual([[], true]);
      else
        expect([listed, candidates, word]).toEqual([[], [], isNegated ? "pattern-negated" : "pattern-inexpressible"]);
    },
  );
});
