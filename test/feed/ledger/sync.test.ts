/** Reports against the rows that there are: what each row is from now on. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/base/bytes.ts";
import { keyOfText, keyToText } from "../../../src/dns/name.ts";
import { digestOf } from "../../../src/feed/ledger/digest.ts";
import { type KeyedReport, syncRows } from "../../../src/feed/ledger/sync.ts";
import type { Facts } from "../../../src/indicator/facts/facts.ts";
import { encodeReport, type Report } from "../../../src/indicator/facts/report.ts";
import { openForWriting } from "../../../src/store/database.ts";
import { Ledger, type LedgerRow } from "../../../src/store/ledger.ts";
import { Profiles } from "../../../src/store/profiles.ts";
import { Snapshots } from "../../../src/store/snapshots.ts";

const db = openForWriting(":memory:");
afterAll(() => db.close());
const ledger = new Ledger(db);
const profiles = new Profiles(db);
const snapshots = new Snapshots(db);

let sources = 0;
const newSource = (): number => snapshots.begin(`source-${sources++}`).source as number;

interface Said extends Partial<Omit<Report, "facts">> {
  readonly name: string;
  readonly flags?: number;
  readonly facts?: Facts;
}

function keyed({ name, flags = 1, ...report }: Said): KeyedReport {
  return { key: keyOfText(name), flags, text: encodeReport({ externalId: "", facts: {}, revoked: false, ...report }) };
}

/** Reads a source anew: syncs its rows, writes them, and gives how many were written. */
function read(source: number, said: readonly Said[], takenAt: number, keepsMissing = false): number {
  const reports = said
    .map(keyed)
    .sort((a, b) => compareBytes(a.key, b.key) || (a.text < b.text ? -1 : a.text > b.text ? 1 : a.flags - b.flags));
  const options = {
    takenAt,
    readBefore: takenAt - 1,
    withdraws: () => !keepsMissing,
    profileOf: (facts: Facts) => ({ number: profiles.numberOf(facts), cut: undefined }),
    factsOf: (profile: number) => profiles.factsOf(profile),
  };
  let written = 0;
  // Of each id of a name a list gives one report (`distinctReports`).
  for (const { changed } of syncRows(reports[Symbol.iterator](), ledger.walk(source), options)) {
    ledger.write(source, [...changed]);
    written += changed.size;
  }
  return written;
}

const rows = (source: number): LedgerRow[] => [...ledger.walk(source)];
const brief = (source: number): string[] =>
  rows(source).map(({ key, externalId, state }) => `${keyToText(key)} ${externalId} ${state}`);

