/** What sources reported of their entries, by the commands. */
import { beforeEach, expect, test } from "vitest";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

const start = 1_800_000_000;
const day = 86_400;
const clockAt = (seconds: number) => ({ clock: { nowMs: () => seconds * 1000 } });
const iso = (seconds: number): string => new Date(1000 * seconds).toISOString().replace(".000", "");

const intel =
  "sources:\n  - {id: intel, format: csv, from: lists/intel.csv, fields: {id: id, category: type, confidence: score, tlp: tlp, " +
  "validFrom: start, validUntil: end, revoked: revoked, reference: ref}, decay: {lifetimeDays: 10, threshold: 30}}\n";

let sample: Sample;

/** Two builds: rows of every state, one of them gone in the second. */
beforeEach(async () => {
  const rows = [
    `1,a.example,Phishing,80,amber,,${iso(start + 90 * day)},,case 7`,
    `2,b.example,,90,,${iso(start + 20 * day)},,,`,
    `3,c.example,,90,,,${iso(start + day)},,`,
    "4,d.example,,40,,,,,",
    "5,e.example,,90,,,,yes,",
    "7,192.0.2.0/24,scan,90,,,,,",
  ];
  const head = "id,domain,type,score,tlp,start,end,revoked,ref";
  sample = sampleFolder({
    "rpzmill.yaml": mainFile().replace("sources:\n", intel),
    "lists/intel.csv": `${[head, ...rows, "6,a.example,C2,,,,,,"].join("\n")}\n`,
  });
  await sample.run("build", clockAt(start));
  sample.write("lists/intel.csv", `${[head, ...rows].join("\n")}\n`);
  await sample.run("build", clockAt(start + 5 * day));
});

test("entry list prints each row with its state, facts, times and reference", async () => {
  const { stdout, code } = await sample.run("entry list intel");
  const seen = `first seen ${iso(start)}`;
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n")).toEqual([
    `a.example current: exact, category phishing, confidence 80 (now 40), tlp amber, valid until ${iso(start + 90 * day)}, ${seen}, reference case 7, id 1`,
    `a.example withdrawn since ${iso(start + 5 * day)}: exact, category c2, ${seen}, last seen ${iso(start)}, id 6`,
    `b.example waiting: exact, confidence 90, valid from ${iso(start + 20 * day)}, ${seen}, id 2`,
    `c.example ended: exact, confidence 90, valid until ${iso(start + day)}, ${seen}, id 3`,
    `d.example faded: exact, confidence 40, ${seen}, id 4`,
    `e.example revoked since ${iso(start)}: exact, confidence 90, ${seen}, id 5`,
    `192.0.2.0/24 current: exact, category scan, confidence 90 (now 45), ${seen}, id 7`,
  ]);
});

test("entry list prints what is kept of a source that became plain, or left the configuration", async () => {
  sample.write("rpzmill.yaml", mainFile().replace("sources:\n", intel.replace(/, fields: .*$/m, "}")));
  await sample.run("build", clockAt(start + 6 * day));
  const rows = (await sample.run("entry list intel")).stdout.trimEnd().split("\n");
  expect(rows).toHaveLength(7);
  expect(rows[0]).toMatch(/^a\.example unread since /);
  sample.write("rpzmill.yaml", mainFile());
  expect((await sample.run("entry list intel")).stdout.trimEnd().split("\n")).toEqual(rows);
});

test("entry list takes a state and a limit", async () => {
  expect((await sample.run("entry list intel --state ended")).stdout).toMatch(/^c\.example ended: .*\n$/);
  expect((await sample.run("entry list intel --limit 2")).stdout.trimEnd().split("\n")).toHaveLength(2);
  const wrong = await sample.run("entry list intel --state endet");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "ended"?')]);
});

test("explain says what was reported of a name and of those above it, also where it no longer counts", async () => {
  expect((await sample.run("explain c.example")).stdout).toBe(
    `c.example: no zone says anything of it\n  reported by intel: c.example ended: exact, confidence 90, valid until ${iso(start + day)}, first seen ${iso(start)}, id 3\n`,
  );
  // An exact entry says nothing of what is beneath it.
  expect((await sample.run("explain www.c.example")).stdout).toBe("www.c.example: no zone says anything of it\n");
  expect(await sample.json("explain 192.0.2.9")).toMatchObject({
    verdicts: [],
    reports: [{ name: "192.0.2.0/24", source: "intel", externalId: "7", state: "current", reference: null }],
  });
});

