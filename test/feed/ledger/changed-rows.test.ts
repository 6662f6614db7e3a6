/** Rows that are read again: only stretches of keys in which something changes are looked at row by row. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { keyOfText } from "../../../src/dns/name.ts";
import { changedRows } from "../../../src/feed/ledger/changed-rows.ts";
import { digestOf, digestOfOctets } from "../../../src/feed/ledger/digest.ts";
import { KeyDigests } from "../../../src/feed/ledger/key-digests.ts";
import { keptReports, type Reports } from "../../../src/feed/ledger/reports.ts";
import { type KeyRows, type SyncOptions, syncRows } from "../../../src/feed/ledger/sync.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntryReports } from "../../../src/indicator/entry/reports.ts";
import { sortEntries } from "../../../src/indicator/entry/sort.ts";
import { encodeReport } from "../../../src/indicator/facts/report.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";
import { openForWriting } from "../../../src/store/database.ts";
import { Ledger, type LedgerRow } from "../../../src/store/ledger.ts";

interface Said {
  readonly name: string;
  readonly id: string;
  readonly flags: number;
  readonly reference: string | undefined;
}

const said: fc.Arbitrary<Said> = fc.record({
  name: fc.constantFrom("a.example", "b.a.example", "c.example", "d.example", "192-0-2.example"),
  // Several reports of a name may have one id, or none; ids are ordered by their octets.
  id: fc.constantFrom("", "", "1", "\u{ffff}", "\u{10000}"),
  flags: fc.constantFrom(1, 3),
  reference: fc.constantFrom(undefined, "r", "ü"),
});
const list = fc.array(said, { maxLength: 12 });

function reportsOf(all: readonly Said[], perStretch: number): Reports {
  const collector = new Collector();
  const reports = new EntryReports();
  collector.reports = reports;
  for (const { name, id, flags, reference } of all) {
    reports.begin(encodeReport({ externalId: id, facts: {}, revoked: false, reference }));
    collector.add(keyOfText(name), flags);
  }
  const kept = keptReports(collector, reports, sortEntries(collector), perStretch);
  return { lines: all.length, rejects: new Rejects(), ...kept };
}

const optionsAt = (takenAt: number): SyncOptions => ({
  takenAt,
  readBefore: undefined,
  withdraws: () => true,
  profileOf: () => ({ number: 0, cut: undefined }),
  factsOf: () => ({}),
});

/** A ledger with the rows of lists that were read one after the other. */
function ledgerOf(lists: readonly (readonly Said[])[]): { ledger: Ledger; source: number; close(): void } {
  const db = openForWriting(":memory:");
  const source = Number(db.prepare("INSERT INTO source (name) VALUES ('list')").run().lastInsertRowid);
  const ledger = new Ledger(db);
  lists.forEach((one, i) => {
    // All of them before the first is written: the walk of the ledger is over then.
    const steps = [...syncRows(reportsOf(one, 2).walk(), ledger.walk(source), optionsAt(i))];
    for (const { changed } of steps) {
      if (changed.size > 0) ledger.write(source, [...changed]);
    }
  });
  return { ledger, source, close: () => db.close() };
}

const changes = (keys: Iterable<KeyRows>): unknown[] =>
  [...keys].filter(({ changed }) => changed.size > 0).map(({ key, rows, changed }) => [key, rows, [...changed]]);

it("what is reported anew changes what it changes where every row is looked at", () => {
  fc.assert(
    fc.property(fc.array(list, { maxLength: 2 }), list, fc.integer({ min: 1, max: 4 }), (before, now, perStretch) => {
      const { ledger, source, close } = ledgerOf(before);
      try {
        const reports = reportsOf(now, perStretch);
        const all = changes(syncRows(reports.walk(), ledger.walk(source), optionsAt(9)));
        expect(changes(changedRows(reports, ledger, source, optionsAt(9)))).toEqual(all);
      } finally {
        close();
      }
    }),
    { numRuns: 300 },
  );
});

it("no row is read of a list that is as it was, whatever its rows have for ids", () => {
  fc.assert(
    fc.property(fc.array(list, { maxLength: 1 }), fc.array(said, { minLength: 1, maxLength: 12 }), (before, now) => {
      const { ledger, source, close } = ledgerOf([...before, now]);
      try {
        expect([...changedRows(reportsOf(now, 3), ledger, source, optionsAt(9))]).toEqual([]);
      } finally {
        close();
      }
    }),
    { numRuns: 300 },
  );
});

it("a stretch is looked at in which a row is due", () => {
  const now = [{ name: "a.example", id: "1", flags: 1, reference: undefined }];
  const { ledger, source, close } = ledgerOf([now]);
  try {
    const [row] = [...ledger.walk(source)] as [LedgerRow];
    ledger.write(source, [{ ...row, due: 9 }]);
    const reports = reportsOf(now, 3);
    expect([...changedRows(reports, ledger, source, optionsAt(8))]).toEqual([]);
    expect([...changedRows(reports, ledger, source, optionsAt(9))]).toHaveLength(1);
  } finally {
    close();
  }
});

it("a text and its octets have one digest", () => {
  fc.assert(
    fc.property(fc.nat(63), fc.string({ unit: "grapheme" }), (flags, text) => {
      const octets = Buffer.from(text);
      const expected = octets.length === text.length ? digestOf(flags, text) : undefined;
      expect(digestOfOctets(flags, Buffer.concat([Buffer.from("x"), octets]), 1, 1 + octets.length)).toBe(expected);
    }),
  );
});

it("digests stand behind their keys in decimal", () => {
  const key = Buffer.from("example\0");
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.maxSafeNat().map((n) => n % 2 ** 52),
          fc.nat(9),
          fc.constant(10 ** 8),
        ),
        { maxLength: 900 },
      ),
      (numbers) => {
        const digests = new KeyDigests();
        for (const number of numbers) digests.add(key, 0, key.length, [number]);
        expect(digests.equals(Buffer.from(numbers.map((number) => `example\0${number},`).join("")))).toBe(true);
      },
    ),
  );
});
