import { expect, test } from "vitest";
import { apex, BuildFixture, mainText } from "./fixture.ts";

const files = (list: string, allow: string): Record<string, string> => ({
  "main.yaml": mainText(["{id: list, category: one, format: domains, from: list.txt}"], ["{from: allow.txt}"]),
  "list.txt": list,
  "allow.txt": allow,
});

async function firstBuild(list: string, allow: string): Promise<BuildFixture> {
  const fixture = new BuildFixture(files(list, allow));
  await fixture.build();
  return fixture;
}

test("a change of addresses gives the zone that a first build gives, again and again in one process", async () => {
  const fixture = await firstBuild("192.0.2.0/24\n203.0.113.9\n", "192.0.2.77\n");
  for (const [list, allow] of [
    ["192.0.2.0/24\n203.0.113.9\n203.0.113.10\n", "192.0.2.77\n"],
    ["192.0.2.0/24\n203.0.113.10\n", "192.0.2.77\n192.0.2.78\n"],
    ["192.0.2.0/24\n203.0.113.10\n192.0.2.78\n", "192.0.2.78\n"],
  ] as const) {
    fixture.write("list.txt", list);
    fixture.write("allow.txt", allow);
    const [built] = (await fixture.build()).zones;
    expect(built?.result).toMatchObject({ apex, changed: true, merged: "ranges" });
    const fresh = await firstBuild(list, allow);
    expect(fixture.served()?.records).toEqual(fresh.served()?.records);
    expect(fixture.served()?.row.counts).toEqual(fresh.served()?.row.counts);
  }
});
