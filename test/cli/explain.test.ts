import { expect, test } from "vitest";
import { mainFile, sampleFolder } from "./cli.ts";

async function built() {
  const sample = sampleFolder();
  await sample.run("build");
  return sample;
}

test("--json prints the name and a verdict for each zone that has one", async () => {
  const sample = await built();
  expect(await sample.json("explain www.shop.example")).toEqual({
    name: "www.shop.example",
    verdicts: [
      {
        apex: "phishing.rpz.example",
        trigger: "qname",
        action: "nxdomain",
        because: [
          {
            source: "phish",
            category: "phishing",
            confidence: 80,
            scope: "subtree",
            firstSeen: "2027-01-15T08:00:00Z",
            lastSeen: "2027-01-15T08:00:00Z",
            matched: "shop.example",
          },
        ],
        stoppedBy: null,
        endedBy: null,
        stillHitBy: [],
        guards: [],
        onHold: null,
        pending: null,
      },
    ],
    reports: [],
  });
});

test("people read who lists the name, and what is done", async () => {
  const { code, stdout } = await (await built()).run("explain www.shop.example");
  expect(code).toBe(0);
  expect(stdout).toBe(
    "www.shop.example\n  phishing.rpz.example: nxdomain\n    phish lists shop.example with all beneath " +
      "(phishing, confidence 80), since 2027-01-15T08:00:00Z, last seen 2027-01-15T08:00:00Z\n",
  );
});

test("what is known of the source's entries is said, and a zone that may not know a name says nothing of it", async () => {
  const marked = (marking: string) =>
    sampleFolder({ "rpzmill.yaml": mainFile().replace("confidence: 80", `confidence: 80, ${marking}`) });
  const amber = marked("tlp: amber, pap: green");
  await amber.run("build");
  expect((await amber.run("explain shop.example")).stdout).toContain(
    "(phishing, confidence 80, TLP amber, PAP green), since",
  );
  expect(await amber.json("explain shop.example")).toMatchObject({
    verdicts: [{ because: [{ source: "phish", tlp: "amber", pap: "green" }] }],
  });
  const red = marked("tlp: red");
  await red.run("build");
  expect((await red.run("explain shop.example")).stdout).toBe("shop.example: no zone says anything of it\n");
});

test("what stops a rule is named", async () => {
  const { stdout } = await (await built()).run("explain safe.example");
  expect(stdout).toContain("  phishing.rpz.example: nothing is done: the allow list own holds safe.example\n");
});

test("a name that nobody lists is said to be so, with exit code 0", async () => {
  const { code, stdout } = await (await built()).run("explain unknown.example");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "unknown.example: no zone says anything of it\n" });
});

test("what is no name exits 2", async () => {
  const { code, stderr } = await (await built()).run("explain a..b");
  expect(code).toBe(2);
  expect(stderr).toContain('Cannot explain "a..b": empty-label');
});
