import { hostname } from "node:os";
import { expect, test } from "vitest";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { BuildingProcess } from "../store/building-process.ts";
import { faultsOf } from "../store/consistency.ts";

const fixtureOf = (list: string): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "list.txt": list,
  });

test("a second build is told who runs the first, changes nothing, and builds once that one is killed", async () => {
  const fixture = fixtureOf("one.example\n");
  await fixture.build();
  fixture.write("list.txt", "two.example\n");
  const before = fixture.served();

  // The clock of the one that holds it says 2023-11-14T22:13:20Z.
  const holder = new BuildingProcess({ config: fixture.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 4 });
  await holder.tells(({ locked }) => locked !== undefined);
  const message = `process ${holder.pid} on ${hostname()} since 2023-11-14T22:13:20.000Z is building`;
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await fixture.build().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "BUILD_HELD", remedy: "Wait for that build to end, or stop that process" });
    expect((error as Error).message).toBe(`Cannot build into "${fixture.path("var/rpzmill.db")}": ${message}`);
  }
  expect(fixture.served()).toEqual(before);

  holder.kill();
  expect(await holder.end).toBe("SIGKILL");
  expect((await fixture.build()).zones[0]?.result).toMatchObject({ changed: true, rules: 1 });
  expect(fixture.served()?.records).toEqual(["*.two.example CNAME .", "two.example CNAME ."]);
  expect(fixture.read(faultsOf)).toEqual([]);
});

test("a build holds off another of the same process as well", async () => {
  const fixture = fixtureOf("one.example\n");
  const both = await Promise.allSettled([fixture.build(), fixture.build()]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "BUILD_HELD" } });
  expect((await fixture.build()).zones[0]?.result?.changed).toBe(false);
});

test("stores of their own do not lock each other", async () => {
  const [one, other] = [fixtureOf("one.example\n"), fixtureOf("other.example\n")];
  const holder = new BuildingProcess({ config: one.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 4 });
  await holder.tells(({ locked }) => locked !== undefined);
  expect((await other.build()).zones[0]?.result?.rules).toBe(1);
});
