/** What rows of the ledger said before. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { type Database, openForWriting } from "../../src/store/database.ts";
import { Ledger, type LedgerFacts, type LedgerRow } from "../../src/store/ledger.ts";
import { expirePast } from "../../src/store/ledger-past.ts";
import { expireRows } from "../../src/store/ledger-retention.ts";

const facts: LedgerFacts = {
  key: keyOfText("a.example"),
  externalId: "1",
  flags: 1,
  digest: 0,
  profile: 0,
  validFrom: undefined,
  validUntil: undefined,
  firstSeen: 100,
  lastSeen: undefined,
  state: "reported",
  reference: undefined,
  changedAt: 100,
  due: undefined,
};

interface Opened {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly source: number;
  row(): LedgerRow;
}

function open(): Opened {
  const db = openForWriting(":memory:");
  const source = Number(db.prepare("INSERT INTO source (name) VALUES ('list')").run().lastInsertRowid);
  const ledger = new Ledger(db);
  ledger.write(source, [facts]);
  return { db, ledger, source, row: () => [...ledger.walk(source)][0] as LedgerRow };
}

function change({ ledger, source, row }: Opened, changedAt: number, more: Partial<LedgerFacts>): void {
  ledger.write(source, [{ ...row(), ...more, changedAt }]);
}

describe("what a row said before", () => {
  test("is kept with its times where it comes to say something else, and not where it is seen again", () => {
    const opened = open();
    change(opened, 200, { reference: "one", validUntil: 900 });
    change(opened, 200, { lastSeen: 190, digest: 7, due: 500 });
    change(opened, 300, { state: "withdrawn" });
    expect(opened.ledger.past.of(opened.row().id)).toEqual([
      { since: 100, until: 200, flags: 1, profile: 0, state: "reported", moves: 0 },
      { since: 200, until: 300, flags: 1, profile: 0, state: "reported", validUntil: 900, reference: "one", moves: 0 },
    ]);
    opened.db.close();
  });

  test("of an end that is moved again and again are kept the first ends and the last", () => {
    const opened = open();
    for (let day = 1; day <= 50; day++) change(opened, 100 + day, { validUntil: 1000 + day });
    change(opened, 200, { profile: 3 });
    const past = opened.ledger.past.of(opened.row().id);
    expect(
      past.map(({ since, until, validUntil, moves, movedTo }) => [since, until, validUntil, moves, movedTo]),
    ).toEqual([
      [100, 101, undefined, 0, undefined],
      [101, 200, 1001, 49, 1050],
    ]);
    opened.db.close();
  });

  test("is bounded, and the newest is kept", () => {
    const opened = open();
    for (let i = 1; i <= 300; i++) change(opened, 100 + i, { state: i % 2 === 0 ? "reported" : "withdrawn" });
    const past = opened.ledger.past.of(opened.row().id);
    expect(past).toHaveLength(100);
    expect(past.at(-1)).toMatchObject({ since: 399, until: 400 });
    opened.db.close();
  });

  test("goes once it is old, and with its row", () => {
    const opened = open();
    const { db, ledger, source } = opened;
    for (let i = 1; i <= 40; i++) change(opened, 100 * (i + 1), { flags: i });
    const { id } = opened.row();
    expirePast(db, 2000);
    expect(ledger.past.of(id).map(({ until }) => until)[0]).toBe(2100);
    change(opened, 5000, { state: "withdrawn" });
    expireRows(db, 5000);
    ledger.write(source, [facts]);
    expect(ledger.past.of(opened.row().id)).toEqual([]);
    db.close();
  });

  test("together with what is said now tells what was said at each time", () => {
    const step = fc.record({
      flags: fc.constantFrom(1, 3),
      profile: fc.constantFrom(0, 1, 2),
      state: fc.constantFrom("reported" as const, "revoked" as const, "withdrawn" as const),
      reference: fc.constantFrom(undefined, "a", "b"),
      wait: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const opened = open();
        const said = new Map<number, unknown>();
        let now = 100;
        let last: unknown = { flags: 1, profile: 0, state: "reported", reference: undefined };
        for (const { wait, ...more } of steps) {
          for (let second = 0; second < wait; second++) said.set(now + second, last);
          now += wait;
          // What is said for no time at all was never said.
          change(opened, now, more);
          last = more;
        }
        const { id, changedAt } = opened.row();
        const past = opened.ledger.past.of(id);
        for (const [at, expected] of said) {
          const found = at >= changedAt ? opened.row() : past.find(({ since, until }) => since <= at && at < until);
          expect(found).toMatchObject(expected as object);
        }
        opened.db.close();
      }),
      { numRuns: 60 },
    );
  });
});