test("entry show prints what every source reported of a name or an address, with all of it as JSON", async () => {
  const { stdout } = await sample.run("entry show A.Example.");
  expect(stdout.split("\n").map((line) => line.slice(0, line.indexOf(":")))).toEqual([
    "intel current",
    "intel withdrawn since 2027-01-20T08",
    "  2027-01-15T08",
    "  2027-01-20T08",
    "",
  ]);
  expect(await sample.json("entry show a.example")).toEqual({
    name: "a.example",
    entries: [
      {
        name: "a.example",
        source: "intel",
        externalId: "1",
        state: "current",
        says: ["exact"],
        facts: { category: "phishing", confidence: 80, tlp: "amber" },
        confidenceNow: 40,
        validFrom: null,
        validUntil: iso(start + 90 * day),
        firstSeen: iso(start),
        lastSeen: null,
        reference: "case 7",
        changedAt: iso(start),
        due: expect.any(String),
        history: [],
      },
      expect.objectContaining({ externalId: "6", state: "withdrawn", lastSeen: iso(start), due: null }),
    ],
  });
  expect(await sample.json("entry show 192.0.2.0/24")).toMatchObject({ entries: [{ facts: { category: "scan" } }] });
});

test("entry show prints since when a row said what, and when it was gone", async () => {
  const head = "id,domain,type,score,tlp,start,end,revoked,ref";
  const write = async (days: number, ...rows: string[]): Promise<void> => {
    sample.write("lists/intel.csv", `${[head, "1,a.example,,90,,,,,", ...rows].join("\n")}\n`);
    await sample.run("build", clockAt(start + days * day));
  };
  await write(6, "9,h.example,,80,clear,,2027-11-30,,AZ-1");
  await write(7, "9,h.example,,90,red,,2027-12-31,,AZ-1");
  await write(8);
  await write(17, "9,h.example,,90,red,,2027-12-31,,AZ-2");
  await write(18, "9,h.example,,90,red,,2027-12-31,yes,AZ-2");
  const { stdout } = await sample.run("entry show h.example");
  expect(stdout.trimEnd().split("\n")).toEqual([
    `intel revoked since ${iso(start + 18 * day)}: exact, confidence 90, tlp red, valid until 2028-01-01T00:00:00Z, first seen ${iso(start + 6 * day)}, reference AZ-2, id 9`,
    `  ${iso(start + 6 * day)} reported: exact, confidence 80, tlp clear, valid until 2027-12-01T00:00:00Z, reference AZ-1`,
    `  ${iso(start + 7 * day)} confidence 80 -> 90, tlp clear -> red, valid until 2027-12-01T00:00:00Z -> 2028-01-01T00:00:00Z`,
    `  ${iso(start + 8 * day)} withdrawn`,
    `  ${iso(start + 17 * day)} reported again: gone from ${iso(start + 8 * day)} to ${iso(start + 17 * day)}, reference AZ-1 -> AZ-2`,
    `  ${iso(start + 18 * day)} revoked`,
  ]);
  const { entries } = (await sample.json("entry show h.example")) as { entries: { history: unknown[] }[] };
  expect(entries[0]?.history).toHaveLength(5);
  expect(entries[0]?.history[0]).toEqual({
    since: iso(start + 6 * day),
    until: iso(start + 7 * day),
    state: "reported",
    says: ["exact"],
    facts: { confidence: 80, tlp: "clear" },
    validFrom: null,
    validUntil: "2027-12-01T00:00:00Z",
    reference: "AZ-1",
    moves: 0,
    movedTo: null,
  });
  // Explain says it in short.
  expect((await sample.run("explain h.example")).stdout.split("\n")).toHaveLength(3);
});

test("entry show says since when a row cannot be read, and that a source is read without facts", async () => {
  const head = "id,domain,type,score,tlp,start,end,revoked,ref";
  const rows = ["1,a.example,,90,,,,,", "8,k.example,,90,,,2027-11-30,,"];
  sample.write("lists/intel.csv", `${[head, ...rows, "9,u.example,,90,,,,,"].join("\n")}\n`);
  await sample.run("build", clockAt(start + 6 * day));
  sample.write(
    "lists/intel.csv",
    `${[head, "1,a.example,,90,,,,,", "8,k.example,,90,,,20271231x,,", "9,u.example,,90,purple,,,,"].join("\n")}\n`,
  );
  await sample.run("build", clockAt(start + 7 * day));
  const first = async (line: string): Promise<string> => (await sample.run(line)).stdout.split("\n")[0] as string;
  expect(await first("entry show k.example")).toMatch(
    `intel unreadable since ${iso(start + 7 * day)}: exact, confidence 90`,
  );
  expect(await first("entry show u.example")).toMatch(`intel unreadable since ${iso(start + 7 * day)}: exact`);
  expect((await sample.run("entry list intel --state unreadable")).stdout.trimEnd().split("\n")).toHaveLength(2);
  sample.write(
    "rpzmill.yaml",
    mainFile().replace("sources:\n", "sources:\n  - {id: intel, format: csv, from: lists/intel.csv}\n"),
  );
  await sample.run("build", clockAt(start + 8 * day));
  expect(await first("entry show a.example")).toMatch(`intel unread since ${iso(start + 8 * day)}: exact`);
});

