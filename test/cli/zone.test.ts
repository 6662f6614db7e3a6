import { existsSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReaderGone } from "../../src/cli/io.ts";
import { type Sample, sampleFolder } from "./cli.ts";

/** Two serials: the second takes shop.example away and adds new.example to the phishing zone. */
async function twoSerials(): Promise<Sample> {
  const sample = sampleFolder();
  await sample.run("build");
  sample.write("lists/phish.txt", "login.bank.example\nnew.example\nsafe.example\n");
  await sample.run("build");
  return sample;
}

describe("without a store every reading command says to build first", () => {
  test.each([
    "zone list",
    "zone show malware.rpz.example",
    "zone export malware.rpz.example",
    "zone diff malware.rpz.example",
    "source list",
    "source show phish",
    "source rejects phish",
    "guard hits",
    "explain dropper.example",
  ])("%s", async (line) => {
    const sample = sampleFolder();
    const { code, stdout, stderr } = await sample.run(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^rpzmill: Cannot read ".*rpzmill\.db": nothing has been built yet\nRun `rpzmill build` first/,
    );
    expect(existsSync(sample.path("var"))).toBe(false);
  });
});

describe("zone list", () => {
  test("prints each zone with serial, rules, records, time, size and versions", async () => {
    const { code, stdout } = await (await twoSerials()).run("zone list");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^zone +serial +rules +records +published +size +versions$/m);
    expect(stdout).toMatch(/^phishing\.rpz\.example +1800000001 +2 +6 +2027-01-15T08:00:00Z +\d+ B +2$/m);
  });

  test("names a zone that was not built yet", async () => {
    const sample = await twoSerials();
    sample.write("zones/new.yaml", sample.read("zones/malware.yaml").replace("malware.rpz", "new.rpz"));
    expect((await sample.run("zone list")).stdout).toMatch(/^new\.rpz\.example +- +0 +0 +not built yet /m);
    expect((await sample.json("zone list"))["zones"]).toContainEqual({
      apex: "new.rpz.example",
      serial: null,
      rules: 0,
      records: 0,
      publishedAt: null,
      bytes: 0,
      versions: 0,
      hold: null,
      behind: true,
    });
    const { code, stderr } = await sample.run("zone show new.rpz.example");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("it has not been built yet") });
  });
});

describe("zone show", () => {
  test("prints the definition, what did not become a rule, and the history", async () => {
    const { stdout } = await (await twoSerials()).run("zone show phishing.rpz.example");
    expect(stdout).toMatch(/^serial +1800000001, published 2027-01-15T08:00:00Z$/m);
    expect(stdout).toMatch(/^not rules +1 stopped by an allow list$/m);
    expect(stdout).toMatch(/^takes +category phishing$/m);
    expect(stdout).toMatch(/^transfer +127\.0\.0\.1\/32$/m);
    const history = stdout.slice(stdout.indexOf("\n\n")).trimStart().split("\n");
    expect(history[1]).toMatch(/^1800000001 +\S+ +2 +6 +2 +2 +\d+ B$/);
    expect(history[2]).toMatch(/^1800000000 +\S+ +2 +6 +4 +0 +not kept$/);
  });

  test("takes an apex in any letter case and with a final dot", async () => {
    expect((await (await twoSerials()).json("zone show PHISHING.rpz.example."))["apex"]).toBe("phishing.rpz.example");
  });

  test("still shows a zone that left the configuration", async () => {
    const sample = await twoSerials();
    sample.write("zones/phishing.yaml", sample.read("zones/phishing.yaml").replace("phishing.rpz", "other.rpz"));
    const { stdout } = await sample.run("zone show phishing.rpz.example");
    expect(stdout).toMatch(/^definition +no longer in the configuration/m);
  });

  test("suggests the zone that was probably meant", async () => {
    const { code, stderr } = await (await twoSerials()).run("zone show malwar.rpz.example");
    expect(code).toBe(1);
    expect(stderr).toContain('there is no such zone (did you mean "malware.rpz.example"?)');
  });
});

