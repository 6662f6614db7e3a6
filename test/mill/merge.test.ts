import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { Merge } from "../../src/mill/merge.ts";
import type { RuleTrigger } from "../../src/rpz/label.ts";
import { modelOf } from "../model/resolver-model.ts";
import {
  blockFlags,
  blocksOf,
  type Entries,
  name,
  policyFor,
  RuleSink,
  readerOf,
  shownFor,
  sourceFlags,
  suffixEntries,
  suffixGuard,
} from "./entries.ts";
import { type GuardList, guardLists } from "./guard-model.ts";

const source = fc.array(fc.tuple(name, sourceFlags), { maxLength: 12 }).map((list): Entries => new Map(list));
const allowList = fc.array(fc.tuple(name, blockFlags), { maxLength: 4 }).map((list): Entries => new Map(list));
const world = fc.record({
  sources: fc.array(source, { minLength: 1, maxLength: 3 }),
  allow: fc.array(allowList, { maxLength: 2 }),
});

function mergeOf(sources: readonly Entries[], allow: readonly Entries[], guards: readonly GuardList[] = []) {
  const lists = new Map<string, Entries>();
  for (const { id, entries } of guards) lists.set(storedNameOfGuard(id), entries);
  sources.forEach((entries, i) => lists.set(`s${i}`, entries));
  allow.forEach((entries, i) => lists.set(`a${i}`, entries));
  const sink = new RuleSink();
  const policy = policyFor(sources.length, allow.length, guards);
  return {
    sink,
    merge: new Merge(
      policy,
      readerOf((id) => blocksOf(lists.get(id) ?? new Map())),
      sink,
    ),
  };
}

/** Every name that could tell two zones apart: those listed, what is above them, and a few beneath each. */
function universe(lists: readonly Entries[]): string[] {
  const names = new Set<string>();
  for (const list of lists) {
    for (const listed of list.keys()) {
      const labels = listed.split(".");
      for (let i = 0; i < labels.length - 1; i++) {
        const above = labels.slice(i).join(".");
        for (const beneath of ["", "a.", "b.", "q.", "zz.q.", "a.b."]) names.add(beneath + above);
      }
    }
  }
  return [...names];
}

