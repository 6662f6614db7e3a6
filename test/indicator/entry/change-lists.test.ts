/** Lists of changes over a history: any state that there was is read back from the last. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type EntryBlock, EntryBlockList, EntryBlockWriter } from "../../../src/indicator/entry/block.ts";
import { changesOf, entriesBefore } from "../../../src/indicator/entry/change-lists.ts";
import type { Statements } from "../../../src/indicator/entry/statements.ts";

/** By name: profile and flags. */
type Listing = Readonly<Record<string, readonly (readonly [number, number])[]>>;

function blocksOf(write: (writer: EntryBlockWriter) => void): EntryBlockList {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block), 40);
  write(writer);
  writer.flush();
  return new EntryBlockList(blocks);
}

const keyOf = (name: string): Uint8Array => new TextEncoder().encode(name);

function stateOf(listing: Listing): EntryBlockList {
  return blocksOf((writer) => {
    for (const name of Object.keys(listing).sort()) {
      for (const [profile, flags] of listing[name] ?? []) writer.add(keyOf(name), 0, name.length, flags, 9, profile);
    }
  });
}

function changesFrom(before: Listing, after: Listing): EntryBlockList {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return blocksOf((writer) => {
    for (const name of names) {
      const [was, is] = [before[name] ?? [], after[name] ?? []];
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      for (const [profile, flags] of was) writer.add(keyOf(name), 0, name.length, flags, 9, 2 * profile + 1);
      for (const [profile, flags] of is) writer.add(keyOf(name), 0, name.length, flags, 9, 2 * profile);
    }
  });
}

const shown = ({ count, profiles, flags }: Statements): [number, number][] =>
  Array.from({ length: count }, (_, i) => [profiles[i] as number, flags[i] as number]);
const sorted = (listing: Listing): [string, unknown][] => Object.entries(listing).sort(([a], [b]) => (a < b ? -1 : 1));

const name = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 });
const said = fc
  .uniqueArray(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 31 })), {
    minLength: 1,
    maxLength: 3,
    selector: ([p]) => p,
  })
  .map((all) => all.sort(([a], [b]) => a - b));
const history = fc.array(fc.dictionary(name, said, { maxKeys: 20 }), { minLength: 1, maxLength: 7 });

it("any state is read back from the last one and the changes since, and so is what any two differ in", () => {
  fc.assert(
    fc.property(history, (states) => {
      const lists = states.slice(1).map((state, i) => changesFrom(states[i] as Listing, state));
      const last = stateOf(states.at(-1) as Listing);
      states.forEach((state, i) => {
        const read = entries(last, lists.slice(i));
        expect(read).toEqual(sorted(state));
        states.slice(i).forEach((later, j) => {
          const changed = [];
          for (const { key, before, after } of changesOf(lists.slice(i, i + j))) {
            changed.push([new TextDecoder().decode(key), shown(before), shown(after)]);
          }
          const names = [...new Set([...Object.keys(state), ...Object.keys(later)])].sort();
          const meant = names.flatMap((name) => {
            const [was, is] = [state[name] ?? [], later[name] ?? []];
            return JSON.stringify(was) === JSON.stringify(is) ? [] : [[name, was, is]];
          });
          expect(changed).toEqual(meant);
        });
      });
    }),
  );
});

function entries(now: EntryBlockList, lists: readonly EntryBlockList[]): [string, unknown][] {
  const read: [string, unknown][] = [];
  for (const { key, said } of entriesBefore(now, lists)) read.push([new TextDecoder().decode(key), shown(said)]);
  return read;
}