describe("the ledger after a source was read", () => {
  it("has a row for each report, and writes nothing where nothing changed", () => {
    const source = newSource();
    const said: Said[] = [
      { name: "a.example", externalId: "1", facts: { category: "phishing", confidence: 80 }, reference: "case 1" },
      { name: "a.example", externalId: "2", facts: { tlp: "amber" } },
      { name: "b.example" },
    ];
    expect(read(source, said, 100)).toBe(3);
    expect(brief(source)).toEqual(["a.example 1 reported", "a.example 2 reported", "b.example  reported"]);
    expect(rows(source)[0]).toMatchObject({ firstSeen: 100, lastSeen: undefined, reference: "case 1", changedAt: 100 });
    expect(profiles.factsOf(rows(source)[0]?.profile as number)).toEqual({ category: "phishing", confidence: 80 });
    expect(rows(source)[2]?.profile).toBe(0);
    expect(read(source, said, 200)).toBe(0);
  });

  it("notes what differs in the row that there was", () => {
    const source = newSource();
    read(source, [{ name: "a.example", externalId: "1", facts: { confidence: 80 } }], 100);
    const [{ id } = { id: 0 }] = rows(source);
    expect(read(source, [{ name: "a.example", externalId: "1", facts: { confidence: 20 }, flags: 3 }], 200)).toBe(1);
    expect(rows(source)).toMatchObject([{ id, flags: 3, firstSeen: 100, changedAt: 200 }]);
  });

  it("withdraws what is no longer reported, and knows it again when it comes back", () => {
    const source = newSource();
    const said: Said[] = [{ name: "a.example", externalId: "1" }, { name: "b.example" }];
    read(source, said, 100);
    expect(read(source, [{ name: "b.example" }], 200)).toBe(1);
    expect(rows(source)[0]).toMatchObject({ state: "withdrawn", lastSeen: 199, firstSeen: 100 });
    expect(read(source, [], 300, true)).toBe(0);
    expect(read(source, said, 400)).toBe(1);
    expect(rows(source)[0]).toMatchObject({ state: "reported", firstSeen: 100, lastSeen: undefined });
  });

  it("tells reports of one name without an id apart by what they say", () => {
    const source = newSource();
    const said: Said[] = [
      { name: "a.example", facts: { category: "malware" } },
      { name: "a.example", facts: { category: "phishing" } },
      { name: "a.example", facts: { category: "phishing" } },
      { name: "a.example", externalId: "x", facts: { category: "a" } },
    ];
    expect(read(source, said, 100)).toBe(3);
    expect(rows(source).map(({ externalId }) => externalId)).toEqual(["", "x", "~2"]);
    expect(read(source, said.toReversed(), 200)).toBe(0);
  });

  it("withdraws of several reports without an id the one that is gone", () => {
    const source = newSource();
    const one: Said = { name: "a.example", facts: { organisation: "One" }, reference: "9" };
    const two: Said = { name: "a.example", facts: { organisation: "Two" }, reference: "1" };
    const shown = (): unknown[] => rows(source).map(({ reference, state }) => [reference, state]);
    read(source, [one, two], 100);
    expect(read(source, [two], 200)).toBe(1);
    expect(shown()).toEqual([
      ["9", "withdrawn"],
      ["1", "reported"],
    ]);
    // Another organisation takes over nobody's row, and one that says something else keeps its own.
    read(
      source,
      [
        { ...two, facts: { organisation: "Three" } },
        { ...two, facts: { organisation: "Two", tlp: "red" } },
      ],
      300,
    );
    expect(shown()).toEqual([
      ["9", "withdrawn"],
      ["1", "reported"],
      ["1", "reported"],
    ]);
    expect(rows(source)[1]).toMatchObject({ changedAt: 300, firstSeen: 100 });
    read(source, [{ ...one, reference: "8" }], 400);
    expect(shown()).toEqual([
      ["8", "reported"],
      ["1", "withdrawn"],
      ["1", "withdrawn"],
    ]);
  });

  it("keeps the row of a report without an id of which only now the organisation is said", () => {
    const source = newSource();
    read(source, [{ name: "a.example" }], 100);
    read(source, [{ name: "a.example", facts: { organisation: "One" } }], 200);
    expect(rows(source)).toMatchObject([{ state: "reported", firstSeen: 100 }]);
  });

  it("keeps what a row said until its own end while its times cannot be read, and nothing where more cannot", () => {
    const source = newSource();
    const said: Said = { name: "a.example", externalId: "1", facts: { tlp: "green" }, validUntil: 2000, validFrom: 50 };
    const typo: Said = { name: "a.example", externalId: "1", unreadable: "times" };
    read(source, [typo], 90);
    // It never said anything that can be read.
    expect(rows(source)).toMatchObject([{ state: "unreadable" }]);
    read(source, [said], 100);
    expect(read(source, [{ ...typo, facts: { tlp: "red" } }], 200)).toBe(1);
    expect(rows(source)).toMatchObject([{ state: "kept", validFrom: 50, validUntil: 2000, changedAt: 200 }]);
    expect(profiles.factsOf(rows(source)[0]?.profile as number)).toEqual({ tlp: "red" });
    expect(read(source, [{ ...typo, facts: { tlp: "red" } }], 250)).toBe(0);
    // Where one of the two can be read and is stricter, it counts.
    read(source, [{ ...typo, validUntil: 1500, validFrom: 40 }], 260);
    expect(rows(source)).toMatchObject([{ state: "kept", validFrom: 50, validUntil: 1500 }]);
    read(source, [{ ...typo, unreadable: "use" }], 300);
    expect(rows(source)).toMatchObject([{ state: "unreadable", changedAt: 300 }]);
    read(source, [{ ...typo, revoked: true }], 400);
    expect(rows(source)).toMatchObject([{ state: "revoked" }]);
    read(source, [], 500);
    read(source, [typo], 600);
    expect(rows(source)).toMatchObject([{ state: "unreadable" }]);
    read(source, [said], 700);
    expect(rows(source)).toMatchObject([{ state: "reported", validUntil: 2000, firstSeen: 90 }]);
  });

  it("believes no time that is yet to come", () => {
    const source = newSource();
    read(source, [{ name: "a.example", firstSeen: 900, lastSeen: 900, validFrom: 900 }], 100);
    expect(rows(source)).toMatchObject([{ firstSeen: 100, lastSeen: 100, validFrom: 900 }]);
    read(source, [{ name: "a.example", firstSeen: 50 }], 200);
    expect(rows(source)).toMatchObject([{ firstSeen: 50 }]);
  });

  it("is what was said last, over any history", () => {
    const name = fc.constantFrom("a.example", "b.a.example", "c.example", "x.c.example");
    const said = fc.record({
      name,
      externalId: fc.constantFrom("", "1", "2", "3"),
      flags: fc.constantFrom(1, 3, 4),
      facts: fc.constantFrom<Facts>({}, { category: "phishing" }, { confidence: 10 }),
      revoked: fc.boolean(),
    });
    const rowOf = (one: Said): string => `${one.name} ${one.externalId || JSON.stringify(one)}`;
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(said, { maxLength: 12, selector: rowOf }), { maxLength: 5 }), (history) => {
        const source = newSource();
        let takenAt = 1000;
        for (const reports of history) {
          takenAt += 10;
          read(source, reports, takenAt);
          const distinct = new Set(reports.map((report) => JSON.stringify(keyed(report))));
          const live = rows(source).filter(({ state }) => state !== "withdrawn");
          const shown = live.map(({ key, flags, digest }) => `${keyToText(key)} ${flags} ${digest}`).sort();
          const meant = reports.map((report) => {
            const { flags, text } = keyed(report);
            return `${report.name} ${flags} ${digestOf(flags, text)}`;
          });
          expect(shown).toEqual([...new Set(meant)].sort());
          expect(live.length).toBe(distinct.size);
          expect(read(source, reports, takenAt + 5)).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
