import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

/** Of the built-in guards only that of public suffixes: names that several guards stop are the first one's. */
const suffixesAlone = builtInGuards
  .filter(({ id }) => id !== "public-suffixes")
  .map(({ id }) => `  - {id: ${id}, use: false}\n`);

function sampleOf(list: string): Sample {
  return sampleFolder({ "rpzmill.yaml": mainFile(`guards:\n${suffixesAlone.join("")}`), "lists/phish.txt": list });
}

async function built(): Promise<Sample> {
  const sample = sampleOf("co.uk\nshop.example\namazonaws.com\nduckdns.org\n");
  await sample.run("build");
  return sample;
}

describe("guard hits", () => {
  test("prints each entry with its guard, why, and the way past it", async () => {
    const { code, stdout } = await (await built()).run("guard hits");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toContain(
      "phishing.rpz.example: guard public-suffixes (public-suffix) stops co.uk with all beneath of phish: " +
        "it lists co.uk; `overrideGuards: [public-suffixes]` at phish lets it pass",
    );
    expect(stdout).toMatch(
      /stops amazonaws\.com with all beneath of phish: it lists \S+\.amazonaws\.com, which is beneath;/,
    );
    expect(stdout.match(/\n/g)).toHaveLength(3);
  });

  test("prints one object for programs, of one zone, guard and source where asked for", async () => {
    const sample = await built();
    const hit = {
      zone: "phishing.rpz.example",
      guard: "public-suffixes",
      class: "public-suffix",
      listed: "duckdns.org",
      verdict: "stop",
      how: "at",
      source: "phish",
      scope: "subtree",
      name: "duckdns.org",
    };
    const all = (await sample.json("guard hits"))["hits"] as unknown[];
    expect(all).toHaveLength(3);
    expect(all).toContainEqual(hit);
    const line = "guard hits --zone PHISHING.rpz.example. --guard public-suffixes --source phish";
    expect((await sample.json(line))["hits"]).toEqual(all);
    expect((await sample.json("guard hits --limit 1"))["hits"]).toEqual(all.slice(0, 1));
    expect((await sample.json("guard hits --source hosts"))["hits"]).toEqual([]);
    expect((await sample.json("guard hits --zone malware.rpz.example"))["hits"]).toEqual([]);
  });

  test("says so where there is nothing", async () => {
    const { code, stdout, stderr } = await (await built()).run("guard hits --source hosts");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toBe("No guard stops or narrows anything of these\n");
  });

  test.each([
    ["--guard public-sufixes", 'Cannot find "public-sufixes": there is no such guard'],
    ["--zone nowhere.example", 'Cannot find "nowhere.example": there is no such zone'],
    ["--source fish", 'Cannot find "fish": there is no such source'],
  ])("with %s names what is not there", async (options, message) => {
    const { code, stderr } = await (await built()).run(`guard hits ${options}`);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

test("explain says what a guard did", async () => {
  const { stdout } = await (await built()).run("explain shop.co.uk");
  expect(stdout).toContain("phishing.rpz.example: nothing is done: co.uk is a public suffix");
  expect(stdout).toContain(
    "    guard public-suffixes (public-suffix) stops co.uk with all beneath of phish: it lists co.uk;",
  );
});

test("a build's report and zone show count by guard", async () => {
  const sample = sampleOf("co.uk\nshop.example\n");
  const { stdout } = await sample.run("build");
  expect(stdout).toContain("phishing.rpz.example: 1 stopped by the guard public-suffixes\n");
  const shown = await sample.json("zone show phishing.rpz.example");
  const counts = { publicSuffix: 1, guards: { "public-suffixes": { stopped: 1, narrowed: 0 } } };
  expect(shown["counts"]).toMatchObject(counts);
});
