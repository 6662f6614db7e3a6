import { expect, test } from "vitest";
import { guardEffectInWords } from "../../src/cli/guard-effect-words.ts";
import type { GuardEffect } from "../../src/mill/guard-hits.ts";

const stop: GuardEffect = {
  guard: "shared-addresses",
  class: "shared",
  listed: "192.0.2.1",
  verdict: "stop",
  how: "above",
  source: "drop",
  matched: "192.0.2.0/24",
  scope: "exact",
};

test.each<[string, Partial<GuardEffect>, string]>([
  ["a prefix that holds a guarded address", {}, "stops 192.0.2.0/24 of drop: it lists 192.0.2.1, which is beneath; "],
  [
    "a prefix that is too wide",
    { guard: "wide-prefixes", class: "network", listed: "192.0.0.0/16", matched: "192.0.0.0/8" },
    "stops 192.0.0.0/8 of drop: it is wider than /16; ",
  ],
  [
    "a part of a range whose other part is guarded",
    { matched: "192.0.3.0/31", range: "192.0.2.0-192.0.3.1" },
    "stops 192.0.3.0/31 in 192.0.2.0-192.0.3.1 of drop: it lists 192.0.2.1, which is beneath; ",
  ],
  [
    "a host that a private wildcard matches",
    {
      guard: "public-suffixes",
      class: "public-suffix",
      listed: "*.compute.example",
      verdict: "narrow",
      how: "at",
      matched: "host.compute.example",
      scope: "subtree",
    },
    "narrows host.compute.example with all beneath of drop to the name alone: it lists *.compute.example; ",
  ],
])("%s", (_, changed, words) => {
  const { guard, class: ofClass, source } = { ...stop, ...changed };
  expect(guardEffectInWords({ ...stop, ...changed })).toBe(
    `guard ${guard} (${ofClass}) ${words}\`overrideGuards: [${guard}]\` at ${source} lets it pass`,
  );
});
