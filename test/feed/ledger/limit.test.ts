/** How far a source whose rows have facts may change at once. */
import { describe, expect, it } from "vitest";
import { faultsOf } from "../../store/consistency.ts";
import { LedgerFixture, row } from "./ledger-fixture.ts";

const many = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, i) => row(`m${first + i}`, `m${first + i}.example`));

describe("the limit of a list whose rows have facts", () => {
  it("is stopped by its limit before any row is written, and taken where that is accepted", async () => {
    const fixture = new LedgerFixture(many(1500));
    await fixture.build();
    const rows = fixture.rows();
    fixture.list(...many(1500, 1000));
    const stopped = await fixture.build();
    expect(stopped.sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_GUARD" } });
    expect(stopped.sources[0]?.error?.message).toContain("1000 new and 1000 gone");
    expect(fixture.rows()).toEqual(rows);
    const taken = await fixture.build({ accept: new Set(["list"]) });
    expect(taken.sources[0]?.outcome).toBe("new");
    expect(fixture.names()).toHaveLength(1500);
    expect(fixture.read(faultsOf)).toEqual([]);
  });

  it("takes what the source itself takes back without counting it against its limit, but what is gone without a word", async () => {
    const fixture = new LedgerFixture([]);
    fixture.configureFields(", limit: {percent: 10, entries: 1}");
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const list = (rowOf: (name: string) => string | undefined): void =>
      fixture.list(...names.flatMap((name) => rowOf(name) ?? []));
    list((name) => row(name, `${name}.example`));
    await fixture.build();
    const ended = { until: "2020-01-01" };
    list((name) => row(name, `${name}.example`, name < "d" ? { revoked: "yes" } : name < "f" ? ended : {}));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", error: undefined });
    expect(fixture.names()).toEqual(["f.example", "g.example", "h.example"]);
    list((name) =>
      name < "f" ? row(name, `${name}.example`, { revoked: "yes" }) : name === "h" ? row(name, "h.example") : undefined,
    );
    const stopped = await fixture.build();
    expect(stopped.sources[0]?.error?.message).toContain("it shrank from 3 to 1 entries, beyond its limit");
    list((name) =>
      row(
        name,
        `${name}.example`,
        name < "f" || name === "h" ? { revoked: name < "f" ? "yes" : "" } : { revoked: "so-so" },
      ),
    );
    const unreadable = await fixture.build();
    expect(unreadable.sources[0]?.error?.message).toContain(
      "it shrank from 3 to 1 entries that count, 2 unreadable, beyond",
    );
    // Rows that had ended may go as they like.
    list((name) => (name > "e" ? row(name, `${name}.example`) : undefined));
    expect((await fixture.build()).sources[0]).toMatchObject({ error: undefined });
  });

  it("does not take a list that revokes every name at once, and lets all end by their time", async () => {
    const fixture = new LedgerFixture([]);
    fixture.configureFields(", limit: {percent: 10, entries: 1}");
    const until = new Date(fixture.nowMs + 60_000).toISOString();
    const rows = (more: object): string[] =>
      ["a", "b", "c"].map((name) => row(name, `${name}.example`, { until, ...more }));
    fixture.list(...rows({}));
    await fixture.build();
    fixture.list(...rows({ revoked: "1" }));
    const stopped = await fixture.build();
    expect(stopped.sources[0]?.error?.message).toContain(
      "it shrank from 3 to 0 entries that count, 3 revoked or ended, beyond its limit of 10 % and 1 entries",
    );
    expect(fixture.names()).toHaveLength(3);
    fixture.list(...rows({ ref: "x" }));
    fixture.nowMs += 61_000;
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", error: undefined });
    expect(fixture.names()).toEqual([]);
  });

  it("is stopped by its limit where the list says something else of the names, but not where their facts change", async () => {
    const rows = (before: string, more = {}): string[] =>
      Array.from({ length: 1500 }, (_, i) => row(`${i}`, `${before}m${i}.example`, more));
    const fixture = new LedgerFixture(rows(""));
    await fixture.build();
    fixture.list(...rows("*."));
    const stopped = await fixture.build();
    expect(stopped.sources[0]).toMatchObject({ outcome: "failed", error: { code: "SOURCE_GUARD" } });
    expect(stopped.sources[0]?.error?.message).toContain("of which 1500 say something else now");
    fixture.list(...rows("", { score: "10", type: "other" }));
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", error: undefined });
    // Whoever has the list read otherwise has decided.
    fixture.configureFields(", scope: subtree");
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", error: undefined });
  });
});
