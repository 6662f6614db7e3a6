/** What a list said at a past time, by the commands. */
import { expect, test } from "vitest";
import { type Sample, sampleFolder } from "./cli.ts";

const day = 86_400;
const start = 1_800_000_000;
const clockAt = (seconds: number) => ({ clock: { nowMs: () => seconds * 1000 } });

/** Three days of a list: names come, one goes, one is listed with all beneath from the second on. */
async function threeDays(): Promise<Sample> {
  const sample = sampleFolder({ "lists/phish.txt": "a.example\nb.example\n" });
  await sample.run("build", clockAt(start));
  sample.write("lists/phish.txt", "b.example\nc.example\n@@||x.c.example^\n");
  await sample.run("build", clockAt(start + day));
  sample.write("lists/phish.txt", "b.example\nc.example\n@@||x.c.example^\nd.example\n");
  await sample.run("build", clockAt(start + 2 * day));
  return sample;
}

const iso = (seconds: number): string => new Date(1000 * seconds).toISOString().replace(".000", "");

test("source show --at prints what a list said on any kept day", async () => {
  const sample = await threeDays();
  const listed = async (at: number): Promise<string[]> => {
    const { stdout } = await sample.run(`source show phish --at ${iso(at)}`);
    return stdout.trimEnd().split("\n");
  };
  const first = iso(start);
  const second = iso(start + day);
  expect(await listed(start)).toEqual([
    `a.example subtree, first seen ${first}`,
    `b.example subtree, first seen ${first}`,
  ]);
  expect(await listed(start + day - 1)).toEqual(await listed(start));
  expect(await listed(start + day)).toEqual([
    `b.example subtree, first seen ${first}`,
    `c.example subtree, first seen ${second}`,
    `x.c.example exception subtree, first seen ${second}`,
  ]);
  expect(await listed(start + 9 * day)).toHaveLength(4);
  const { entries } = await sample.json(`source show phish --at ${start}`);
  expect(entries).toEqual([
    { name: "a.example", says: ["subtree"], firstSeen: first },
    { name: "b.example", says: ["subtree"], firstSeen: first },
  ]);
});

test("source diff prints what came and went between two times", async () => {
  const sample = await threeDays();
  const { stdout } = await sample.run(`source diff phish ${start} ${start + day}`);
  expect(stdout).toBe("- a.example subtree\n+ c.example subtree\n+ x.c.example exception subtree\n");
  // Without an end until now, and the other way round the same.
  const upToNow = await sample.run(`source diff phish ${start + day}`, clockAt(start + 3 * day));
  expect(upToNow.stdout).toBe("+ d.example subtree\n");
  expect((await sample.run(`source diff phish ${start + 2 * day} ${start + day}`)).stdout).toBe(upToNow.stdout);
  expect((await sample.run(`source diff phish ${start} ${start}`)).stdout).toBe("");
  expect(await sample.json(`source diff phish ${start} ${start + day}`)).toMatchObject({
    id: "phish",
    from: iso(start),
    changes: [{ change: "went", name: "a.example", before: ["subtree"], after: [] }, {}, {}],
  });
});

test("what is not kept is said to be so", async () => {
  const sample = await threeDays();
  const early = await sample.run(`source show phish --at ${iso(start - 1)}`);
  expect(early.code).toBe(1);
  expect(early.stderr).toContain(`what is kept of it begins at ${iso(start)}`);
  const never = await sample.run("source diff hosts 2020-01-01 2020-01-02");
  expect(never.code).toBe(1);
  const wrong = await sample.run("source show phish --at yesterday");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot read "yesterday" as a time') });
});

test("changes go once they are older than historyDays", async () => {
  const sample = await threeDays();
  sample.write("rpzmill.yaml", `${sample.read("rpzmill.yaml")}historyDays: 1\n`);
  sample.write("lists/phish.txt", "d.example\n");
  await sample.run("build --accept phish", clockAt(start + 3 * day));
  const gone = await sample.run(`source show phish --at ${iso(start + day)}`);
  expect(gone.stderr).toContain(`what is kept of it begins at ${iso(start + 2 * day)}`);
  expect((await sample.run(`source show phish --at ${iso(start + 2 * day)}`)).stdout).toContain("c.example");
});
