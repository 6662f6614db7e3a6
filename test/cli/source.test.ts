import { rmSync, utimesSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Sample, sampleFolder } from "./cli.ts";

async function built(files?: Readonly<Record<string, string>>): Promise<Sample> {
  const sample = sampleFolder(files);
  for (const name of ["lists/phish.txt", "lists/hosts.txt", "lists/own.txt"]) sample.write(name, sample.read(name));
  await sample.run("build");
  return sample;
}

describe("source list", () => {
  test("prints sources and allow lists with their snapshots", async () => {
    const { code, stdout } = await (await built()).run("source list");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^source +format +category +confidence +accepted +indicators +unique +last day +rejects +state$/m,
    );
    expect(stdout).toMatch(/^phish +domains +phishing +80 +2027-01-15T08:00:00Z +3 +100 % +\+0 -0 +1 +current$/m);
    expect(stdout).toMatch(/^own +domains +\(allow list\) +- +\S+ +1 +- +\+0 -0 +0 +current$/m);
  });

  test("--json has the same for programs", async () => {
    expect(await (await built()).json("source list")).toContainEqual({
      id: "hosts",
      role: "block",
      format: "hosts",
      category: "malware",
      confidence: 60,
      takenAt: "2027-01-15T08:00:00Z",
      lines: 3,
      indicators: 1,
      entries: 1,
      names: 1,
      unique: 1,
      allowed: 0,
      addedLastDay: 0,
      removedLastDay: 0,
      addedPerDay: 0,
      removedPerDay: 0,
      rejects: 1,
      states: null,
      state: "current",
      says: "current",
      held: null,
      fetchedAt: null,
      checkedAt: null,
      changedAt: null,
      nextAt: null,
      staleAt: null,
      error: null,
    });
  });

  test("says when a file is gone, has changed, or was never taken", async () => {
    const sample = await built();
    rmSync(sample.path("lists/phish.txt"));
    const later = await sample.run("source list", { clock: { nowMs: () => 0 } });
    expect(later.stdout).toMatch(/^phish .*ENOENT.*; the last good snapshot is in force$/m);

    const never = sampleFolder({ "lists/hosts.txt": "\n" });
    await never.run("build");
    expect((await never.run("source list")).stdout).toMatch(/^hosts .* never taken; `rpzmill build` says why$/m);

    const changed = await built();
    changed.write("lists/phish.txt", "a.example\n");
    expect(await changed.json("source list")).toMatchObject([{ id: "phish", state: "changed" }, {}, {}]);
  });

  test("says that a list changed where an older file took its place, or it is to be read otherwise", async () => {
    const sample = await built();
    sample.write("lists/phish.txt", "a.example\n");
    utimesSync(sample.path("lists/phish.txt"), 1000, 1000);
    expect(await sample.json("source show phish")).toMatchObject({ state: "changed" });

    const otherwise = await built();
    const strict = otherwise.read("rpzmill.yaml").replace("{id: own,", "{id: own, strict: false,");
    otherwise.write("rpzmill.yaml", strict.replace("format: hosts", "format: domains"));
    expect(await otherwise.json("source list")).toMatchObject([
      { id: "phish", state: "current" },
      { id: "hosts", state: "changed" },
      { id: "own", state: "changed" },
    ]);
  });
});

describe("source show", () => {
  test("prints how a list is read, its snapshot and the zones that take it", async () => {
    const { stdout } = await (await built()).run("source show phish");
    expect(stdout).toMatch(/^source +phish$/m);
    expect(stdout).toMatch(/^file +.*lists\/phish\.txt, \d+ B$/m);
    expect(stdout).toMatch(/^read as +domains, scope subtree$/m);
    expect(stdout).toMatch(/^category +phishing, confidence 80$/m);
    expect(stdout).toMatch(/^indicators +3 of 4 lines, 0 duplicates$/m);
    expect(stdout).toMatch(/^rejects +1 empty-label$/m);
    expect(stdout).toMatch(/^zones +phishing\.rpz\.example$/m);
  });

  test("an allow list counts in every zone", async () => {
    expect((await (await built()).json("source show own"))["zones"]).toEqual([
      "malware.rpz.example",
      "phishing.rpz.example",
    ]);
  });

  test("suggests the source that was probably meant", async () => {
    const { code, stderr } = await (await built()).run("source show pish");
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot find "pish": there is no such source or allow list (did you mean "phish"?)');
  });
});

