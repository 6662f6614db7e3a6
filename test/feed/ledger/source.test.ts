/** A source whose rows have facts, from its file over the ledger to its snapshot and the zone. */
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compactStore, forgetPart } from "../../../src/daemon/store-upkeep.ts";
import { shownKey } from "../../../src/indicator/entry/shown-key.ts";
import { openForReading } from "../../../src/store/database.ts";
import { faultsOf } from "../../store/consistency.ts";
import { mainText, zoneText } from "../fixture.ts";
import { LedgerFixture, row } from "./ledger-fixture.ts";

const many = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, i) => row(`m${first + i}`, `m${first + i}.example`));

describe("a list whose rows have facts", () => {
  it("goes through the ledger into its snapshot and the zone", async () => {
    const fixture = new LedgerFixture([
      row("1", "a.example", { type: "Phishing", score: "80", ref: "case 1" }),
      row("2", "b.example", { revoked: "yes" }),
    ]);
    const { sources } = await fixture.build();
    expect(sources[0]).toMatchObject({ outcome: "new", error: undefined });
    expect(fixture.states()).toEqual(["a.example 1 reported", "b.example 2 revoked"]);
    expect(fixture.rows()[0]).toMatchObject({ reference: "case 1", firstSeen: fixture.now });
    expect(fixture.listed()).toEqual(['a.example {"category":"phishing","confidence":80}']);
    expect(fixture.snapshot()).toMatchObject({ lines: 3, entries: 1, compiledFor: fixture.now });
    expect(fixture.blocked()).toEqual(["a.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("writes what changed, keeps first-seen times of names that flap, and follows in the zone", async () => {
    const fixture = new LedgerFixture([row("1", "a.example", { score: "80" }), row("2", "b.example")]);
    await fixture.build();
    const seen = fixture.now;
    fixture.list(row("2", "b.example", { score: "10" }), row("3", "c.example"));
    const { zones } = await fixture.build();
    expect(fixture.states()).toEqual(["a.example 1 withdrawn", "b.example 2 reported", "c.example 3 reported"]);
    expect(fixture.rows()[0]).toMatchObject({ firstSeen: seen, lastSeen: seen });
    expect(fixture.listed()).toEqual(['b.example {"confidence":10}', "c.example {}"]);
    expect(zones[0]?.result).toMatchObject({ merged: "ranges" });
    expect(fixture.blocked()).toEqual(["b.example", "c.example"]);
    fixture.list(row("1", "a.example", { score: "80" }), row("2", "b.example"));
    await fixture.build();
    expect(fixture.rows()[0]).toMatchObject({ state: "reported", firstSeen: seen, lastSeen: undefined });
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("makes no snapshot where the same is read again, but keeps what changed in the rows", async () => {
    const fixture = new LedgerFixture([row("1", "a.example", { ref: "case 1" })]);
    await fixture.build();
    const { id } = fixture.snapshot();
    fixture.list(row("1", "a.example", { ref: "case 2" }));
    const { sources } = await fixture.build();
    expect(sources[0]?.outcome).toBe("same");
    expect(fixture.snapshot()).toMatchObject({ id, takenAt: fixture.now, compiledFor: fixture.now });
    expect(fixture.rows()[0]?.reference).toBe("case 2");
    expect((await fixture.build()).sources[0]?.outcome).toBe("untouched");
  });

  it("leaves references that no row has any more to compacting", async () => {
    const fixture = new LedgerFixture([row("1", "a.example", { ref: "old" }), row("2", "b.example", { ref: "kept" })]);
    await fixture.build();
    fixture.list(row("1", "a.example", { ref: "new" }), row("2", "b.example", { ref: "kept", score: "5" }));
    await fixture.build();
    const references = (): unknown[] =>
      fixture.read((db) => db.prepare("SELECT text FROM reference ORDER BY text").pluck().all());
    compactStore(fixture.config(), { nowMs: () => fixture.nowMs });
    // It is what a row said before.
    expect(references()).toEqual(["kept", "new", "old"]);
    fixture.configureFields("", "historyDays: 10\n");
    fixture.nowMs += 11 * 86_400_000;
    await fixture.build();
    compactStore(fixture.config(), { nowMs: () => fixture.nowMs });
    expect(references()).toEqual(["kept", "new"]);
    expect(fixture.rows().map(({ reference }) => reference)).toEqual(["new", "kept"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("is forgotten with its rows when it left the configuration", async () => {
    const fixture = new LedgerFixture([row("1", "a.example", { ref: "case" })]);
    await fixture.build();
    fixture.write("main.yaml", mainText(["{id: other, category: one, format: domains, from: other.txt}"]));
    fixture.write("zone.yaml", zoneText());
    fixture.write("other.txt", "b.example\n");
    await fixture.build();
    forgetPart(fixture.config(), { nowMs: () => fixture.nowMs }, "list");
    const rows = fixture.read((db) => db.prepare("SELECT count(*) FROM ledger").pluck().get());
    expect(rows).toBe(0);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("counts rows that say the same of a name twice as duplicates", async () => {
    const fixture = new LedgerFixture([row("1", "a.example"), row("1", "a.example"), row("2", "b.example")]);
    await fixture.build();
    expect(fixture.snapshot()).toMatchObject({ duplicates: 1, entries: 2 });
  });

  it("keeps its last good snapshot where it is empty or cannot be read", async () => {
    const fixture = new LedgerFixture([row("1", "a.example")]);
    await fixture.build();
    fixture.list();
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_EMPTY" } });
    rmSync(fixture.path("list.csv"));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "failed" });
    expect(fixture.names()).toEqual(["a.example"]);
    expect(fixture.states()).toEqual(["a.example 1 reported"]);
  });

  it("is compiled for a dry run without a trace", async () => {
    const fixture = new LedgerFixture([row("1", "a.example", { type: "one" })]);
    const first = await fixture.build({ dryRun: true });
    expect(first.zones[0]?.result).toMatchObject({ rules: 1, changed: true });
    expect(openForReading(fixture.path("var/rpzmill.db"))).toBeUndefined();
    await fixture.build();
    const rows = fixture.rows();
    const snapshot = fixture.snapshot();
    fixture.list(row("2", "b.example", { type: "two", until: "2023-11-14T22:13:30Z" }), row("3", "c.example"));
    const { zones, sources } = await fixture.build({ dryRun: true });
    expect(sources[0]).toMatchObject({ outcome: "new", snapshot: { entries: 2 } });
    expect(zones[0]?.result).toMatchObject({ rules: 2 });
    expect(fixture.rows()).toEqual(rows);
    expect(fixture.snapshot()).toEqual(snapshot);
    await fixture.build();
    fixture.nowMs += 60_000;
    expect((await fixture.build({ dryRun: true })).zones[0]?.result).toMatchObject({ rules: 1 });
    expect(fixture.names()).toEqual(["b.example", "c.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("becomes a plain list again when its fields are taken away, and a list with facts when they are given", async () => {
    const fixture = new LedgerFixture([
      row("1", "a.example", { score: "80" }),
      row("2", "b.example", { revoked: "1" }),
    ]);
    fixture.configure("");
    await fixture.build();
    const seen = fixture.now;
    expect(fixture.listed()).toEqual(["a.example {}", "b.example {}"]);
    fixture.configureFields();
    fixture.list(row("1", "a.example", { score: "80" }), row("3", "c.example"));
    await fixture.build();
    // What the plain list said and no row does is gone as well.
    expect(fixture.listed()).toEqual(['a.example {"confidence":80}', "c.example {}"]);
    expect(fixture.states()).toEqual(["a.example 1 reported", "c.example 3 reported"]);
    fixture.configure("");
    await fixture.build();
    expect(fixture.listed()).toEqual(["a.example {}", "c.example {}"]);
    expect(fixture.states()).toEqual(["a.example 1 unread", "c.example 3 unread"]);
    expect(fixture.snapshot().compiledFor).toBeUndefined();
    fixture.configureFields();
    await fixture.build();
    expect(fixture.listed()).toEqual(['a.example {"confidence":80}', "c.example {}"]);
    expect(fixture.states()).toEqual(["a.example 1 reported", "c.example 3 reported"]);
    expect(seen).toBeLessThan(fixture.now);
    expect(fixture.rows()[0]?.returned).toBeUndefined();
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("compiles all rows anew where what they count for is another", async () => {
    const day = 86_400_000;
    const fixture = new LedgerFixture([row("1", "a.example", { score: "80" }), row("2", "b.example")]);
    await fixture.build();
    fixture.nowMs += 5 * day;
    fixture.configureFields(", decay: {lifetimeDays: 10}");
    await fixture.build();
    expect(fixture.listed()).toEqual(['a.example {"confidence":40}', 'b.example {"confidence":25}']);
    fixture.configureFields(", confidence: 100, decay: {lifetimeDays: 10}");
    await fixture.build();
    expect(fixture.listed()).toEqual(['a.example {"confidence":40}', 'b.example {"confidence":50}']);
    fixture.nowMs += 6 * day;
    await fixture.build();
    expect(fixture.listed()).toEqual([]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("shows names of addresses, too", async () => {
    const fixture = new LedgerFixture([row("1", "192.0.2.0/24", { type: "scan" })]);
    await fixture.build();
    expect(fixture.rows().map(({ key }) => shownKey(key))).toEqual(["192.0.2.0/24"]);
  });
});

describe("what begins and ends by itself", () => {
  const at = (fixture: LedgerFixture, seconds: number): string =>
    new Date(1000 * (Math.floor(fixture.nowMs / 1000) + seconds)).toISOString();

  it("does so in the builds that come after, whether or not the list can be read", async () => {
    const fixture = new LedgerFixture([]);
    const [begin, end] = [at(fixture, 10), at(fixture, 20)];
    fixture.list(row("1", "a.example", { from: begin, until: end }), row("2", "b.example"));
    await fixture.build();
    expect(fixture.names()).toEqual(["b.example"]);
    fixture.nowMs += 8000;
    const begun = await fixture.build();
    expect(begun.sources[0]?.outcome).toBe("new");
    expect(begun.zones[0]?.result).toMatchObject({ merged: "ranges", changed: true });
    expect(fixture.names()).toEqual(["a.example", "b.example"]);
    expect(fixture.blocked()).toEqual(["a.example", "b.example"]);
    expect((await fixture.build()).sources[0]?.outcome).toBe("untouched");
    rmSync(fixture.path("list.csv"));
    fixture.nowMs += 10_000;
    const ended = await fixture.build();
    expect(ended.sources[0]?.outcome).toBe("failed");
    expect(fixture.names()).toEqual(["b.example"]);
    expect(fixture.blocked()).toEqual(["b.example"]);
    expect(fixture.snapshot()).toMatchObject({ changes: 1, compiledFor: fixture.now, since: fixture.now });
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("ends nothing twice and revives nothing when the clock is set back", async () => {
    const fixture = new LedgerFixture([]);
    const end = at(fixture, 20);
    fixture.list(row("1", "a.example", { until: end }), row("2", "b.example"));
    await fixture.build();
    fixture.nowMs += 30_000;
    await fixture.build();
    const ended = fixture.snapshot();
    fixture.nowMs -= 25_000;
    await fixture.build();
    expect(fixture.snapshot()).toEqual(ended);
    // Not even where the list is read again, or what is said of the row changed.
    fixture.list(row("1", "a.example", { until: end, type: "x" }), row("2", "b.example"));
    await fixture.build();
    expect(fixture.names()).toEqual(["b.example"]);
    expect(fixture.snapshot().compiledFor).toBe(ended.compiledFor);
    fixture.nowMs += 60_000;
    await fixture.build();
    expect(fixture.names()).toEqual(["b.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("does so though the list is beyond its limit", async () => {
    const fixture = new LedgerFixture([]);
    const rows = [row("1", "a.example", { until: at(fixture, 5) }), ...many(1500)];
    fixture.list(...rows);
    await fixture.build();
    fixture.list(...many(1500, 1000));
    fixture.nowMs += 10_000;
    expect((await fixture.build()).sources[0]?.outcome).toBe("failed");
    expect(fixture.names()).toEqual(expect.not.arrayContaining(["a.example"]));
    expect(fixture.names()).toHaveLength(1500);
  });
});