test("build, source list and source show count rows by state", async () => {
  const rows = "rows: 2 current, 1 waiting, 1 ended, 1 faded, 1 revoked, 1 withdrawn";
  expect((await sample.run("source list")).stdout).toMatch(new RegExp(`^intel .*current; ${rows}$`, "m"));
  expect((await sample.run("source show intel")).stdout).toMatch(/^rows +2 current, 1 waiting, 1 ended/m);
  const states = { current: 2, waiting: 1, ended: 1, faded: 1, revoked: 1, withdrawn: 1 };
  expect(await sample.json("source show intel")).toMatchObject({ snapshot: { states } });
  expect(((await sample.json("source list")) as unknown as object[])[0]).toMatchObject({ states });
  const { stdout } = await sample.run("build", clockAt(start + 7 * day));
  expect(stdout).toContain(", 1 faded now");
  expect(stdout).toContain("intel: rows 1 current, 1 waiting, 1 ended, 2 faded, 1 revoked, 1 withdrawn");
});

test("source diff says which facts changed, and source show what they were then", async () => {
  const head = "id,domain,type,score,tlp,start,end,revoked,ref";
  const write = async (days: number, ...rows: string[]): Promise<void> => {
    sample.write("lists/intel.csv", `${[head, "1,a.example,,90,,,,,", ...rows].join("\n")}\n`);
    await sample.run("build", clockAt(start + days * day));
  };
  const fades =
    "tlp: tlp, validFrom: start, validUntil: end, revoked: revoked, reference: ref}, decay: {lifetimeDays: 10, threshold: 30}";
  sample.write(
    "rpzmill.yaml",
    mainFile().replace("sources:\n", intel.replace(fades, fades.slice(0, fades.indexOf(", decay")))),
  );
  await write(6, "8,two.example,x,90,green,,,,", "9,h.example,,80,clear,,,,");
  await write(
    7,
    "8,two.example,x,90,green,,,,",
    "10,two.example,y,90,,,,,",
    "9,h.example,,80,red,,,,",
    "11,new.example,,70,,,,,",
  );
  const diff = `source diff intel ${iso(start + 6 * day)} ${iso(start + 8 * day)}`;
  expect((await sample.run(diff)).stdout.trimEnd().split("\n")).toEqual([
    "~ h.example exact, tlp clear -> red",
    "+ new.example exact (confidence 70)",
    "~ two.example also exact (category y, confidence 90)",
  ]);
  const { changes } = (await sample.json(diff)) as { changes: unknown[] };
  expect(changes[0]).toEqual({
    change: "changed",
    name: "h.example",
    before: ["exact"],
    after: ["exact"],
    saidBefore: [{ says: ["exact"], facts: { confidence: 80, tlp: "clear" } }],
    saidAfter: [{ says: ["exact"], facts: { confidence: 80, tlp: "red" } }],
  });
  const shown = `source show intel --at ${iso(start + 6 * day)}`;
  expect((await sample.run(shown)).stdout).toContain("h.example exact (confidence 80, tlp clear), first seen");
  expect(await sample.json(shown)).toMatchObject({
    entries: expect.arrayContaining([
      expect.objectContaining({
        name: "h.example",
        said: [{ says: ["exact"], facts: { confidence: 80, tlp: "clear" } }],
      }),
    ]),
  });
});

test("what the ledger has nothing of is an error that says where to look", async () => {
  for (const [line, code, text] of [
    ["entry show unknown.example", 1, "rpzmill explain unknown.example"],
    ["entry list phish", 1, "rpzmill source show phish"],
    ["entry list fish", 1, 'did you mean "phish"?'],
    ["entry show in..valid", 2, "empty-label"],
  ] as const) {
    const result = await sample.run(line);
    expect([result.code, result.stdout], line).toEqual([code, ""]);
    expect(result.stderr, line).toContain(text);
  }
});
