import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { BlockWriter } from "../../src/dns/block.ts";
import { keyOfText, keyToText, nameFromText } from "../../src/dns/name.ts";
import { DifferenceWriter } from "../../src/mill/difference.ts";
import { RuleChangeCounter } from "../../src/mill/rule-changes.ts";
import { type Action, encodeAction } from "../../src/rpz/action.ts";

const apex = nameFromText("rpz.example");

/** What a rule does with its name and with all beneath it; one of the two may say nothing. */
interface Rule {
  readonly self: Action | undefined;
  readonly beneath: Action | undefined;
  readonly ttl: number;
}
type Rules = ReadonlyMap<string, Rule>;

const action = fc.constantFrom<Action>("nxdomain", "nodata", { a: ["192.0.2.1", "192.0.2.2"] });
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ self: action, beneath: fc.option(action, { nil: undefined }), ttl: fc.constantFrom(60, 300) }),
  fc.record({ self: fc.constant(undefined), beneath: action, ttl: fc.constantFrom(60, 300) }),
);
const name = fc
  .array(fc.constantFrom("a", "b", "c-0", "0"), { minLength: 1, maxLength: 4 })
  .map((all) => all.join("."));
const rules: fc.Arbitrary<Rules> = fc.array(fc.tuple(name, rule), { maxLength: 40 }).map((entries) => new Map(entries));

/** Blocks as a build writes them: a name and its wildcard in one, `perBlock` rules each. */
function blocksOf(all: Rules, perBlock: number): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const writer = new BlockWriter(apex);
  const sorted = [...all].map(([text, of]) => ({ key: keyOfText(text), of }));
  sorted.sort((x, y) => compareBytes(x.key, y.key));
  sorted.forEach(({ key, of: { self, beneath, ttl } }, i) => {
    if (i > 0 && i % perBlock === 0) blocks.push(writer.take());
    if (self !== undefined) writer.add(key, key.length, encodeAction(self, ttl));
    const wildcard = Uint8Array.of(...key, 0x2a, 0);
    if (beneath !== undefined) writer.add(wildcard, wildcard.length, encodeAction(beneath, ttl));
  });
  if (writer.records > 0) blocks.push(writer.take());
  return blocks;
}

const sameAction = (x: Action | undefined, y: Action | undefined): boolean => JSON.stringify(x) === JSON.stringify(y);

/** `+name`, `-name` and `~name` by what the rules mean. */
function expected(before: Rules, after: Rules): string[] {
  const lines: string[] = [];
  for (const text of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(text);
    const fresh = after.get(text);
    if (old === undefined) lines.push(`+${text}`);
    else if (fresh === undefined) lines.push(`-${text}`);
    else if (!sameAction(old.self, fresh.self) || !sameAction(old.beneath, fresh.beneath)) lines.push(`~${text}`);
  }
  return lines.sort();
}

function counted(before: Rules, after: Rules, perBlock: number, firstMax?: number) {
  const lines: string[] = [];
  const signs = { added: "+", removed: "-", changed: "~" };
  const counter = new RuleChangeCounter((change, key) => lines.push(signs[change] + keyToText(key)), firstMax);
  const difference = new DifferenceWriter(apex, { message: () => true }, counter);
  difference.compare(blocksOf(before, perBlock), blocksOf(after, perBlock + 1));
  difference.finish();
  return { counter, lines: lines.sort() };
}

test("a rule is a name with its wildcard: it counts once, as added, removed or changed, and never for its TTL", () => {
  fc.assert(
    fc.property(rules, rules, fc.integer({ min: 1, max: 9 }), (before, after, perBlock) => {
      const { counter, lines } = counted(before, after, perBlock);
      expect(lines).toEqual(expected(before, after));
      expect(counter.added - counter.removed).toBe(after.size - before.size);
      expect(counter.added + counter.removed + counter.changed).toBe(lines.length);
    }),
    { numRuns: 500 },
  );
});

test("a few edits of many rules count as those", () => {
  fc.assert(
    fc.property(
      rules,
      fc.array(fc.tuple(name, fc.option(rule, { nil: undefined })), { maxLength: 3 }),
      (before, edits) => {
        const after = new Map(before);
        for (const [text, of] of edits) {
          if (of === undefined) after.delete(text);
          else after.set(text, of);
        }
        expect(counted(before, after, 5).lines).toEqual(expected(before, after));
      },
    ),
    { numRuns: 500 },
  );
});

test("the first names of each kind are kept, and no more than that", () => {
  const both = (self: Action): Rule => ({ self, beneath: self, ttl: 60 });
  const many = (self: Action): Rules => new Map(Array.from({ length: 50 }, (_, i) => [`n${i}.a`, both(self)]));
  const { first } = counted(many("nxdomain"), new Map([...many("nodata"), ["z.a", both("drop")]]), 7, 3).counter;
  expect(first).toEqual({ added: ["z.a"], removed: [], changed: ["n0.a", "n1.a", "n10.a"] });
});
