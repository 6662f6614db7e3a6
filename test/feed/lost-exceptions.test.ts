/** Exceptions of a source that cannot be read are warned of: what its maintainers took out is blocked without them. */
import { expect, test } from "vitest";
import { reportOf } from "../../src/daemon/build-report.ts";
import { fixtureWith } from "./list-fixture.ts";

test("are in the report and warned of at each build, until they can be read", async () => {
  const fixture = fixtureWith("evil.example\n@@||good.*^\n\ngood.example CNAME rpz-passthru.\n");
  const warning = {
    code: "EXCEPTION_UNREADABLE",
    message: expect.stringMatching(
      /^Cannot read 2 exceptions in ".*list\.txt": line 2 is "@@\|\|good\.\*\^"; what they take out of the list is blocked\. .*source rejects list --reason exception-unreadable/,
    ),
  };
  for (let builds = 1; builds <= 2; builds++) {
    const [source] = reportOf(await fixture.build(), fixture.config()).sources;
    expect(source).toMatchObject({
      onHold: false,
      error: null,
      warning: { code: "EXCEPTION_UNREADABLE" },
      rejects: { "exception-unreadable": 2 },
    });
    expect(fixture.warnings).toEqual(Array.from({ length: builds }, () => warning));
  }
  fixture.write("list.txt", "evil.example\n@@||good.example^\n");
  const [source] = reportOf(await fixture.build(), fixture.config()).sources;
  expect(source?.warning).toBeNull();
  expect(fixture.warnings).toHaveLength(2);
});

test.each([
  ["names its array", "format: json, path: list, from: list.json"],
  ["has it found", "from: list.json"],
])("a warninglist as a source that %s is refused, whatever its size and the order of its keys", async (_, list) => {
  const names = Array.from({ length: 30_000 }, (_, i) => `n${i}.example`);
  const warninglist = { list: names, matching_attributes: ["domain"], name: "n", type: "string", version: 1 };
  const fixture = fixtureWith(JSON.stringify(warninglist), list);
  const outcome = await fixture.build();
  expect(outcome.sources[0]).toMatchObject({
    outcome: "failed",
    error: {
      code: "SOURCE_NOT_A_LIST",
      message: expect.stringMatching(/as a list: it is a MISP warninglist, whose names must not be blocked/),
      remedy: expect.stringMatching(/guards.*format: warninglist.*allow/),
    },
  });
});
