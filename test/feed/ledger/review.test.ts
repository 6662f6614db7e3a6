/** Reports that a person must look at, against the rows and the decisions that there are. */
import { afterAll, describe, expect, test } from "vitest";
import { keyOfText } from "../../../src/dns/name.ts";
import { type SyncOptions, syncRows } from "../../../src/feed/ledger/sync.ts";
import { type Reviewing, reviewOf, standingOf } from "../../../src/feed/ledger/verdict.ts";
import type { Facts } from "../../../src/indicator/facts/facts.ts";
import { encodeReport, type Report, readReport } from "../../../src/indicator/facts/report.ts";
import { openForWriting } from "../../../src/store/database.ts";
import type { Decision, Verdict } from "../../../src/store/decisions.ts";
import { Ledger } from "../../../src/store/ledger.ts";
import { Profiles } from "../../../src/store/profiles.ts";
import { Snapshots } from "../../../src/store/snapshots.ts";

const db = openForWriting(":memory:");
afterAll(() => db.close());
const ledger = new Ledger(db);
const profiles = new Profiles(db);
const source = new Snapshots(db).begin("list").source as number;
const key = keyOfText("a.example");
const pattern = "[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']";
const report: Report = { externalId: "1", facts: {}, revoked: false, review: "pattern", detail: pattern };

function read(takenAt: number, said: Partial<Report>, trust: Reviewing["trust"] = "automatic", anew = false) {
  const text = encodeReport({ ...report, ...said });
  const options: SyncOptions = {
    takenAt,
    readBefore: takenAt - 1,
    withdraws: () => true,
    profileOf: (facts: Facts) => ({ number: profiles.numberOf(facts), cut: undefined }),
    factsOf: (profile: number) => profiles.factsOf(profile),
    reviewing: { trust, decisionsAt: (at) => ledger.decisions.at(source, at) },
    reviewsAnew: anew,
  };
  const walk = syncRows([{ key, flags: 1, text }][Symbol.iterator](), ledger.walk(source), options);
  for (const { changed } of walk) ledger.write(source, [...changed]);
  const [row] = ledger.walk(source);
  return { state: row?.state, review: ledger.reviews.of(row?.id ?? 0) };
}

function decide(verdict: Verdict, by: string, said: Partial<Report> = {}, at = key): Decision {
  const text = encodeReport({ ...report, ...said });
  const review = reviewOf(readReport(text), 1, { trust: "automatic" });
  const digest = review?.digest as Uint8Array;
  const claim = { flags: 1, reference: undefined, facts: {}, review: "pattern", detail: pattern };
  const decision: Decision = { key: at, externalId: "1", digest, at: 1, verdict, by, reason: "r", said: claim };
  ledger.decisions.noteWith(source, [decision], 0, () => {});
  return decision;
}

describe("a report that a person must look at", () => {
  test("waits, under a number that stays while it says the same, whenever it is seen and however sure its source is", () => {
    const first = read(100, {});
    expect(first).toMatchObject({ state: "review", review: { reason: "pattern", detail: pattern, since: 100 } });
    expect(read(200, { lastSeen: 150, validUntil: 9000, facts: { confidence: 90 } })).toEqual(first);
    const other = read(300, { detail: `${pattern} OR x` });
    expect(other).toMatchObject({ state: "review", review: { since: 300 } });
    expect(other.review?.id).toBeGreaterThan(first.review?.id as number);
    expect(ledger.reviews.byId(first.review?.id as number)).toBeUndefined();
    expect(ledger.reviews.wasGiven(first.review?.id as number)).toBe(true);
    expect(ledger.reviews.wasGiven(999)).toBe(false);
  });

  test("counts by what was decided on the same content, and by how many must accept it", () => {
    decide("accepted", "ann");
    expect(read(400, {}).state).toBe("review");
    expect(read(401, {}, "trusted", true).state).toBe("reported");
    expect(read(402, {}, "automatic", true).state).toBe("review");
    decide("accepted", "ben");
    expect(read(403, { facts: { confidence: 10 } })).toMatchObject({ state: "reported", review: { since: undefined } });
    expect(read(404, { revoked: true }).state).toBe("revoked");
    expect(read(405, { facts: { category: "c2" } }).state).toBe("review");
    decide("rejected", "cem");
    expect(read(406, {}).state).toBe("refused");
  });

  test("is no longer reviewed where it needs no review any more", () => {
    const text = { review: undefined, detail: undefined };
    expect(read(500, text)).toEqual({ state: "reported", review: undefined });
    expect(read(501, text, "untrusted", true)).toMatchObject({ state: "review", review: { reason: "untrusted" } });
    expect(read(502, text, "automatic", true)).toEqual({ state: "reported", review: undefined });
  });
});

test("what decisions come to: two different people accept, one rejects", () => {
  const subject = { externalId: "1", digest: decide("accepted", "ann").digest };
  const by = (...all: readonly [Verdict, string][]) =>
    standingOf(
      all.map(([verdict, who]) => ({ ...decide(verdict, who), ...subject })),
      subject,
      "automatic",
    ).outcome;
  expect(by()).toBe("waits");
  expect(by(["accepted", "ann"], ["accepted", "ANN"], ["accepted", "ａｎｎ"])).toBe("waits");
  expect(by(["accepted", "ann"], ["accepted", "ben"])).toBe("accepted");
  expect(by(["accepted", "ann"], ["rejected", "ben"], ["accepted", "ben"])).toBe("waits");
  expect(by(["accepted", "ann"], ["accepted", "ben"], ["rejected", "ann"])).toBe("refused");
  expect(by(["rejected", "ann"], ["accepted", "ann"], ["accepted", "ben"])).toBe("accepted");
});
