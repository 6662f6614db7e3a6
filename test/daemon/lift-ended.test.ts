/** Entries that end while their zone is on hold: by time, by their source, by a marking. What is merely not listed any more stays. */
import { expect, test } from "vitest";
import { isoTime } from "../../src/base/clock.ts";
import { run } from "../cli/cli.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { header, row } from "../feed/ledger/ledger-fixture.ts";
import { blocked, HoldFixture, listOf, names } from "./hold-fixture.ts";

const fields = "{id: id, category: type, validFrom: from, validUntil: until, revoked: revoked, tlp: ref}";
const orders = `{id: orders, category: one, scope: subtree, format: csv, from: orders.csv, limit: {percent: 100000}, fields: ${fields}}`;
const list = "{id: list, category: one, scope: subtree, format: domains, from: list.txt, limit: {percent: 100000}}";
const csv = (...rows: readonly string[]): string => listOf(header, ...rows);
const until = isoTime(1_700_000_000 + 6 * 86_400);
const six = names(6, "ordered.example");
const sixRows = six.map((name, i) => row(`${i}`, name, { until }));
const zoneOf = (limit: string): string => zoneText(`limit: ${limit}\n`);
const tight = "{percent: 50, rules: 2}";

function fixtureOf(rows: readonly string[], files: Readonly<Record<string, string>> = {}): HoldFixture {
  return new HoldFixture({
    "main.yaml": `${mainText([orders])}guards: none\n`,
    "zone.yaml": zoneOf(tight),
    "orders.csv": csv(...rows),
    ...files,
  });
}

/** With a list beside the orders, which is what is held. */
async function onHold(rows: readonly string[]): Promise<HoldFixture> {
  const fixture = fixtureOf(rows, {
    "main.yaml": `${mainText([orders, list])}guards: none\n`,
    "list.txt": listOf(...names(20, "old.example")),
  });
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(20, "new.example")));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { added: 20, removed: 20 } } });
  return fixture;
}

const old = names(20, "old.example");
const rules = (...all: readonly string[]): string[] => blocked([...all].sort());

test("orders that end by time end, though they are more than the zone's limit, and the zone is not on hold for it", async () => {
  const fixture = fixtureOf(sixRows);
  await fixture.zone();
  fixture.nowMs += 10 * 86_400_000;
  expect(await fixture.zone()).toMatchObject({ changed: true, hold: undefined, lifts: { ended: 6 }, rules: 0 });
  expect(fixture.rules()).toEqual([]);
  expect(fixture.hold()).toBeUndefined();
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none" });
});

test("rows that become red leave a zone for others at once", async () => {
  const rows = (ref: string): string[] =>
    names(5, "red.example").map((name, i) => row(`${i}`, name, { ref: i < 4 ? ref : "" }));
  const fixture = fixtureOf(rows("amber"));
  await fixture.zone();
  fixture.write("orders.csv", csv(...rows("red")));
  expect(await fixture.zone()).toMatchObject({ hold: undefined, lifts: { ended: 4 }, rules: 1 });
});

test("on a zone on hold what ends, is revoked or becomes red goes, and what is merely not listed stays", async () => {
  const rows = ["ends", "goes", "red", "dropped", "stays", "dropped-ends"].map((name, i) =>
    row(`${i}`, `${name}.example`, { until: name.endsWith("ends") ? until : "" }),
  );
  const fixture = await onHold(rows);
  const [ends = "", , , , stays = ""] = rows;
  fixture.write(
    "orders.csv",
    csv(ends, row("1", "goes.example", { revoked: "1" }), row("2", "red.example", { ref: "red" }), stays),
  );
  const first = await fixture.zone();
  expect(first).toMatchObject({
    changed: true,
    ruleChanges: { added: 0, removed: 2, changed: 0 },
    lifts: { ended: 2 },
  });
  expect(fixture.rules()).toEqual(
    rules(...old, ..."ends dropped dropped-ends stays".split(" ").map((name) => `${name}.example`)),
  );
  // That a revoked row is no longer reported brings nothing back.
  fixture.write("orders.csv", csv(ends, stays));
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { since: first.hold?.since } });
  fixture.nowMs += 10 * 86_400_000;
  expect(await fixture.zone()).toMatchObject({ ruleChanges: { removed: 2 }, lifts: { ended: 4 } });
  expect(fixture.rules()).toEqual(rules(...old, "dropped.example", "stays.example"));
  expect(await fixture.zone()).toMatchObject({ changed: false, merged: "none" });
  // An end that is moved brings its entry back.
  fixture.write("orders.csv", csv(row("0", "ends.example"), stays));
  expect(await fixture.zone()).toMatchObject({
    ruleChanges: { added: 1, removed: 0, changed: 0 },
    lifts: { ended: 3 },
  });
  expect(await fixture.zone({ acceptZones: new Set([apex]) })).toMatchObject({ hold: undefined });
  expect(fixture.rules()).toEqual(rules(...names(20, "new.example"), "ends.example", "stays.example"));
});

