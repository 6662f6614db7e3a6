/** Rules of one list that cancel or outweigh each other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyToText } from "../../../src/dns/name.ts";
import { flag } from "../../../src/indicator/entry/collector.ts";
import { collect, parse } from "../parse.ts";

describe("rules weighed against each other", () => {
  interface Stated {
    readonly name: string;
    readonly isException: boolean;
    readonly isImportant: boolean;
  }
  const stated = fc.record({
    name: fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }).map((labels) => [...labels, "x.test"].join(".")),
    isException: fc.boolean(),
    isImportant: fc.boolean(),
  });
  const ruleOf = ({ name, isException, isImportant }: Stated): string =>
    `${isException ? "@@" : ""}||${name}^${isImportant ? "$important" : ""}`;
  /** As programs that filter decide: by weight, wherever the rules stand above the name. */
  const isBlocked = (rules: readonly Stated[], name: string): boolean => {
    const matching = rules.filter((rule) => name === rule.name || name.endsWith(`.${rule.name}`));
    const has = (isException: boolean, isImportant: boolean): boolean =>
      matching.some((rule) => rule.isException === isException && rule.isImportant === isImportant);
    if (has(true, true)) return false;
    return has(false, true) || (!has(true, false) && has(false, false));
  };
  /** As the merge decides: the deepest statement of a source counts, an exception before a block of one name. */
  const isMerged = (flags: ReadonlyMap<string, number>, name: string): boolean => {
    const labels = name.split(".");
    for (let i = 0; i < labels.length; i++) {
      const said = flags.get(labels.slice(i).join(".")) ?? 0;
      if (said & (i === 0 ? flag.exemptSelf : flag.exemptBeneath)) return false;
      if (said & (i === 0 ? flag.blockSelf : flag.blockBeneath)) return true;
    }
    return false;
  };
  it("block what programs that filter would block, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(stated, { maxLength: 8 }), fc.constantFrom("adblock", "domains"), (rules, format) => {
        const list = Buffer.from(rules.map((rule) => `${ruleOf(rule)}\n`).join(""));
        const { collector } = collect({ format }, list);
        const flags = new Map<string, number>();
        for (let entry = 0; entry < collector.count; entry++) {
          const name = keyToText(collector.keyOf(entry));
          flags.set(name, (flags.get(name) ?? 0) | (collector.flags[entry] as number));
        }
        for (const { name } of rules) {
          for (const qname of [name, `q.${name}`, `a.${name}`, `b.a.${name}`, "x.test", "a.x.test"]) {
            expect([qname, isMerged(flags, qname)]).toEqual([qname, isBlocked(rules, qname)]);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("in a long list cost time only near exceptions", () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `||n${i}.example^`);
    const said = parse({ format: "adblock" }, [...names, "@@||n7.example^", "||a.n7.example^"].join("\n"));
    expect(said.entries).toHaveLength(20_001);
    expect(said.rejects).toEqual(["cancelled@0"]);
  });
});
