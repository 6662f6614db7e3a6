/** Small made-up zones with guards: what goes into the merge, and what comes out of it. */
import fc from "fast-check";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { Merge } from "../../src/mill/merge.ts";
import type { RuleTrigger } from "../../src/rpz/label.ts";
import { blockFlags, blocksOf, type Entries, policyFor, RuleSink, readerOf, sourceFlags } from "./entries.ts";
import { type GuardList, guardListsOf } from "./guard-model.ts";

export interface World {
  readonly sources: readonly Entries[];
  readonly allow: readonly Entries[];
  readonly guards: readonly GuardList[];
  /** Of each source, the guards that it overrides. */
  readonly overrides: readonly (readonly string[])[];
}

/** Worlds over some names, few enough to meet one another. */
export function worldOf(names: fc.Arbitrary<string>): fc.Arbitrary<World> {
  const entriesOf = (flags: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Entries> =>
    fc.array(fc.tuple(names, flags), { maxLength }).map((list) => new Map(list));
  return fc.record({
    sources: fc.array(entriesOf(sourceFlags, 12), { minLength: 1, maxLength: 3 }),
    allow: fc.array(entriesOf(blockFlags, 3), { maxLength: 1 }),
    guards: guardListsOf(names),
    overrides: fc.array(fc.subarray(["g0", "g1", "g2"], { maxLength: 1 }), { minLength: 3, maxLength: 3 }),
  });
}

/** The zone that the merge makes, of rules of these triggers. */
export function merged({ sources, allow, guards, overrides }: World, triggers?: readonly RuleTrigger[]): RuleSink {
  const lists = new Map<string, Entries>();
  sources.forEach((entries, i) => lists.set(`s${i}`, entries));
  allow.forEach((entries, i) => lists.set(`a${i}`, entries));
  for (const { id, entries } of guards) lists.set(storedNameOfGuard(id), entries);
  const sink = new RuleSink();
  const plain = policyFor(sources.length, allow.length, guards, overrides);
  const policy = triggers === undefined ? plain : { ...plain, triggers };
  const reader = readerOf((id) => blocksOf(lists.get(id) ?? new Map()));
  new Merge(policy, reader, sink).run();
  return sink;
}

/** Names listed anywhere, those above them, and some beneath each. */
export function namesToAsk({ sources, allow, guards }: World): Set<string> {
  const asked = new Set<string>();
  for (const list of [...sources, ...allow, ...guards.map(({ entries }) => entries)]) {
    for (const listed of list.keys()) {
      const labels = listed.split(".");
      for (let i = 0; i < labels.length - 1; i++) {
        for (const beneath of ["", "a.", "q.", "zz.q."]) asked.add(beneath + labels.slice(i).join("."));
      }
    }
  }
  return asked;
}