test("a list that is replaced by another, some of it revoked, is held but for what was revoked", async () => {
  const fixture = fixtureOf(sixRows);
  await fixture.zone();
  const revoked = row("0", six[0] as string, { revoked: "1" });
  const fresh = names(6, "fresh.example").map((name, i) => row(`f${i}`, name));
  fixture.write("orders.csv", csv(revoked, ...fresh));
  const { hold } = await fixture.zone();
  expect(hold?.ruleChanges).toEqual({ added: 6, removed: 5, changed: 0 });
  expect(fixture.rules()).toEqual(rules(...six.slice(1)));
});

test.each([
  ["the category", (name: string, i: number) => row(`${i}`, name, { type: "other" })],
  ["a marking that cannot be read", (name: string, i: number) => row(`${i}`, name, { ref: "TLP:PURPLE" })],
])("%s that changes is the source's matter, and held", async (_, changed) => {
  const fixture = fixtureOf(six.map((name, i) => row(`${i}`, name)));
  await fixture.zone();
  fixture.write("orders.csv", csv(...six.map(changed)));
  const built = await fixture.zone({ accept: new Set(["orders"]) });
  expect(built).toMatchObject({ changed: false, hold: { ruleChanges: { removed: 6 } } });
  expect(fixture.rules()).toEqual(rules(...six));
});

test("a name that another row or source lists stays blocked, and so does one that a pass would no longer exempt", async () => {
  const rows = [
    row("1", "both.example", { until }),
    row("2", "both.example"),
    row("3", "n1.old.example", { until }),
    row("4", "a.n2.old.example", { type: "pass", until }),
  ];
  const zone = zoneOf(tight).replace("[one]", "[one, pass]").replace("nxdomain", "{default: nxdomain, pass: passthru}");
  const fixture = fixtureOf(rows, {
    "main.yaml": `${mainText([orders, list])}guards: none\n`,
    "list.txt": listOf(...old),
    "zone.yaml": zone,
  });
  await fixture.zone();
  const before = fixture.rules();
  fixture.write("list.txt", listOf(...names(20, "new.example")));
  fixture.nowMs += 10 * 86_400_000;
  expect(await fixture.zone()).toMatchObject({ changed: false, hold: { ruleChanges: { added: 20 } } });
  expect(fixture.rules()).toEqual(before);
});

test("a change of the configuration is held as before, and entries end beneath it", async () => {
  const fixture = fixtureOf([...sixRows, row("6", "stays.example")]);
  await fixture.zone();
  fixture.write("zone.yaml", zoneOf(tight).replace("nxdomain", "nodata"));
  expect(await fixture.zone()).toMatchObject({ hold: { ruleChanges: { changed: 7 } } });
  fixture.nowMs += 10 * 86_400_000;
  expect(await fixture.zone()).toMatchObject({ ruleChanges: { removed: 6 }, hold: undefined });
  expect(fixture.rules()).toEqual(["stays.example CNAME *."]);
});

test("where a zone cannot be built, its entries end all the same", async () => {
  const fixture = fixtureOf(sixRows);
  await fixture.zone();
  fixture.write("main.yaml", `${mainText([orders], ["{id: own, from: none.txt}"])}guards: none\n`);
  fixture.nowMs += 10 * 86_400_000;
  const { zones } = await fixture.build();
  expect(zones[0]).toMatchObject({ error: { code: "BUILD_NOTHING" }, result: { lifts: { ended: 6 }, rules: 0 } });
  expect((await fixture.build()).zones[0]).toMatchObject({ error: { code: "BUILD_NOTHING" }, result: undefined });
});

test("builds, dry runs and explain say what ended", async () => {
  const stays = ["3", "4", "5"].map((id) => row(id, `stays${id}.example`));
  const fixture = await onHold([row("0", "ends.example", { until }), row("1", "revoked.example"), ...stays]);
  const clock = { nowMs: () => fixture.nowMs };
  const command = async (line: string) =>
    (await run([...line.split(" "), "--config", fixture.path("main.yaml")], { clock })).stdout;
  const saidOf = (entries: string): string =>
    `${apex}: ${entries} that ended, were revoked or must not be passed on any more`;
  fixture.nowMs += 10 * 86_400_000;
  expect(await command("build --dry-run")).toContain(`${saidOf("entries of 1 name")} go at once\n`);
  expect(await command("build")).toContain(`${saidOf("entries of 1 name")} no longer block, though it is on hold\n`);
  const revoked = row("1", "revoked.example", { revoked: "1" });
  fixture.write("orders.csv", csv(row("0", "ends.example", { until }), revoked, ...stays));
  expect(await command("build --dry-run")).toContain(`${saidOf("entries of 2 names")} go at once\n`);
  expect(await command("build")).toContain(saidOf("entries of 2 names"));
  expect(await command("explain ends.example")).toContain(
    "the entry ends.example of orders has ended since, and blocks no longer, on hold or not\n",
  );
  expect(JSON.parse(await command("explain revoked.example --json"))).toMatchObject({
    verdicts: [{ action: null, onHold: { ended: [{ source: "orders", matched: "revoked.example" }] } }],
  });
  expect(await command("explain n1.old.example")).not.toContain("ended");
});
