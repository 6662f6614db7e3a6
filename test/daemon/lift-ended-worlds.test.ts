/** Random histories of rows with facts on a zone on hold: what a lift leaves of them, name by name. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "../../src/base/clock.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { header, row } from "../feed/ledger/ledger-fixture.ts";
import { HoldFixture, listOf } from "./hold-fixture.ts";

const fields = "{id: id, validFrom: from, validUntil: until, revoked: revoked, tlp: ref}";
const orders = `{id: orders, category: one, format: csv, scope: subtree, from: orders.csv, limit: {percent: 100000}, fields: ${fields}}`;
const list = "{id: list, category: one, scope: subtree, format: domains, from: list.txt, limit: {percent: 100000}}";
const start = 1_700_000_000;
const day = 86_400;

/** Names that lie beneath one another; each may have two rows. */
const all = ["a.example", "b.a.example", "c.b.a.example", "d.example", "e.d.example", "f.example"];
const ids = all.flatMap((name) => [`${name}/0`, `${name}/1`]);

/** What is reported of a row from a step on: nothing, or with these facts; an end is in days. */
type Said = "dropped" | "revoked" | "red" | { readonly endsAfter: number | undefined };
const isOpen = (said: Said | undefined): said is Exclude<Said, string> => typeof said === "object";
const open: fc.Arbitrary<Said> = fc
  .option(fc.integer({ min: 1, max: 9 }), { nil: undefined })
  .map((endsAfter) => ({ endsAfter }));
const said: fc.Arbitrary<Said> = fc.oneof(open, fc.constantFrom<Said>("dropped", "revoked", "red"));
const step = fc.record({
  changes: fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), said), { selector: ([id]) => id, maxLength: 5 }),
  days: fc.integer({ min: 0, max: 3 }),
});
const world = fc.record({
  first: fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), open), {
    selector: ([id]) => id,
    minLength: 1,
    maxLength: 8,
  }),
  listed: fc.subarray(all, { maxLength: 2 }),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
});

function csvOf(rows: ReadonlyMap<string, Said>, steps: number): string {
  const lines = [...rows].flatMap(([id, now]) => {
    const [name = ""] = id.split("/");
    if (now === "dropped") return [];
    if (now === "revoked") return [row(id, name, { revoked: "1" })];
    if (now === "red") return [row(id, name, { ref: "red" })];
    return [row(id, name, now.endsAfter === undefined ? {} : { until: isoTime(start + now.endsAfter * day) })];
  });
  // Without a row that stays, the source could take back all at once.
  // That a row that was dropped comes to its end is looked at once the source says something new.
  const fresh = row("fresh", `fresh${steps}.example`);
  return listOf(header, ...lines, row("stays", "stays.example"), fresh);
}

/** The names that have a rule which blocks them. */
const blockedIn = (fixture: HoldFixture): string[] =>
  fixture
    .rules()
    .filter((rule) => !rule.includes("passthru"))
    .map((rule) => rule.replace(/ .*$/, ""));
const isBlocked = (rules: ReadonlySet<string>, name: string): boolean =>
  name.split(".").some((_, i, labels) => rules.has(labels.slice(i).join(".")));

test("a lift leaves no name blocked whose rows have all ended, takes no other away, and adds none", {
  timeout: 240_000,
}, async () => {
  const seen = { ended: 0, dropped: 0, revived: 0 };
  await fc.assert(
    fc.asyncProperty(world, async ({ first, listed, steps }) => {
      const rows = new Map<string, Said>(first);
      let count = 0;
      const files = (limit: string, extra: string) => ({
        "main.yaml": `${mainText([orders, list])}guards: none\n`,
        "zone.yaml": zoneText(`limit: ${limit}\n`),
        "orders.csv": csvOf(rows, count),
        "list.txt": listOf(...listed, extra),
      });
      const accept = new Set(["orders", "list"]);
      const fixture = new HoldFixture(files("{percent: 0, rules: 0}", "old.example"));
      await fixture.zone({ accept });
      const served = new Map(rows);
      const before = new Set(blockedIn(fixture));
      // Something else that waits for being accepted, all the while.
      fixture.write("list.txt", listOf(...listed, "new.example"));
      expect((await fixture.zone({ accept })).hold).toBeDefined();
      /** What each row said last of itself. */
      const last = new Map<string, Said>(rows);
      for (const { changes, days } of steps) {
        for (const [id, now] of changes) {
          const was = rows.get(id);
          if (now === "dropped" && was === undefined) continue;
          rows.set(id, now);
          if (now !== "dropped") last.set(id, now);
        }
        count += 1;
        fixture.write("orders.csv", csvOf(rows, count));
        fixture.nowMs += days * day * 1000;
        const earlier = new Set(blockedIn(fixture));
        expect((await fixture.zone({ accept })).hold).toBeDefined();
        const now = Math.floor(fixture.nowMs / 1000);
        const stands = (id: string): boolean => {
          const of = last.get(id);
          return isOpen(of) && (of.endsAfter === undefined || now < start + of.endsAfter * day);
        };
        // Of names that were served: blocked by a row of now, or one that was dropped, which has not ended.
        const sources = [...new Set([...served.keys()].map((id) => id.replace(/\/.*$/, "")))].filter((name) =>
          [`${name}/0`, `${name}/1`].some(stands),
        );
        const wanted = new Set([...sources, ...listed, "old.example", "stays.example"]);
        const after = new Set(blockedIn(fixture));
        for (const name of [...all, "x.d.example", "old.example", "new.example", "stays.example"]) {
          expect([name, isBlocked(after, name)]).toEqual([name, isBlocked(wanted, name)]);
          if (isBlocked(after, name)) expect([name, isBlocked(before, name)]).toEqual([name, true]);
          if (isBlocked(before, name) && !isBlocked(after, name)) seen.ended += 1;
          if (isBlocked(after, name) && !isBlocked(earlier, name)) seen.revived += 1;
        }
        if ([...served.keys()].some((id) => rows.get(id) === "dropped" && stands(id))) seen.dropped += 1;
        const lifted = fixture.served()?.records;
        expect(await fixture.zone({ accept, full: true })).toMatchObject({ changed: false });
        expect(fixture.served()?.records).toEqual(lifted);
      }
      expect((await fixture.zone({ accept, acceptZones: new Set([apex]) })).hold).toBeUndefined();
      const reference = new HoldFixture(files("{percent: 100, rules: 1000}", "new.example"));
      reference.nowMs = fixture.nowMs;
      await reference.zone({ accept });
      expect(fixture.served()?.records).toEqual(reference.served()?.records);
    }),
    { numRuns: 40, seed: 20_261_124 },
  );
  expect(seen.ended).toBeGreaterThan(30);
  expect(seen.dropped).toBeGreaterThan(10);
  expect(seen.revived).toBeGreaterThan(0);
});
