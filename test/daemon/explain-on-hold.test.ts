import fc from "fast-check";
import { expect, test } from "vitest";
import { explainName } from "../../src/mill/explain.ts";
import type { Outcome } from "../../src/mill/outcome.ts";
import { servedZone } from "../../src/mill/served-zone.ts";
import { Holds } from "../../src/store/holds.ts";
import { Ledger } from "../../src/store/ledger.ts";
import { Policies } from "../../src/store/policies.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { ZoneReader } from "../../src/store/zone-reader.ts";
import { Zones } from "../../src/store/zones.ts";
import { mainText, zoneText } from "../feed/fixture.ts";
import { HoldFixture, listOf } from "./hold-fixture.ts";

const anyName = fc
  .tuple(fc.constantFrom("", "a.", "*.", "*.a.", "b.a."), fc.integer({ min: 0, max: 5 }))
  .map(([start, number]) => `${start}n${number}.example`);
const anyLine = fc.oneof(anyName, fc.constantFrom("192.0.2.7", "192.0.2.0/24", "198.51.100.0/25"));
const linesOf = (most: number) =>
  fc.array(anyLine, { minLength: 1, maxLength: most }).map((lines) => listOf(...new Set(lines)));

const source = "{id: list, category: one, format: domains, from: list.txt}";
const main = `${mainText([source], ["{id: own, from: own.txt}"])}guards:\n  - {id: ours, class: protected, from: ours.txt}\n`;

/** What is said of names in the one zone, without the times of the lists. */
function outcomesOf(fixture: HoldFixture, names: readonly string[], onHold: boolean) {
  const config = fixture.config();
  return fixture.read((db) => {
    const store = {
      snapshots: new Snapshots(db),
      ledger: new Ledger(db),
      zones: new Zones(db),
      policies: new Policies(db),
      holds: new Holds(db),
      reader: new ZoneReader(db),
    };
    const timeless = (outcome: Outcome | null | undefined) =>
      outcome && {
        ...outcome,
        because: outcome.because.map(({ source: of, matched, scope }) => ({ of, matched, scope })),
      };
    return names.map((name) => {
      const find = (policy: Parameters<typeof servedZone>[1]) => (onHold ? servedZone(store, policy) : undefined);
      const [verdict] = explainName(name, config, store.snapshots, find).verdicts;
      if (verdict === undefined) return { name };
      const { apex: _, trigger: __, endedBy: ___, stillHitBy: _____, onHold: hold, pending: ____, ...now } = verdict;
      return { name, now: timeless(now), whenAccepted: timeless(hold?.whenAccepted) ?? undefined };
    });
  });
}

test("of a zone on hold, what is served is told as of one that has those lists in force, and so is what comes", {
  timeout: 120_000,
}, async () => {
  const nothing: Outcome = { action: null, localData: undefined, because: [], stoppedBy: null, guards: [] };
  await fc.assert(
    fc.asyncProperty(linesOf(12), linesOf(12), linesOf(3), linesOf(3), async (before, after, own, ours) => {
      fc.pre(before !== after);
      const files = { "main.yaml": main, "own.txt": own, "ours.txt": ours };
      const fixture = new HoldFixture({
        ...files,
        "zone.yaml": zoneText("limit: {percent: 0, rules: 0}\n"),
        "list.txt": before,
      });
      await fixture.zone();
      fixture.write("zone.yaml", zoneText("limit: {percent: 0, rules: 0}\n").replace("nxdomain", "nodata"));
      fixture.write("list.txt", after);
      const { hold } = await fixture.zone();
      if (hold === undefined) return;
      const old = new HoldFixture({ ...files, "list.txt": before });
      await old.zone();
      const next = new HoldFixture({
        ...files,
        "list.txt": after,
        "zone.yaml": zoneText().replace("nxdomain", "nodata"),
      });
      await next.zone();
      const asked = [0, 1, 2, 3, 4, 5].flatMap((i) =>
        ["", "a.", "z.", "b.a.", "z.a."].map((start) => `${start}n${i}.example`),
      );
      asked.push("192.0.2.7", "192.0.2.8", "192.0.2.0/24", "198.51.100.1", "198.51.100.200");
      const now = outcomesOf(fixture, asked, true);
      const [was, willBe] = [outcomesOf(old, asked, false), outcomesOf(next, asked, false)];
      for (const [i, name] of asked.entries()) {
        const isSpokenOf = was[i]?.now !== undefined || willBe[i]?.now !== undefined;
        expect(now[i]).toEqual(
          isSpokenOf ? { name, now: was[i]?.now ?? nothing, whenAccepted: willBe[i]?.now } : { name },
        );
      }
    }),
    { numRuns: 20, seed: 7 },
  );
});

test("a zone that is not on hold, or not built yet, is explained by the lists in force", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  const [{ now, whenAccepted } = { now: undefined, whenAccepted: undefined }] = outcomesOf(
    fixture,
    ["n3.old.example"],
    true,
  );
  expect(now).toMatchObject({ action: "nxdomain" });
  expect(whenAccepted).toBeUndefined();
});
