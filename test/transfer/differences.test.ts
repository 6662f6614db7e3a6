import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cname, message, ns, type Script, soa, startPrimary } from "./scripted-primary.ts";
import { ZoneFixture } from "./zone-fixture.ts";

const whole =
  (serial: number, ...records: Buffer[]): Script =>
  (asked) => [message(asked, [soa(serial), ns(), ...records, soa(serial)])];
/** Answers to IXFR with `records`, to AXFR with a zone. */
const both =
  (records: readonly Buffer[], zone: Script): Script =>
  (asked) =>
    asked.serial === undefined ? zone(asked) : [message(asked, records)];

async function fixtureAt7(...records: Buffer[]) {
  const fixture = new ZoneFixture();
  const primary = await startPrimary(whole(7, ...records));
  fixture.ports = [primary.port];
  await fixture.fetch();
  primary.asked.length = 0;
  return { fixture, primary };
}

describe("differences", () => {
  test("are applied in their order, over several serials and messages", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"), cname("b.example"), cname("m.example"));
    primary.script = (asked) => [
      message(asked, [soa(9), soa(7), cname("b.example")]),
      message(asked, [soa(8), cname("c.example"), cname("x.example", ".", 5), soa(8)], { question: undefined }),
      message(asked, [cname("c.example"), soa(9)]),
      message(asked, [cname("b.example", "rpz-drop."), soa(9)]),
    ];
    expect(await fixture.outcome()).toBe("new");
    expect(primary.asked).toEqual(["IXFR"]);
    expect(fixture.records()).toEqual([
      "@ 300 NS localhost.",
      "a.example 300 CNAME .",
      "b.example 300 CNAME rpz-drop.",
      "m.example 300 CNAME .",
      "x.example 5 CNAME .",
    ]);
    expect(fixture.serial()).toBe(9);
  });

  test("may change nothing but the serial, or the TTL alone", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = (asked) => [message(asked, [soa(8), soa(7), soa(8), soa(8)])];
    expect(await fixture.outcome()).toBe("same");
    expect(fixture.serial()).toBe(8);
    primary.script = (asked) => [
      message(asked, [soa(9), soa(8), cname("A.example"), soa(9), cname("a.example", ".", 60), soa(9)]),
    ];
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual(["@ 300 NS localhost.", "a.example 60 CNAME ."]);
  });

  test.each([
    ["the first record", ["a.example"]],
    ["the last record", ["m.example"]],
    ["all of them", ["a.example", "m.example"]],
  ])("delete %s", async (_, owners) => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"), cname("m.example"));
    primary.script = (asked) => [message(asked, [soa(8), soa(7), ...owners.map((one) => cname(one)), soa(8), soa(8)])];
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual([
      "@ 300 NS localhost.",
      ...["a.example", "m.example"].filter((one) => !owners.includes(one)).map((one) => `${one} 300 CNAME .`),
    ]);
  });

  test("are none where the serial is that of the copy", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = (asked) => [message(asked, [soa(7, { refresh: 900 })])];
    fixture.nowMs += 60_000;
    expect(await fixture.outcome()).toBe("not-modified");
    expect(fixture.state()?.copy?.marks).toMatchObject({ refresh: 900 });
    primary.udp = (asked) => [message(asked, [soa(7, { refresh: 1000 })])];
    expect(await fixture.outcome()).toBe("not-modified");
    expect(primary.asked).toEqual(["IXFR"]);
    expect(fixture.state()?.copy?.marks).toMatchObject({ refresh: 1000 });
  });

  test("may be a whole zone in their place", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = whole(8, cname("b.example"));
    expect(await fixture.outcome()).toBe("new");
    expect(primary.asked).toEqual(["IXFR"]);
    expect(fixture.records()).toEqual(["@ 300 NS localhost.", "b.example 300 CNAME ."]);
    primary.script = (asked) => [message(asked, [soa(9)]), message(asked, [ns(), cname("c.example"), soa(9)])];
    expect(await fixture.outcome()).toBe("new");
    primary.script = (asked) => [message(asked, [soa(10), soa(10)])];
    expect(await fixture.outcome()).toBe("new");
    expect(fixture.records()).toEqual([]);
  });

  const bad: [string, readonly Buffer[]][] = [
    ["delete a record that is not there", [soa(8), soa(7), cname("q.example"), soa(8), soa(8)]],
    ["delete one whose data differ", [soa(8), soa(7), cname("a.example", "rpz-drop."), soa(8), soa(8)]],
    ["add a record that is there", [soa(8), soa(7), soa(8), cname("a.example"), soa(8)]],
    ["add one twice", [soa(8), soa(7), soa(8), cname("b.example"), cname("b.example"), soa(8)]],
    ["delete one twice", [soa(8), soa(7), cname("a.example"), cname("a.example"), soa(8), soa(8)]],
    ["start at another serial", [soa(8), soa(6), cname("a.example"), soa(8), soa(8)]],
    ["do not follow each other", [soa(9), soa(7), soa(8), soa(7), soa(9), soa(9)]],
    ["end with another SOA", [soa(8), soa(7), soa(8), cname("b.example"), soa(8, { mname: "other.example" })]],
    ["add past the newest serial", [soa(8), soa(7), soa(8), cname("b.example"), soa(9), soa(9)]],
  ];
  test.each(bad)("that %s are followed by the whole zone", async (_, records) => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = both(records, whole(8, cname("good.example")));
    expect(await fixture.outcome()).toBe("new");
    expect(primary.asked).toEqual(["IXFR", "AXFR"]);
    expect(fixture.records()).toEqual(["@ 300 NS localhost.", "good.example 300 CNAME ."]);
  });

  test.each([1, 2, 4, 5])("answered with the RCODE %i are followed by the whole zone", async (rcode) => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = (asked) => (asked.serial === undefined ? whole(8)(asked) : [message(asked, [], { rcode })]);
    expect(await fixture.outcome()).toBe("new");
    expect(primary.asked).toEqual(["IXFR", "AXFR"]);
  });

  test("cut behind each record leave the copy", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"), cname("b.example"));
    const before = fixture.copy();
    const records = [
      soa(9),
      soa(7),
      cname("a.example"),
      soa(8),
      cname("c.example"),
      soa(8),
      soa(9),
      cname("d.example"),
    ];
    for (let kept = 1; kept <= records.length; kept++) {
      primary.script = (asked) => [...records.slice(0, kept).map((one) => message(asked, [one])), "close"];
      expect(await fixture.outcome()).toBe("its primary closed the connection before the zone had ended");
      expect(fixture.copy()).toBe(before);
      expect(fixture.serial()).toBe(7);
    }
  });

  test("that go back are refused", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    primary.script = (asked) => [message(asked, [soa(6)])];
    primary.udp = (asked) => [message(asked, [soa(6)])];
    expect(await fixture.outcome()).toBe("its serial went back from 7 to 6");
  });

  test("are not asked for where the copy was changed by others", async () => {
    const { fixture, primary } = await fixtureAt7(cname("a.example"));
    const { writeFileSync } = await import("node:fs");
    writeFileSync(fixture.task().file, "torn");
    primary.script = whole(7, cname("a.example"));
    expect(await fixture.outcome()).toBe("new");
    expect(primary.asked).toEqual(["AXFR"]);
  });

  test("of any kind give the zone that they lead to", async () => {
    const owner = fc.constantFrom("a", "b", "*.b", "c.b", "\\000.b", "d", "-", "zz", "x_y");
    const target = fc.constantFrom(".", "*.", "rpz-drop.");
    const zoneOf = fc.uniqueArray(fc.tuple(owner, target), { selector: (one) => one.join(" ") });
    const textOf = ([name, to]: readonly [string, string]) => `${name} ${to}`;
    const { fixture, primary } = await fixtureAt7();
    await fc.assert(
      fc.asyncProperty(
        fc.array(zoneOf, { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (versions, size) => {
          const [first = [], ...later] = versions;
          primary.script = whole(1, ...first.map(([name, to]) => cname(name, to)));
          await fixture.fetch({}, "force");
          const last = 1 + later.length;
          const records = [soa(last)];
          later.forEach((version, i) => {
            const before = versions[i] ?? [];
            const gone = before.filter((one) => !version.some((other) => textOf(other) === textOf(one)));
            const come = version.filter((one) => !before.some((other) => textOf(other) === textOf(one)));
            records.push(soa(i + 1), ...gone.map(([name, to]) => cname(name, to)));
            records.push(soa(i + 2), ...come.map(([name, to]) => cname(name, to)));
          });
          records.push(soa(last));
          primary.asked.length = 0;
          primary.script = (asked) =>
            Array.from({ length: Math.ceil(records.length / size) }, (_, i) =>
              message(asked, records.slice(i * size, (i + 1) * size)),
            );
          expect(await fixture.outcome()).toMatch(/^(?:new|same)$/);
          const byDifferences = fixture.copy();
          primary.script = whole(last, ...(versions.at(-1) ?? []).toReversed().map(([name, to]) => cname(name, to)));
          expect(await fixture.outcome({}, "force")).toBe("same");
          expect(fixture.copy()).toBe(byDifferences);
          expect(primary.asked).toEqual(["IXFR", "AXFR"]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