describe("source rejects", () => {
  const many = `${Array.from({ length: 15 }, (_, i) => `bad..${i}.example`).join("\n")}\ngood.example\ncom\n`;

  test("prints each reason with its count and its first lines", async () => {
    const { code, stdout } = await (await built({ "lists/phish.txt": many })).run("source rejects phish --limit 2");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "empty-label: 15 times\n  1: bad..0.example\n  2: bad..1.example\n  … and 13 more\n\nsingle-label: 1 time\n  17: com\n",
    );
  });

  test("--export writes what is kept as a table or a line each, and says what is not", async () => {
    const lines = `${Array.from({ length: 150 }, (_, i) => `bad..${i}.example`).join("\n")}\n"a,b"\ngood.example\n`;
    const sample = await built({ "lists/phish.txt": lines });
    const csv = await sample.run("source rejects phish --export csv");
    expect(csv.stdout.split("\n")).toHaveLength(1 + 100 + 1 + 1);
    expect(csv.stdout).toMatch(/^reason,line,text\nempty-label,1,"bad\.\.0\.example"\n/);
    expect(csv.stdout).toMatch(/^[a-z-]+,151,"""a,b"""$/m);
    expect(csv.stderr).toBe("empty-label: 100 of 150 are kept\n");
    const all = await sample.run("source rejects phish --export jsonl --now --reason empty-label");
    expect(all.stderr).toBe("");
    const rows = all.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(rows).toHaveLength(150);
    expect(rows.at(-1)).toEqual({ reason: "empty-label", line: 150, text: "bad..149.example" });
    expect((await sample.run("source rejects phish --export cvs")).stderr).toContain('(did you mean "csv"?)');
  });

  test("--reason picks one", async () => {
    const sample = await built({ "lists/phish.txt": many });
    expect(await sample.json("source rejects phish --reason single-label")).toEqual({
      id: "phish",
      rejects: [{ reason: "single-label", count: 1, samples: [{ line: 17, text: "com" }] }],
    });
    const { code, stderr } = await sample.run("source rejects phish --reason single-lable");
    expect(code).toBe(1);
    expect(stderr).toContain('(did you mean "single-label"?)');
  });

  const table = {
    "rpzmill.yaml": `version: 1
sources:
  - {id: phish, from: lists/phish.csv, format: csv, column: Domain, tlp: clear, fields: {tlp: TLP, validFrom: ab, confidence: sicher}}
zones: zones/phishing.yaml
`,
    "zones/phishing.yaml":
      "apex: phishing.rpz.example\nversion: 1\ntake: {sources: [phish]}\naction: nxdomain\nfile: true\n",
    "lists/phish.csv": "Domain;TLP;ab;sicher\na.example;GELB;01.11.2026;90\nb.example;clear;03/04/2026;90\n",
  };

  test("are of the file where no reading of it was accepted, and the build says why", async () => {
    const sample = sampleFolder(table);
    const { stderr } = await sample.run("build");
    expect(stderr).toContain(
      'phish.csv": none of its items can be used: 2 bad-fact; line 2: tlp "GELB" cannot be read (TLP); a.example',
    );
    const { code, stdout } = await sample.run("source rejects phish");
    expect(code).toBe(0);
    expect(stdout).toBe(
      'bad-fact: 2 times\n  2: tlp "GELB" cannot be read (TLP); a.example;GELB;01.11.2026;90\n' +
        '  3: validFrom "03/04/2026" cannot be read (ab): set dateFormat to dmy or mdy; b.example;clear;03/04/2026;90\n',
    );
  });

  test("are of the file as it is now where that is asked for", async () => {
    const sample = sampleFolder({ ...table, "lists/phish.csv": "Domain;TLP;ab;sicher\nc.example;;;F\n" });
    expect((await sample.run("build")).stdout).toContain(
      "phish: accepted with 1 unknown-fact; see `rpzmill source rejects phish`\n",
    );
    sample.write("lists/phish.csv", "Domain;Farbe;ab;sicher\nc.example;rot;;90\n");
    expect((await sample.run("build")).stdout).toMatch(/SOURCE_EMPTY, last good one kept/);
    expect((await sample.run("source rejects phish")).stdout).toBe(
      'unknown-fact: 1 time\n  2: confidence "F" cannot be read (sicher); c.example;;;F\n',
    );
    expect((await sample.run("source rejects phish --now")).stdout).toBe(
      "no-such-column: 1 time\n  2: there is no column TLP; c.example;rot;;90\n",
    );
  });

  test("a list without rejects prints nothing on stdout", async () => {
    const { code, stdout, stderr } = await (await built()).run("source rejects own");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: '"own" has no rejects\n' });
  });
});

describe("an allow list on hold", () => {
  async function onHold(): Promise<Sample> {
    const sample = await built();
    sample.write("lists/own.txt", "safer.example\nsafe.example,\n");
    return sample;
  }

  test("is said by each build, for people and for programs", async () => {
    const sample = await onHold();
    for (const outcome of ["accepted", "read, nothing new"]) {
      const { stdout, stderr, code } = await sample.run("build");
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^own .* allow list, ${outcome}, losses held$`, "m"));
      expect(stderr).toMatch(
        /own\.txt": line 2 is "safe\.example," \(bad-character\), and safe\.example was allowed when the list was last read; nothing goes off the list/,
      );
    }
    expect((await sample.json("build"))["sources"]).toMatchObject([
      { onHold: false, warning: null },
      { onHold: false },
      { id: "own", onHold: true, indicators: 2, warning: { code: "ALLOW_HELD" }, error: null },
    ]);
  });

  test("is shown by source list, show and rejects", async () => {
    const sample = await onHold();
    await sample.run("build");
    expect((await sample.run("source list")).stdout).toMatch(/^own .* on hold: nothing goes off it$/m);
    expect((await sample.run("source show own")).stdout).toMatch(/^fault +.*line 2 is "safe\.example,"/m);
    expect(await sample.json("source show own")).toMatchObject({ state: "on hold", fault: { remedy: /accept/ } });
    expect((await sample.run("source rejects own")).stdout).toBe(
      "bad-character: 1 time\n  2: safe.example,\n\nbeyond-limit: 1 time\n  safe.example\n",
    );
  });
});
