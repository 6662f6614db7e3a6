import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { EntryCursor } from "../../src/indicator/entry/block.ts";
import { type Database, openForWriting } from "../../src/store/database.ts";
import { StoredEntryBlocks, scopeOfGone } from "../../src/store/entry-blocks.ts";
import { GoneLookup, GoneNames } from "../../src/store/gone-names.ts";
import { Snapshots } from "../../src/store/snapshots.ts";

const day = 86_400;

class Fixture {
  readonly db: Database = openForWriting(":memory:");
  readonly gone = new GoneNames(this.db);
  readonly source: number;

  /** A source that lists so many names. */
  constructor(entries = 0) {
    onTestFinished(() => void this.db.close());
    const snapshots = new Snapshots(this.db);
    const draft = snapshots.begin("list");
    const facts = { takenAt: 0, fingerprint: "", format: "domains", lines: 0, duplicates: 0, rejects: {} };
    snapshots.commit(draft, { ...facts, entries, previous: undefined, changes: undefined }, "all");
    this.source = draft.source as number;
  }

  note(names: readonly string[], at: number, first = at): void {
    const noting = this.gone.noting(this.source, at);
    for (const key of [...new Set(names)].map(keyOfText).sort(Buffer.compare)) noting.add(key, key.length, first);
    noting.finish();
  }

  /** What is stored, as [name, first seen, left]. */
  stored(): [string, number, number][] {
    const found: [string, number, number][] = [];
    const cursor = new EntryCursor(new StoredEntryBlocks(this.db, scopeOfGone(this.source)));
    for (cursor.rewind(); cursor.live; cursor.advance()) {
      found.push([keyToText(cursor.key.slice(0, cursor.keyBytes)), cursor.firstSeen, cursor.profile]);
    }
    return found;
  }

  blocks(): number {
    return this.db.prepare("SELECT count(*) FROM gone_block").pluck().get() as number;
  }
}

const many = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `some-name-${from + i}.x${i % 9}.test`);
const inOrder = (names: Iterable<string>): string[] => [...names].map(keyOfText).sort(Buffer.compare).map(keyToText);

test("of names that left, the last time is kept, and looked up while they have not been gone for too long", () => {
  const names = fc.array(
    fc.oneof(
      fc.constantFrom("a.test", "b.a.test", "z.example"),
      fc.nat(3000).map((n) => many(1, n)[0] as string),
    ),
    { maxLength: 40 },
  );
  const steps = fc.array(fc.record({ names, many: fc.constantFrom(0, 0, 4000), hours: fc.nat(300) }), { maxLength: 8 });
  fc.assert(
    fc.property(steps, fc.nat(2000), (all, sinceHours) => {
      const fixture = new Fixture();
      const model = new Map<string, [number, number]>();
      let at = 1_000_000;
      for (const step of all) {
        at += step.hours * 3600;
        const leaving = [...step.names, ...many(step.many, step.hours)];
        fixture.note(leaving, at, at - 7);
        for (const name of leaving) model.set(name, [at - 7, at]);
      }
      const keys = inOrder(model.keys());
      expect(fixture.stored()).toEqual(keys.map((name) => [name, ...(model.get(name) as [number, number])]));
      const since = 1_000_000 + sinceHours * 3600;
      const lookup = fixture.gone.lookup(fixture.source, since);
      for (const name of inOrder([...keys, ...many(50, 9000)])) {
        const [first, left] = model.get(name) ?? [0, 0];
        expect(lookup?.firstSeen(keyOfText(name))).toBe(left > since ? first : undefined);
      }
      // Nothing goes that is still looked up, and what nobody looks up is gone a fortnight later.
      fixture.gone.purge(since);
      const left = new Map(fixture.stored().map(([name, ...times]) => [name, times]));
      for (const [name, [first, gone]] of model) {
        if (gone > since) expect(left.get(name)).toEqual([first, gone]);
        if (gone <= since - 14 * day) expect(left.has(name)).toBe(false);
      }
    }),
    { numRuns: 30 },
  );
});

test("scattered names write only the blocks that they fall in, and many blocks in several transactions", () => {
  // Names that share little, so that they fill many blocks.
  const all = Array.from({ length: 300_000 }, (_, i) => `${((i * 2_654_435_761) >>> 0).toString(36).repeat(4)}.test`);
  const fixture = new Fixture(300_000);
  fixture.note(all, 1000);
  const blocks = fixture.blocks();
  expect(blocks).toBeGreaterThan(300);
  const messages = (): number => fixture.db.prepare("SELECT max(id) FROM message").pluck().get() as number;
  const before = messages();
  fixture.note([all[5] as string, all[77_777] as string], 2000);
  expect(messages() - before).toBeLessThanOrEqual(2);
  const everyFiftieth = all.filter((_, i) => i % 50 === 0);
  fixture.note(everyFiftieth, 3000);
  const stored = fixture.stored();
  expect(stored.map(([name]) => name)).toEqual(inOrder(new Set(all)));
  expect(stored.filter(([, , left]) => left === 3000)).toHaveLength(6000);
  expect(fixture.blocks()).toBeLessThan(1.2 * blocks);
});

test("no more names are kept than the source listed at once, beside some; those that left last stay", () => {
  const fixture = new Fixture(50_000);
  for (let i = 0; i < 10; i++) {
    fixture.note(many(50_000, 50_000 * i), 1000 + i);
    fixture.gone.purge(0);
    const left = fixture.stored();
    expect(left.length).toBeLessThanOrEqual(150_000);
    expect(left.filter(([, , at]) => at === 1000 + i)).toHaveLength(50_000);
  }
});

test("a list that alternates between two contents keeps the times of both", () => {
  const fixture = new Fixture(150_000);
  for (let i = 0; i < 6; i++) {
    fixture.note(many(150_000, i % 2 === 0 ? 0 : 150_000), 1000 + i, 1 + (i % 2));
    fixture.gone.purge(0);
    const lookup = fixture.gone.lookup(fixture.source, 0);
    const [gone = ""] = many(1, i % 2 === 0 ? 0 : 150_000);
    expect(lookup?.firstSeen(keyOfText(gone))).toBe(1 + (i % 2));
    expect(fixture.stored().length).toBeLessThanOrEqual(250_000);
  }
});

test("names that did not leave are looked up without reading a block over and over", () => {
  class CountingCursor extends EntryCursor {
    steps = 0;
    override advance(): void {
      this.steps += 1;
      super.advance();
    }
  }
  const fixture = new Fixture();
  fixture.note(["a.test", ...many(1000), "z.example"], 1000);
  const cursor = new CountingCursor(new StoredEntryBlocks(fixture.db, scopeOfGone(fixture.source)));
  const lookup = new GoneLookup(cursor, 0);
  for (const name of inOrder(Array.from({ length: 5000 }, (_, i) => `b-${i}.test`))) {
    expect(lookup.firstSeen(keyOfText(name))).toBeUndefined();
  }
  expect(cursor.steps).toBeLessThan(2500);
});
