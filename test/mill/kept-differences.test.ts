import { expect, test } from "vitest";
import { apex, BuildFixture, mainText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";

/** Names that sort behind those of every smaller `group`. */
const names = (group: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `n${group}-${i}.example\n`).join("");

/** Whether the difference of each publish is kept, from list to list. */
async function kept(...lists: readonly string[]): Promise<boolean[]> {
  const fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: exact, format: domains, from: list.txt}"]),
  });
  const isKept: boolean[] = [];
  for (const list of lists) {
    fixture.write("list.txt", list);
    await fixture.build({ accept: new Set(["list"]), acceptZones: new Set([apex]) });
    expect(fixture.read(faultsOf)).toEqual([]);
    isKept.push(fixture.served()?.row.differenceBytes !== undefined);
  }
  return isKept.slice(1);
}

test("differences are kept up to twice the zone, the larger of what it was and what it becomes", async () => {
  expect(await kept(names(1, 9000), names(1, 500) + names(2, 8500))).toEqual([true]);
  expect(await kept(names(1, 9000), names(2, 40_000), names(3, 3000))).toEqual([true, true]);
});
