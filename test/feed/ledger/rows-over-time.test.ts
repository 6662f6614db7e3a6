/** Rows with facts that change from one reading to the next: what counts of them, what is kept, and what is counted. */
import { describe, expect, it } from "vitest";
import { faultsOf } from "../../store/consistency.ts";
import { LedgerFixture, row } from "./ledger-fixture.ts";

describe("a list whose rows change", () => {
  it("takes one of several versions of a row, and of too many rows of a name those that count", async () => {
    const fixture = new LedgerFixture([]);
    const ended = Array.from({ length: 1100 }, (_, i) => row(`a${i}`, "many.example", { until: "2020-01-01" }));
    const valid = Array.from({ length: 100 }, (_, i) => row(`b${i}`, "many.example"));
    fixture.list(
      row("1", "a.example", { until: "2090-01-02" }),
      row("1", "a.example", { until: "2090-01-01" }),
      ...ended,
      ...valid,
    );
    await fixture.build();
    expect(fixture.rows()[0]).toMatchObject({ externalId: "1", validUntil: Date.UTC(2090, 0, 2) / 1000 });
    expect(fixture.names()).toEqual(["a.example", "many.example"]);
    const rejects = { "several-versions": { count: 1 }, "too-many-reports": { count: 200 } };
    expect(fixture.snapshot()).toMatchObject({ duplicates: 1, rejects });
  });

  it("lets what returns age from its return, not from when it was first seen", async () => {
    const day = 86_400_000;
    const fixture = new LedgerFixture([row("1", "a.example"), row("2", "b.example")]);
    fixture.configureFields(", confidence: 80, decay: {lifetimeDays: 30}");
    await fixture.build();
    const seen = fixture.now;
    fixture.nowMs += day;
    fixture.list(row("2", "b.example"));
    await fixture.build();
    for (let month = 0; month < 3; month++) {
      fixture.nowMs += 26 * day;
      await fixture.build();
    }
    fixture.list(row("1", "a.example"), row("2", "b.example"));
    await fixture.build();
    // What was there all the time has faded; what came back has not.
    expect(fixture.listed()).toEqual(["a.example {}"]);
    expect(fixture.rows()[0]).toMatchObject({ firstSeen: seen, returned: fixture.now });
    fixture.nowMs += 15 * day;
    await fixture.build();
    expect(fixture.listed()).toEqual(['a.example {"confidence":40}']);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("goes on by the last readable times of a row, and does not block by markings that cannot be read", async () => {
    const day = 86_400;
    const fixture = new LedgerFixture([]);
    const iso = (days: number): string => new Date(1000 * (fixture.now + days * day)).toISOString();
    const end = iso(3);
    const others = [row("2", "b.example"), row("3", "c.example")];
    fixture.list(row("1", "a.example", { until: end }), ...others);
    await fixture.build();
    fixture.list(
      row("1", "a.example", { until: "31-12-soon" }),
      row("2", "b.example", { revoked: "perhaps" }),
      row("3", "c.example"),
    );
    const { sources } = await fixture.build();
    expect(sources[0]).toMatchObject({
      outcome: "new",
      snapshot: { duplicates: 0, rejects: { "bad-fact": { count: 2 } } },
    });
    expect(fixture.states()).toEqual(["a.example 1 kept", "b.example 2 unreadable", "c.example 3 reported"]);
    expect(fixture.names()).toEqual(["a.example", "c.example"]);
    expect(fixture.blocked()).toEqual(["a.example", "c.example"]);
    fixture.nowMs += 4000 * day;
    await fixture.build();
    expect(fixture.names()).toEqual(["c.example"]);
    fixture.list(row("1", "a.example", { until: iso(9) }), ...others);
    await fixture.build();
    expect(fixture.names()).toEqual(["a.example", "b.example", "c.example"]);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("keeps its last good snapshot where no row of it can be read", async () => {
    const fixture = new LedgerFixture([row("1", "a.example"), row("2", "b.example")]);
    await fixture.build();
    fixture.list(row("1", "a.example", { revoked: "perhaps" }), row("2", "b.example", { revoked: "maybe" }));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_EMPTY" } });
    expect(fixture.names()).toEqual(["a.example", "b.example"]);
  });

  it("keeps nothing of a row that is merely seen again", async () => {
    const fixture = new LedgerFixture([]);
    fixture.configure(", fields: {id: id, tlp: tlp, lastSeen: seen}");
    const list = (seen: string, tlp: string): void =>
      fixture.write("list.csv", `id,domain,tlp,seen\n1,a.example,${tlp},${seen}\n`);
    list("2020-01-01", "green");
    await fixture.build();
    const since = fixture.now;
    for (const day of ["2020-01-02", "2020-01-03"]) {
      list(day, "green");
      await fixture.build();
    }
    const past = (): unknown[] => fixture.read((db) => db.prepare("SELECT since, until FROM ledger_past").all());
    expect(past()).toEqual([]);
    expect(fixture.rows()[0]).toMatchObject({ changedAt: since, lastSeen: Date.UTC(2020, 0, 3) / 1000 });
    list("2020-01-04", "red");
    await fixture.build();
    expect(past()).toEqual([{ since, until: fixture.now }]);
  });

  it("counts its rows by state, and says how many entries ended", async () => {
    const fixture = new LedgerFixture([]);
    const until = new Date(fixture.nowMs + 60_000).toISOString();
    const rows = [
      ...["a", "b", "c"].map((name) => row(name, `${name}.example`, { until })),
      row("d", "d.example", { from: "2090-01-01" }),
      row("e", "e.example"),
      row("f", "f.example", { until: "soon" }),
    ];
    fixture.list(...rows, row("g", "g.example"));
    const first = await fixture.build();
    expect(first.sources[0]).toMatchObject({ states: { current: 5, waiting: 1, unreadable: 1 }, stopped: {} });
    fixture.list(...rows.slice(0, 4), row("e", "e.example", { revoked: "1" }), rows[5] as string);
    const second = await fixture.build();
    expect(second.sources[0]).toMatchObject({
      states: { current: 3, waiting: 1, revoked: 1, unreadable: 1, withdrawn: 1 },
      stopped: { revoked: 1 },
    });
    fixture.nowMs += 61_000;
    const third = await fixture.build();
    expect(third.sources[0]).toMatchObject({
      states: { waiting: 1, ended: 3, revoked: 1, unreadable: 1, withdrawn: 1 },
      stopped: { ended: 3 },
    });
    expect((await fixture.build()).sources[0]).toMatchObject({ states: third.sources[0]?.states, stopped: {} });
    // Rows that are kept no longer are counted no longer.
    fixture.configureFields("", "historyDays: 10\n");
    fixture.nowMs += 11 * 86_400_000;
    expect((await fixture.build()).sources[0]?.states).toEqual({
      waiting: 1,
      ended: 3,
      revoked: 1,
      unreadable: 1,
      withdrawn: 0,
    });
  });
});
