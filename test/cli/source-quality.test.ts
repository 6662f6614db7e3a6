/** What `source list` and `source show` say of how good a source is, over a real store. */
import { describe, expect, test } from "vitest";
import { openForReading, openForWriting } from "../../src/store/database.ts";
import { type Sample, sampleFolder } from "./cli.ts";

const day = 86_400_000;
const start = 1_800_000_000_000;
const clockAt = (nowMs: number) => ({ clock: { nowMs: () => nowMs } });

const listAt = async (sample: Sample, nowMs: number, more = ""): Promise<Record<string, unknown>[]> => {
  const { stdout } = await sample.run(`source list --json${more}`, clockAt(nowMs));
  return JSON.parse(stdout) as Record<string, unknown>[];
};

const keptSurveys = (sample: Sample): unknown => {
  const db = openForReading(sample.path("var/rpzmill.db"));
  const count = db?.prepare("SELECT count(*) FROM source_survey").pluck().get();
  db?.close();
  return count;
};

describe("the quality of sources", () => {
  test("is what comes and goes by the day, over seven days", async () => {
    const sample = sampleFolder({ "lists/phish.txt": "a.example\nb.example\n" });
    await sample.run("build", clockAt(start));
    sample.write("lists/phish.txt", "b.example\nc.example\nd.example\n");
    await sample.run("build", clockAt(start + day));
    sample.write("lists/phish.txt", "b.example\nc.example\nd.example\ne.example\n");
    await sample.run("build", clockAt(start + 3 * day));
    expect((await listAt(sample, start + 3 * day + 1000))[0]).toMatchObject({
      id: "phish",
      entries: 4,
      addedLastDay: 1,
      removedLastDay: 0,
      addedPerDay: 0.4,
      removedPerDay: 0.1,
    });
    expect((await listAt(sample, start + 30 * day))[0]).toMatchObject({ addedLastDay: 0, addedPerDay: 0 });
    const { stdout } = await sample.run("source show phish", clockAt(start + 3 * day + 1000));
    expect(stdout).toMatch(/^last day +1 came, 0 went$/m);
    expect(stdout).toMatch(/^last 7 days +0.4 came and 0.1 went a day$/m);
  });

  test("is what no other source has, and what is allowed by now", async () => {
    const sample = sampleFolder({
      "lists/phish.txt": "a.example\nb.example\nx.safe.example\n",
      "lists/hosts.txt": "0.0.0.0 b.example\n",
    });
    await sample.run("build", clockAt(start));
    const [phish, hosts, own] = await listAt(sample, start);
    expect(phish).toMatchObject({ names: 3, unique: 2, allowed: 1 });
    expect(hosts).toMatchObject({ names: 1, unique: 0, allowed: 0 });
    expect(own).toMatchObject({ unique: null, allowed: null });
    const { stdout } = await sample.run("source show phish", clockAt(start));
    expect(stdout).toMatch(/^unique +2 of 3 names that no other source has \(67 %\)$/m);
    expect(stdout).toMatch(/^allowed +1 of its names are on an allow list by now$/m);
    expect(stdout).toMatch(/^guard hits +0 in phishing.rpz.example$/m);
  });

  test("is counted once for what there is, and not at all where that is not wanted", async () => {
    const sample = sampleFolder();
    await sample.run("build", clockAt(start));
    expect((await listAt(sample, start, " --quick"))[0]).toMatchObject({ unique: null, allowed: null });
    expect(keptSurveys(sample)).toBe(0);
    expect((await listAt(sample, start))[0]).toMatchObject({ unique: 3 });
    expect(keptSurveys(sample)).toBe(1);
    expect((await listAt(sample, start, " --quick"))[0]).toMatchObject({ unique: 3 });
    sample.write("lists/hosts.txt", "0.0.0.0 shop.example\n");
    await sample.run("build", clockAt(start + 1000));
    expect((await listAt(sample, start, " --quick"))[0]).toMatchObject({ unique: null });
    expect((await listAt(sample, start))[0]).toMatchObject({ unique: 2 });
    expect(keptSurveys(sample)).toBe(1);
  });

  test("is shown where the store cannot be written", async () => {
    const sample = sampleFolder();
    await sample.run("build", clockAt(start));
    const other = openForWriting(sample.path("var/rpzmill.db"));
    other.exec("BEGIN IMMEDIATE");
    expect((await listAt(sample, start))[0]).toMatchObject({ unique: 3 });
    other.close();
    expect(keptSurveys(sample)).toBe(0);
  });
});

describe("the state of a source", () => {
  const guarded = {
    "rpzmill.yaml": `version: 1
sources:
  - {id: phish, from: lists/phish.txt, format: domains, category: phishing, guard: {shrinkPercent: 10, maxAge: 1d}}
zones: zones/phishing.yaml
`,
  };

  test("says what waits, what was rejected, and what nothing has confirmed", async () => {
    const sample = sampleFolder(guarded);
    sample.write("lists/phish.txt", "a.example\nb.example\n");
    const now = 1_700_000_000_000 + 3600_000;
    await sample.run("build", clockAt(now));
    expect((await listAt(sample, now))[0]).toMatchObject({ state: "current", held: null, error: null });
    expect((await listAt(sample, now + 2 * day))[0]).toMatchObject({
      state: "stale",
      says: expect.stringContaining("longer ago than its maxAge of 1d"),
    });
    sample.write("lists/phish.txt", "a.example\n");
    expect((await listAt(sample, now))[0]).toMatchObject({ state: "changed", held: null });
    await sample.run("build", clockAt(now));
    expect((await listAt(sample, now))[0]).toMatchObject({
      state: "held",
      says: expect.stringContaining("2 entries to 1: 1 gone; see `rpzmill source held phish`"),
      held: { before: 2, entries: 1, removed: 1, breaches: [{ guard: "shrinkPercent", found: 50 }] },
    });
    await sample.run(["source", "reject", "phish", "--by", "ops", "--reason", "half"], clockAt(now));
    expect((await listAt(sample, now))[0]).toMatchObject({
      state: "rejected",
      says: expect.stringContaining("was rejected by ops at"),
      held: { decision: { verdict: "rejected", by: "ops", reason: "half" } },
    });
    const { stdout } = await sample.run("source show phish", clockAt(now));
    expect(stdout).toMatch(/^guard +shrinkPercent 10$/m);
    expect(stdout).toMatch(/^decided +rejected by ops at \S+: half$/m);
    expect(stdout).toMatch(/^age +59m since it was confirmed or written; stale after 1d$/m);
  });
});
