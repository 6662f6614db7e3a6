import { expect, test } from "vitest";
import { sampleFolder } from "./cli.ts";

test.each([
  ["has nothing", "# nothing\n", "it holds no name and no address"],
  ["has nothing that can be used", "..\n", "none of its items can be used: 1 empty-label"],
])("a list that %s any more is on hold, until somebody says that it is right", async (_, text, why) => {
  const sample = sampleFolder();
  await sample.run("build");
  sample.write("lists/phish.txt", text);
  expect((await sample.run("build")).stderr).toMatch(/SOURCE_EMPTY|source approve phish/);
  const { stdout } = await sample.run("source held phish");
  expect(stdout).toContain(why);
  expect(stdout).toContain("login.bank.example");
  expect(JSON.parse((await sample.run("source list --json")).stdout)[0]).toMatchObject({
    entries: 3,
    held: { entries: 0 },
  });
  expect((await sample.run("source approve phish --by ops --reason ended")).code).toBe(0);
  const listed = JSON.parse((await sample.run("source list --json")).stdout);
  expect(listed[0]).toMatchObject({ id: "phish", entries: 0, held: null });
});
