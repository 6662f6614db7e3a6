import { expect, test } from "vitest";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

const since = "2027-01-15T08:00:00Z";
const lists = (name: string): string =>
  `phish lists ${name} with all beneath (phishing, confidence 80), since ${since}, last seen ${since}\n`;

/** The list of a zone has other names, and the zone was not built since: one of its allow lists cannot be read. */
async function behind(): Promise<Sample> {
  const sample = sampleFolder({ "lists/phish.txt": "old.example\nstays.example\n192.0.2.7\n" });
  expect((await sample.run("build")).code).toBe(0);
  sample.write("lists/phish.txt", "new.example\nstays.example\nwww.new.example\n192.0.2.8\n");
  sample.write(
    "rpzmill.yaml",
    mainFile().replace("zones: zones", "  - {id: late, from: lists/late.txt}\nzones: zones"),
  );
  expect((await sample.run("build")).code).toBe(1);
  return sample;
}

test.each([
  [
    "www.old.example",
    `  phishing.rpz.example: nxdomain\n    ${lists("old.example")}    serial 1800000000 is behind its lists or configuration; once built: nothing is done\n`,
  ],
  [
    "new.example",
    `  phishing.rpz.example: nothing is done\n    serial 1800000000 is behind its lists or configuration; once built: nxdomain\n      ${lists("new.example")}`,
  ],
  [
    "stays.example",
    `  phishing.rpz.example: nxdomain\n    ${lists("stays.example")}    serial 1800000000 is behind its lists or configuration; once built: the same\n`,
  ],
])(
  "of a zone that could not be built it is told what is served of %s, and what a build would make of it",
  async (name, text) => {
    const sample = await behind();
    expect((await sample.run(`explain ${name}`)).stdout).toBe(`${name}\n${text}`);
  },
);

test("--json has both", async () => {
  const sample = await behind();
  expect(await sample.json("explain 192.0.2.7")).toMatchObject({
    verdicts: [
      {
        apex: "phishing.rpz.example",
        action: "nxdomain",
        because: [{ matched: "192.0.2.7" }],
        onHold: null,
        pending: { servedSerial: 1_800_000_000, reasonsKnown: true, whenBuilt: null },
      },
    ],
  });
  sample.write("rpzmill.yaml", mainFile());
  expect((await sample.run("build")).code).toBe(0);
  expect(await sample.json("explain 192.0.2.8")).toMatchObject({ verdicts: [{ action: "nxdomain", pending: null }] });
});

test("a changed configuration counts once it was built", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/phishing.yaml", zone.replace("nxdomain", "nodata"));
  expect(await sample.json("explain shop.example")).toMatchObject({
    verdicts: [{ action: "nxdomain", pending: { whenBuilt: { action: "nodata" } } }],
  });
});

test("of a zone that was never built it is told that nothing is done yet", async () => {
  const sample = sampleFolder();
  await sample.run("build");
  const zone = sample.read("zones/phishing.yaml");
  sample.write("zones/late.yaml", zone.replace("apex: phishing", "apex: late"));
  const { stdout } = await sample.run("explain shop.example");
  expect(stdout).toContain(
    `  late.rpz.example: nothing is done\n    not built yet; once built: nxdomain\n      ${lists("shop.example")}`,
  );
  expect(await sample.json("explain shop.example")).toMatchObject({
    verdicts: [
      { apex: "late.rpz.example", action: null, pending: { servedSerial: null, reasonsKnown: true } },
      { apex: "phishing.rpz.example", action: "nxdomain", pending: { servedSerial: 1_800_000_000 } },
    ],
  });
});

test("zone list and zone show tell of a zone that is behind", async () => {
  const sample = await behind();
  const words = "behind its lists or configuration: `rpzmill build` publishes what they lead to, or says what stops it";
  expect((await sample.run("zone list")).stdout).toContain(`\nphishing.rpz.example is ${words}\n`);
  expect((await sample.run("zone show phishing.rpz.example")).stdout).toContain(words);
  expect(await sample.json("zone list")).toMatchObject({ zones: [{ behind: true }, { behind: true }] });
  expect(await sample.json("zone show phishing.rpz.example")).toMatchObject({ behind: true, hold: null });
  sample.write("rpzmill.yaml", mainFile());
  await sample.run("build");
  expect((await sample.run("zone list")).stdout).not.toContain("behind");
  expect(await sample.json("zone list")).toMatchObject({ zones: [{ behind: false }, { behind: false }] });
});
