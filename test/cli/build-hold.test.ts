import { expect, test } from "vitest";
import { type Sample, sampleFolder } from "./cli.ts";

const zone = (limit: string): string =>
  `version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\n${limit}`;
const listOf = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `n${i}.${tail}\n`).join("");

/** One zone of two is on hold. */
async function sampleOnHold(): Promise<Sample> {
  const sample = sampleFolder({
    "zones/phishing.yaml": zone("limit: {percent: 50, rules: 4}\n"),
    "lists/phish.txt": listOf(10, "old.example"),
  });
  await sample.run("build");
  sample.write("lists/phish.txt", listOf(8, "new.example"));
  expect((await sample.run("build")).code).toBe(3);
  return sample;
}

test("a zone on hold ends a build with 3, and says what would come and go and what to do", async () => {
  const sample = await sampleOnHold();
  const { code, stdout } = await sample.run("build --full");
  expect(code).toBe(3);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1800000000 unchanged, on hold +10 +22 +0 +0$/m);
  expect(stdout).toContain(
    "phishing.rpz.example: on hold since 2027-01-15T08:00:00Z: it would add 8 rules, remove 10 and change 0 " +
      "(adds n0.new.example, n1.new.example, n2.new.example; removes n0.old.example, n1.old.example, n2.old.example, …)\n",
  );
  expect(stdout).toContain("`rpzmill build --accept-zone phishing.rpz.example` publishes them\n");
  const json = JSON.parse((await sample.run("build --json --quiet")).stdout);
  expect(json.dryRun).toBe(false);
  expect(json.zones).toMatchObject([
    { outcome: "unchanged", hold: null },
    {
      outcome: "held",
      changed: false,
      hold: {
        since: "2027-01-15T08:00:00Z",
        rules: { added: 8, removed: 10, changed: 0 },
        firstNames: { added: expect.arrayContaining(["n0.new.example"]), changed: [] },
      },
    },
  ]);
});

test("zone list and zone show say that it is on hold, since when and with what", async () => {
  const sample = await sampleOnHold();
  const words = "on hold since 2027-01-15T08:00:00Z: it would add 8 rules, remove 10 and change 0";
  expect((await sample.run("zone list")).stdout).toContain(`phishing.rpz.example is ${words}\n`);
  const { stdout } = await sample.run("zone show phishing.rpz.example");
  expect(stdout).toMatch(/^on hold +since 2027-01-15T08:00:00Z: it would add 8 rules, remove 10 and change 0; /m);
  expect(stdout).toMatch(/^limit +50 % and 4 rules at once$/m);
  const hold = { since: "2027-01-15T08:00:00Z", rules: { added: 8, removed: 10, changed: 0 } };
  expect((await sample.json("zone list"))["zones"]).toMatchObject([{ hold: null }, { hold }]);
  expect(await sample.json("zone show phishing.rpz.example")).toMatchObject({ hold });
});

test("--accept-zone publishes it, and says so with 0", async () => {
  const sample = await sampleOnHold();
  const { code, stdout } = await sample.run("build --accept-zone Phishing.rpz.example.");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^phishing\.rpz\.example +1800000000 -> 1800000001 +8 +18 +16 +20$/m);
  expect((await sample.run("build")).code).toBe(0);
  expect((await sample.run("zone list")).stdout).not.toContain("on hold");
});

test("--accept-zone of a zone that is not there exits 2", async () => {
  const { code, stderr } = await sampleFolder().run("build --accept-zone phishing.rpz.exampel");
  expect(code).toBe(2);
  expect(stderr).toContain('the configuration has no such zone (did you mean "phishing.rpz.example"?)');
});
