/** Zones of a source whose rows have facts: what each takes, and what of it is merged again when facts change. */
import { expect, test } from "vitest";
import { apex } from "../feed/fixture.ts";
import { HoldFixture } from "./hold-fixture.ts";

const fields = "{category: type, confidence: score, tlp: tlp, distribution: shared}";
const main = `version: 1
state: var
sources:
  - {id: list, category: one, confidence: 50, format: csv, column: name, from: list.csv, fields: ${fields}}
guards: none
zones: [zone.yaml]
`;
const zone = (take = "", action = "{default: nxdomain, one: nodata}"): string => `version: 1
apex: ${apex}
take: {categories: [one, two], minConfidence: 40${take}}
action: ${action}
transfer: [{address: 127.0.0.1/32}]
`;
const list = (...rows: readonly string[]): string => `${["name,type,score,tlp,shared", ...rows].join("\n")}\n`;
const rows = [
  "plain.example,,,,",
  "other.example,two,,,",
  "else.example,three,,,",
  "doubtful.example,,39,,",
  "amber.example,,,amber,",
  "strict.example,,,amber+strict,",
  "red.example,two,,TLP:RED,",
  "own.example,,,,0",
  "all.example,,,,3",
  "both.example,two,,,",
  "both.example,one,,,",
];

function fixtureOf(take?: string, action?: string): HoldFixture {
  return new HoldFixture({ "main.yaml": main, "zone.yaml": zone(take, action), "list.csv": list(...rows) });
}

test("a zone takes entries by their own facts, and does with each what its category says", async () => {
  const fixture = fixtureOf();
  await fixture.zone();
  const forAll = ["all.example CNAME *.", "amber.example CNAME *.", "both.example CNAME *."];
  expect(fixture.rules()).toEqual([...forAll, "other.example CNAME .", "plain.example CNAME *."]);
});

test("one for own people takes what is not for others, too", async () => {
  const fixture = fixtureOf(", audience: own", "nxdomain");
  await fixture.zone();
  const names = ["all", "amber", "both", "other", "own", "plain", "red", "strict"];
  expect(fixture.rules()).toEqual(names.map((name) => `${name}.example CNAME .`));
});

test("facts that change are a change of their entries alone, and none where they lead to the same", async () => {
  const fixture = fixtureOf();
  const { serial } = await fixture.zone();
  fixture.write("list.csv", list(...rows.slice(1), "plain.example,two,,,"));
  expect(await fixture.zone()).toMatchObject({ merged: "ranges", ruleChanges: { added: 0, removed: 0, changed: 1 } });
  expect(fixture.rules()).toContain("plain.example CNAME .");
  fixture.write("list.csv", list(...rows.slice(1), "plain.example,two,,red,"));
  expect(await fixture.zone()).toMatchObject({ merged: "ranges", ruleChanges: { removed: 1 } });
  fixture.write("list.csv", list(...rows.slice(1), "plain.example,,,,"));
  const back = await fixture.zone();
  expect(back).toMatchObject({ merged: "ranges", ruleChanges: { added: 1 } });
  expect(back.serial).not.toBe(serial);
  fixture.write("list.csv", list(...rows.slice(1), "plain.example,,60,green,"));
  expect(await fixture.zone()).toMatchObject({ merged: "ranges", changed: false, serial: back.serial });
});
