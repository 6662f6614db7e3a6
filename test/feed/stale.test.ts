/** Sources that nothing has confirmed for longer than they may go without. */
import { utimesSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { maxAgeOf } from "../../src/feed/stale.ts";
import { BuildFixture, mainText } from "./fixture.ts";

const day = 86_400;

describe("maxAge", () => {
  test("is a week of a list that is fetched, longer where it is fetched seldom, and endless of a file", () => {
    const fetch = (everySeconds: number) => ({ fetch: { everySeconds } as never });
    expect(maxAgeOf(fetch(3600))).toBe(7 * day);
    expect(maxAgeOf(fetch(30 * day))).toBe(90 * day);
    expect(maxAgeOf({})).toBeUndefined();
    expect(maxAgeOf({ ...fetch(3600), guard: { maxAgeSeconds: day } })).toBe(day);
  });

  test("is warned of at each build, and takes nothing away", async () => {
    const fixture = new BuildFixture({
      "main.yaml": mainText(["{id: list, category: one, format: domains, from: list.txt, guard: {maxAge: 2d}}"]),
      "list.txt": "a.example\n",
    });
    const written = fixture.nowMs / 1000 - 2 * day + 1;
    utimesSync(fixture.path("list.txt"), written, written);
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "new", stale: undefined });
    for (const _ of [1, 2]) {
      const { sources, zones } = await fixture.build();
      expect(sources[0]?.stale?.message).toContain("longer ago than its maxAge of 2d; what it lists stays blocked");
      expect(zones[0]?.result?.rules).toBe(1);
    }
    expect(fixture.warnings.filter(({ code }) => code === "SOURCE_STALE")).toHaveLength(2);
    // Written anew, though it says what it did.
    writeFileSync(fixture.path("list.txt"), "a.example\n");
    utimesSync(fixture.path("list.txt"), fixture.nowMs / 1000, fixture.nowMs / 1000);
    expect((await fixture.build()).sources[0]).toMatchObject({ outcome: "same", stale: undefined });
  });
});