describe("the merge", () => {
  it("makes zones that answer what is meant and say nothing more, in every resolver alike", () => {
    fc.assert(
      fc.property(world, ({ sources, allow }) => {
        const { sink, merge } = mergeOf(sources, allow);
        merge.run();
        const rules = sink.rules();
        for (const qname of universe([...sources, ...allow])) {
          const meant = shownFor(sources, allow, qname);
          const shown = Object.values(modelOf).map((verdict) => verdict(rules, qname));
          expect({ qname, shown }).toEqual({ qname, shown: shown.map(() => meant) });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same nodes over ranges as over everything, wherever it is cut", () => {
    fc.assert(
      fc.property(world, guardLists, fc.array(name, { maxLength: 4 }), fc.boolean(), (lists, guards, cuts, anew) => {
        const { sources, allow } = lists;
        const whole = mergeOf(sources, allow, guards);
        whole.merge.run();
        const keys = [...new Set(cuts)].map(keyOfText).sort(Buffer.compare);
        const bounds = [undefined, ...keys, undefined];
        const nodes = [];
        let part = mergeOf(sources, allow, guards);
        for (let i = 1; i < bounds.length; i++) {
          if (anew) part = mergeOf(sources, allow, guards);
          const before = part.sink.nodes.length;
          part.merge.run(bounds[i - 1], bounds[i]);
          nodes.push(...part.sink.nodes.slice(before));
        }
        expect(nodes).toEqual(whole.sink.nodes);
        if (!anew) expect(part.sink.counts).toEqual(whole.sink.counts);
      }),
      { numRuns: 1000 },
    );
  });

  it("does not depend on the order in which allow lists stand", () => {
    fc.assert(
      fc.property(world, ({ sources, allow }) => {
        const one = mergeOf(sources, allow);
        const other = mergeOf(sources, allow.toReversed());
        one.merge.run();
        other.merge.run();
        expect(other.sink.nodes).toEqual(one.sink.nodes);
      }),
    );
  });

  it("drops what a parent covers, and restores cover around an exception three labels deep", () => {
    const { sink, merge } = mergeOf(
      [
        new Map([
          ["bad.test", blockSubtree],
          ["covered.bad.test", flag.blockSelf],
          ["deep.covered.bad.test", blockSubtree],
        ]),
      ],
      [new Map([["ok.b.a.bad.test", flag.blockSelf]])],
    );
    merge.run();
    expect([...sink.rules()]).toEqual([
      ["bad.test", "nxdomain"],
      ["*.bad.test", "nxdomain"],
      ["a.bad.test", "nxdomain"],
      ["*.a.bad.test", "nxdomain"],
      ["b.a.bad.test", "nxdomain"],
      ["*.b.a.bad.test", "nxdomain"],
      ["ok.b.a.bad.test", "passthru"],
      ["*.ok.b.a.bad.test", "nxdomain"],
    ]);
    expect(sink.counts).toMatchObject({ covered: 2 });
  });

  it("stops public suffixes before they cover anything, and lets an exact private one pass", () => {
    const { sink, merge } = mergeOf(
      [
        new Map([
          ["co.uk", blockSubtree],
          ["evil.co.uk", blockSubtree],
          ["blogspot.com", blockSubtree],
          ["github.io", flag.blockSelf],
          ["com", flag.blockSelf],
          ["amazonaws.com", blockSubtree],
          ["x.compute.amazonaws.com", blockSubtree],
        ]),
      ],
      [],
      [{ ...suffixGuard, entries: suffixEntries() }],
    );
    merge.run();
    expect([...sink.rules().keys()].sort()).toEqual([
      "*.evil.co.uk",
      "evil.co.uk",
      "github.io",
      "x.compute.amazonaws.com",
    ]);
    const guards = { "public-suffixes": { stopped: 4, narrowed: 1 } };
    expect(sink.counts).toMatchObject({ publicSuffix: 4, guards });
  });

  it("makes rules of the triggers that a zone takes, and of no others", () => {
    const lists = new Map([
      [
        "s0",
        new Map([
          ["evil.test", blockSubtree],
          ["32.1.113.0.203.rpz-ip", flag.blockSelf],
        ]),
      ],
    ]);
    const owners = (triggers: readonly RuleTrigger[]): string[] => {
      const sink = new RuleSink();
      const policy = { ...policyFor(1, 0), triggers };
      new Merge(
        policy,
        readerOf((id) => blocksOf(lists.get(id) ?? new Map())),
        sink,
      ).run();
      return [...sink.rules().keys()];
    };
    expect(owners(["qname"])).toEqual(["evil.test", "*.evil.test"]);
    expect(owners(["response-ip"])).toEqual(["32.1.113.0.203.rpz-ip"]);
  });

  it("passes an allowed address around a blocked prefix, and stops what an allowed prefix holds", () => {
    const ip = (owner: string): string => `${owner}.rpz-ip`;
    const { sink, merge } = mergeOf(
      [
        new Map([
          [ip("24.0.2.0.192"), flag.blockSelf],
          [ip("32.7.100.51.198"), flag.blockSelf],
          [ip("32.1.113.0.203"), flag.blockSelf],
        ]),
      ],
      [
        new Map([
          [ip("32.5.2.0.192"), flag.blockSelf],
          [ip("24.0.100.51.198"), flag.blockSelf],
        ]),
      ],
    );
    merge.run();
    expect(Object.fromEntries(sink.rules())).toEqual({
      [ip("24.0.2.0.192")]: "nxdomain",
      [ip("32.5.2.0.192")]: "passthru",
      [ip("32.1.113.0.203")]: "nxdomain",
    });
    // The one prefix that a source lists and an allowed one holds; that allow lists speak of addresses is no stop by itself.
    expect(sink.counts).toMatchObject({ allowed: 1, excepted: 0 });
  });
});
