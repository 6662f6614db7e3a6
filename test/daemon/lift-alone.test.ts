import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { exitCodeOf, reportOf } from "../../src/daemon/build-report.ts";
import { sampleFolder } from "../cli/cli.ts";
import { apex, mainText, zoneText } from "../feed/fixture.ts";
import { blocked, HoldFixture, oldRules, source } from "./hold-fixture.ts";

const own = "{id: own, from: own.txt}";
const main = mainText([source], [own]);

/** What stops the zone from being built at all. */
const faults: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    "a guard whose list cannot be read",
    { "main.yaml": `${main}guards: [{id: late, class: popular, from: late.txt}]\n` },
  ],
  ["another allow list that cannot be read", { "main.yaml": mainText([source], [own, "{id: late, from: late.txt}"]) }],
  [
    "sources of which none can be read",
    { "main.yaml": mainText(["{id: late, category: one, from: late.txt}"], [own]), "zone.yaml": zoneText() },
  ],
];

test.each(faults)("what an allow list lifts is published though %s stops the zone", async (_what, files) => {
  const fixture = new HoldFixture();
  const { serial } = await fixture.zone();
  for (const [name, text] of Object.entries(files)) fixture.write(name, text);
  fixture.write("own.txt", "*.n3.old.example\n*.n4.old.example\n");
  const outcome = await fixture.build();
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => !/^n[34]\./.test(name))));
  expect(fixture.served()?.row.serial).toBeGreaterThan(serial);
  const report = reportOf(outcome, fixture.config());
  expect(exitCodeOf(report)).toBe(1);
  expect(report.zones).toMatchObject([
    {
      outcome: "failed",
      serial: fixture.served()?.row.serial,
      previousSerial: serial,
      changed: true,
      lifts: { rules: { added: 0, removed: 2, changed: 0 } },
      error: { code: "BUILD_NOTHING" },
    },
  ]);

  // Nothing more to lift is nothing to publish.
  const again = reportOf(await fixture.build(), fixture.config());
  expect(again.zones).toMatchObject([
    { outcome: "failed", serial: null, changed: false, error: { code: "BUILD_NOTHING" } },
  ]);

  // The fault is gone, and the zone is what it is without the detour.
  fixture.write("main.yaml", main);
  expect(await fixture.zone()).toMatchObject({ hold: undefined });
  expect(fixture.rules()).toEqual(blocked(oldRules.filter((name) => !/^n[34]\./.test(name))));
});

test("a dry run tells of such a lift and publishes nothing", async () => {
  const fixture = new HoldFixture();
  await fixture.zone();
  const before = fixture.served();
  fixture.write("main.yaml", mainText([source], [own, "{id: late, from: late.txt}"]));
  fixture.write("own.txt", "*.n3.old.example\n");
  const { zones } = reportOf(await fixture.build({ dryRun: true }), fixture.config());
  expect(zones).toMatchObject([
    { apex, outcome: "failed", lifts: { rules: { removed: 1 } }, error: { code: "BUILD_NOTHING" } },
  ]);
  expect(fixture.served()).toEqual(before);
});

test("a dry run says that what people lift of a zone on hold would be refused, beside what is held", async () => {
  const zone =
    "version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\nlimit: {rules: 0}\n";
  const sample = sampleFolder({ "zones/phishing.yaml": zone, "lists/phish.txt": "old.example\nsafe.example\n" });
  await sample.run("build");
  sample.write("zones/phishing.yaml", zone.replace("nxdomain", "nodata"));
  expect((await sample.run("build")).code).toBe(3);
  const db = new Sqlite(sample.path("var/rpzmill.db"));
  db.exec("DELETE FROM policy");
  db.close();
  sample.write("lists/own.txt", "safe.example\nold.example\n");
  const { code, stdout, stderr } = await sample.run("build --dry-run");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^phishing\.rpz\.example +0 +1 +0 +put it on hold, and fail: ZONE_ON_HOLD$/m);
  expect(stderr).toContain('Cannot take changed allow lists, guards and manual entries into "phishing.rpz.example"');
  expect((await sample.run("build")).stderr).toContain(
    'Cannot take changed allow lists, guards and manual entries into "phishing',
  );
});
