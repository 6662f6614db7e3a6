/** A list with facts that was cut in the middle of its last line must not block what this leaves of a name, or of its facts. */
import { expect, test } from "vitest";
import { LedgerFixture } from "./ledger-fixture.ts";

/** What a cut may leave whole is last. */
const nameLast = "id,type,from,until,revoked,ref,score,domain";
const scoreLast = "id,type,from,until,revoked,ref,domain,score";

const first = ["1,,,,,,,a.example", "2,,,,,,,b.example"];
const whole = [...first, "3,,,,,,80,login.bank.example.evil.test", "4,,,,,,,d.example"];
const cut = "3,,,,,,80,login.bank.example";

function write(fixture: LedgerFixture, header: string, lines: readonly string[], end = "\n"): void {
  fixture.write("list.csv", `${[header, ...lines].join("\n")}${end}`);
}

async function built(header: string, lines: readonly string[]): Promise<LedgerFixture> {
  const fixture = new LedgerFixture([]);
  write(fixture, header, lines);
  await fixture.build();
  fixture.warnings.length = 0;
  return fixture;
}

const leftOut = (fixture: LedgerFixture): string[] =>
  fixture.warnings.flatMap(
    ({ message }) => /^Left out the last line of ".*list\.csv", "(.*)": the list shrank/.exec(message)?.[1] ?? [],
  );

test("its last line is left out and told, as often as the list is read", async () => {
  const fixture = await built(nameLast, whole);
  write(fixture, nameLast, [...first, cut], "");
  const { outcome, snapshot } = (await fixture.build()).sources[0] ?? {};
  expect(outcome).toBe("new");
  expect(snapshot?.rejects["cut-line"]).toMatchObject({ count: 1, samples: [{ text: cut }] });
  expect(fixture.names()).toEqual(["a.example", "b.example"]);
  expect(leftOut(fixture)).toEqual([cut]);
  await fixture.build({ full: true });
  expect(fixture.names()).toEqual(["a.example", "b.example"]);
  expect(fixture.snapshot().rejects["cut-line"]?.count).toBe(1);
});

test("it is left out where it says something else of a name that the list had", async () => {
  const lines = ["1,,,,,,a.example,70", "2,,,,,,b.example,80", "3,,,,,,c.example,70"];
  const fixture = await built(scoreLast, lines);
  write(fixture, scoreLast, [lines[0] as string, "2,,,,,,b.example,8"], "");
  await fixture.build();
  expect(fixture.listed()).toEqual(['a.example {"confidence":70}']);
  expect(leftOut(fixture)).toEqual(["2,,,,,,b.example,8"]);
});

test.each([
  ["where the list was accepted", whole, cut, "", { accept: new Set(["list"]) }],
  ["where it ends", whole, cut, "\n", {}],
  ["where the list had it", whole, "3,,,,,,80,login.bank.example.evil.test", "", {}],
  ["where the list did not shrink", first, cut, "", {}],
])("it is taken %s", async (_, before, lastLine, end, options) => {
  const fixture = await built(nameLast, before);
  write(fixture, nameLast, [...first, lastLine], end);
  const { snapshot } = (await fixture.build(options)).sources[0] ?? {};
  expect(snapshot?.entries).toBe(3);
  expect(Object.keys(snapshot?.rejects ?? {})).not.toContain("cut-line");
  expect(leftOut(fixture)).toEqual([]);
});
