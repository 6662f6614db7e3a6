import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import type { Sample } from "./cli.ts";
import { sampleFolder } from "./cli.ts";

const zone =
  "version: 1\napex: phishing.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\nlimit: {rules: 0}\n";

/** A zone that blocks old names, on hold since its list has new ones. */
async function onHold(more: Readonly<Record<string, string>> = {}): Promise<Sample> {
  const sample = sampleFolder({
    "zones/phishing.yaml": zone,
    "lists/phish.txt": "old.example\nstays.example\n192.0.2.7\nsafe.example\n",
    ...more,
  });
  await sample.run("build");
  sample.write("lists/phish.txt", "new.example\nstays.example\n192.0.2.8\n");
  expect((await sample.run("build")).code).toBe(3);
  return sample;
}

/** The other zone has the same allow list and is not on hold. */
const withoutMalware = (text: string): string => text.replace(/^ {2}malware\.rpz\.example: nothing is done.*\n/m, "");

const since = "2027-01-15T08:00:00Z";
const lists = (name: string): string =>
  `phish lists ${name} (phishing, confidence 80), since ${since}, last seen ${since}\n`;
const beneath = (name: string): string => lists(`${name} with all beneath`);
/** The list has addresses, too. */
const hitByAddress = "    rules of this zone on addresses in the answer hit it all the same: allow the address, too\n";

test.each([
  [
    "www.old.example",
    `  phishing.rpz.example: nxdomain\n    ${beneath("old.example")}    on hold since ${since}; once accepted: nothing is done\n`,
  ],
  [
    "new.example",
    `  phishing.rpz.example: nothing is done\n    on hold since ${since}; once accepted: nxdomain\n      ${beneath("new.example")}`,
  ],
  [
    "stays.example",
    `  phishing.rpz.example: nxdomain\n    ${beneath("stays.example")}    on hold since ${since}; once accepted: the same\n`,
  ],
  [
    "192.0.2.7",
    `  phishing.rpz.example: nxdomain\n    ${lists("192.0.2.7")}    on hold since ${since}; once accepted: nothing is done\n`,
  ],
  [
    "192.0.2.8",
    `  phishing.rpz.example: nothing is done\n    on hold since ${since}; once accepted: nxdomain\n      ${lists("192.0.2.8")}`,
  ],
  [
    "safe.example",
    `  phishing.rpz.example: nothing is done: the allow list own holds safe.example\n    ${beneath("safe.example")}${hitByAddress}` +
      `    on hold since ${since}; once accepted: nothing is done: the allow list own holds safe.example\n`,
  ],
])("of a zone on hold it is told what is served of %s, and what the change would make of it", async (name, text) => {
  const sample = await onHold();
  expect(withoutMalware((await sample.run(`explain ${name}`)).stdout)).toBe(`${name}\n${text}`);
});

test("a name of which neither says anything has no verdict", async () => {
  const sample = await onHold();
  expect((await sample.run("explain other.example")).stdout).toBe("other.example: no zone says anything of it\n");
});

test("--json has both, and the action that is served where the configuration is what is held", async () => {
  const sample = await onHold();
  expect((await sample.run("build --accept-zone phishing.rpz.example")).code).toBe(0);
  sample.write("zones/phishing.yaml", zone.replace("nxdomain", "nodata"));
  expect((await sample.run("build")).code).toBe(3);
  const { verdicts } = (await sample.json("explain stays.example")) as { verdicts: unknown[] };
  const because = [{ source: "phish", matched: "stays.example", scope: "subtree" }];
  expect(verdicts).toMatchObject([
    {
      apex: "phishing.rpz.example",
      action: "nxdomain",
      because,
      onHold: { since, reasonsKnown: true, whenAccepted: { action: "nodata", because, stoppedBy: null, guards: [] } },
    },
  ]);
});

test("a lift is what is served at once", async () => {
  const sample = await onHold();
  sample.write("lists/own.txt", "safe.example\nold.example\n");
  expect((await sample.run("build")).code).toBe(3);
  expect(withoutMalware((await sample.run("explain old.example")).stdout)).toBe(
    `old.example\n  phishing.rpz.example: nothing is done: the allow list own holds old.example\n    ${beneath("old.example")}${hitByAddress}` +
      `    on hold since ${since}; once accepted: nothing is done: the allow list own holds old.example\n`,
  );
});

test("where what it was built from is gone, the rule that is served is told without its reasons", async () => {
  const sample = await onHold({
    "zones/phishing.yaml": zone.replace("nxdomain", "{default: {cname: garden.example.net}}"),
  });
  const db = new Sqlite(sample.path("var/rpzmill.db"));
  db.exec("DELETE FROM policy");
  db.close();
  sample.write("zones/phishing.yaml", zone);
  const { stdout } = await sample.run("explain www.old.example");
  expect(stdout).toBe(
    `www.old.example\n  phishing.rpz.example: local-data {"cname":"garden.example.net"}\n` +
      `    what it was built from is no longer known\n    on hold since ${since}; once accepted: nothing is done\n`,
  );
  const { verdicts } = (await sample.json("explain www.old.example")) as { verdicts: unknown[] };
  expect(verdicts).toMatchObject([
    { because: [], stoppedBy: null, guards: [], onHold: { reasonsKnown: false, whenAccepted: null } },
  ]);
});
