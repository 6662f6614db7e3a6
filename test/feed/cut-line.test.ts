/** A list that was cut in the middle of its last line must not block the name that this leaves of it. */
import { expect, test } from "vitest";
import { fixtureWith, names } from "./list-fixture.ts";

const whole = `${names(20)}mail.example.org\n${names(10, 20)}`;
const cut = `${names(20)}mail.exam`;

const warning = {
  code: undefined,
  message: expect.stringMatching(
    /^Left out the last line of ".*list\.txt", "mail\.exam": the list shrank and the line does not end, so that it may be half a name/,
  ),
};

test("its last line is left out and told, as often as the list is read", async () => {
  const fixture = fixtureWith(whole);
  await fixture.build();
  fixture.write("list.txt", cut);
  const { snapshot, outcome } = (await fixture.build()).sources[0] ?? {};
  expect(outcome).toBe("new");
  expect(snapshot).toMatchObject({ entries: 20, lines: 21, rejects: { "cut-line": { count: 1 } } });
  expect(fixture.warnings).toEqual([warning]);
  expect((await fixture.build({ full: true })).sources[0]?.snapshot?.entries).toBe(20);
});

test.each([
  ["where the list was accepted", whole, cut, { accept: new Set(["list"]) }],
  ["where it ends", whole, `${cut}\n`, {}],
  ["where the list had it", `${whole}mail.exam`, cut, {}],
  ["where the list did not shrink", names(20), cut, {}],
  ["where the list is new", undefined, cut, {}],
])("it is taken %s", async (_, before, after, options) => {
  const fixture = fixtureWith(before);
  if (before !== undefined) await fixture.build();
  fixture.write("list.txt", after);
  const { snapshot } = (await fixture.build(options)).sources[0] ?? {};
  expect(snapshot?.entries).toBe(21);
  expect(Object.keys(snapshot?.rejects ?? {})).not.toContain("cut-line");
  expect(fixture.warnings.filter(({ code }) => code === undefined)).toEqual([]);
});
