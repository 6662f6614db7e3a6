import fc from "fast-check";
import { expect, test } from "vitest";
import { keyToText, labelEnds, nameOfKey } from "../../../src/dns/name.ts";
import { guardFormats } from "../../../src/guard/format/format.ts";
import { collectGuards } from "./parse-guards.ts";

const piece = fc.oneof(
  fc.constantFrom("\n", "\r\n", ",", '"', "#", "*.", ".", " ", "\uFEFF", "{", "}", "[", "]", ":", "\\u00"),
  fc.constantFrom('"type":', '"list":', '"string"', '"regex"', "null", "1,", "rank,name\n", "0.0.0.0/0", "10.0.0.0/8"),
  fc.constantFrom(
    "evil.example",
    "com",
    "local",
    "bücher",
    "a".repeat(64),
    "b.".repeat(130),
    "2001:db8::/32",
    "!",
    "//",
  ),
  fc.string({ maxLength: 6 }),
);
const list = fc.oneof(
  fc.array(piece, { maxLength: 50 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join(""), "utf8"))),
  fc.uint8Array({ maxLength: 300 }),
);
const options = fc.record({
  format: fc.constantFrom(...guardFormats),
  scope: fc.constantFrom("exact" as const, "subtree" as const),
  top: fc.constantFrom(undefined, 1, 3),
});

test("whatever a guard list holds, entries are names of no public top-level domain, and cuts change nothing", () => {
  fc.assert(
    fc.property(options, list, fc.array(fc.nat(400), { maxLength: 5 }), (how, bytes, cuts) => {
      const { collector, rejects, lines, refusal } = collectGuards(how, bytes);
      for (let entry = 0; entry < collector.count; entry++) {
        const key = collector.keyOf(entry);
        expect(labelEnds(key).length).toBeGreaterThan(keyToText(key) === "local" ? 0 : 1);
        expect(nameOfKey(key).length).toBeLessThanOrEqual(255);
        expect(collector.flags[entry]).toBeGreaterThan(0);
        expect(collector.flags[entry]).toBeLessThan(0x80);
      }
      const cut = collectGuards(how, bytes, cuts);
      expect(cut.lines).toBe(lines);
      expect(cut.refusal).toEqual(refusal);
      expect(cut.rejects.report()).toEqual(rejects.report());
      expect(cut.collector.bytes.slice(0, cut.collector.length)).toEqual(collector.bytes.slice(0, collector.length));
    }),
    { numRuns: 1500, seed: 11 },
  );
});