describe("zone export", () => {
  test("prints the zone file of the current serial and of a kept one", async () => {
    const sample = await twoSerials();
    const { stdout } = await sample.run("zone export phishing.rpz.example");
    expect(stdout).toBe(
      [
        "$ORIGIN phishing.rpz.example.",
        "$TTL 30",
        "@ SOA localhost. hostmaster.phishing.rpz.example. 1800000001 60 30 2592000 30",
        "@ NS localhost.",
        "login.bank.example CNAME .",
        "*.login.bank.example CNAME .",
        "new.example CNAME .",
        "*.new.example CNAME .",
        "",
      ].join("\n"),
    );
    const before = (await sample.run("zone export phishing.rpz.example --serial 1800000000")).stdout;
    expect(before).toContain(" 1800000000 ");
    expect(before).toContain("\nshop.example CNAME .\n");
  });

  test("writes a file whole, and nothing on stdout", async () => {
    const sample = await twoSerials();
    const file = sample.path("out.zone");
    const { code, stdout } = await sample.run(`zone export phishing.rpz.example --output ${file}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(sample.read("out.zone")).toBe((await sample.run("zone export phishing.rpz.example")).stdout);
    expect(readdirSync(sample.folder).filter((name) => name.startsWith("out."))).toEqual(["out.zone"]);
  });

  test.each([
    ["--serial 17", 1, "2 serials are kept, 1800000000 to 1800000001"],
    ["--serial latest", 2, 'Cannot read "latest" as a serial'],
    ["--output no/such/folder/zone", 2, 'Cannot write "no/such/folder/zone"'],
  ])("%s is an error", async (options, wanted, message) => {
    const { code, stdout, stderr } = await (await twoSerials()).run(`zone export phishing.rpz.example ${options}`);
    expect({ code, stdout }).toEqual({ code: wanted, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("ends quietly when the reader has gone", async () => {
    const gone = {
      terminal: undefined,
      write() {
        throw new ReaderGone();
      },
    };
    const { code, stderr } = await (await twoSerials()).run("zone export phishing.rpz.example", { stdout: gone });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("zone diff", () => {
  const lastChange = [
    "+ new.example.phishing.rpz.example. CNAME .",
    "+ *.new.example.phishing.rpz.example. CNAME .",
    "- shop.example.phishing.rpz.example. CNAME .",
    "- *.shop.example.phishing.rpz.example. CNAME .",
    "",
  ];

  test("prints the last change in canonical order", async () => {
    const { code, stdout } = await (await twoSerials()).run("zone diff phishing.rpz.example");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual(lastChange);
  });

  test("goes back where FROM is the newer one", async () => {
    const { stdout } = await (await twoSerials()).run("zone diff phishing.rpz.example 1800000001 1800000000");
    expect(stdout).toContain("+ shop.example.phishing.rpz.example. CNAME .\n");
    expect(stdout).toContain("- new.example.phishing.rpz.example. CNAME .\n");
  });

  test("shows a changed SOA or NS, and not the serial alone", async () => {
    const sample = await twoSerials();
    sample.write("zones/phishing.yaml", `${sample.read("zones/phishing.yaml")}ns: [ns.example]\n`);
    await sample.run("build");
    expect((await sample.run("zone diff phishing.rpz.example")).stdout).toBe(
      "- phishing.rpz.example. NS localhost.\n+ phishing.rpz.example. NS ns.example.\n",
    );
  });

  test("--json names serials and records", async () => {
    const difference = await (await twoSerials()).json("zone diff phishing.rpz.example 1800000000");
    expect(difference).toMatchObject({ apex: "phishing.rpz.example", from: 1_800_000_000, to: 1_800_000_001 });
    expect((difference["changes"] as unknown[])[0]).toEqual({
      change: "added",
      owner: "new.example",
      ttl: 30,
      type: "CNAME",
      rdata: ".",
    });
  });

  test("one serial alone has nothing to be compared with", async () => {
    const { code, stderr } = await (await twoSerials()).run("zone diff malware.rpz.example");
    expect(code).toBe(1);
    expect(stderr).toContain("1800000000 is the only serial that is kept");
  });

  test("the difference of any two serials turns one zone into the other", async () => {
    const names = fc.uniqueArray(
      fc.integer({ min: 0, max: 12 }).map((i) => `n${i % 5}.x${i}.example`),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 2, maxLength: 4 }), async (lists) => {
        const sample = sampleFolder();
        const serials: number[] = [];
        for (const list of lists) {
          sample.write("lists/phish.txt", `${list.join("\n")}\n`);
          await sample.run("build");
          const shown = await sample.json("zone show phishing.rpz.example");
          if (shown["serial"] !== serials.at(-1)) serials.push(shown["serial"] as number);
        }
        for (const from of serials) {
          const to = serials.at(-1) as number;
          const records = async (serial: number): Promise<string[]> => {
            const { stdout } = await sample.run(`zone export phishing.rpz.example --serial ${serial}`);
            return stdout
              .split("\n")
              .slice(4, -1)
              .map((line) => line.replace(" ", ".phishing.rpz.example. "));
          };
          const { stdout } = await sample.run(`zone diff phishing.rpz.example ${from} ${to}`);
          const locked = new Set(await records(from));
          for (const line of stdout.split("\n").slice(0, -1)) {
            const record = line.slice(2);
            expect(locked.has(record)).toBe(line.startsWith("-"));
            if (line.startsWith("-")) locked.delete(record);
            else locked.add(record);
          }
          expect([...locked].sort()).toEqual((await records(to)).sort());
        }
      }),
      { numRuns: 8, seed: 7 },
    );
  });
});
