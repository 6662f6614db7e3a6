import { hostname } from "node:os";
import { expect, test } from "vitest";
import { BuildStand, mainText } from "../feed/stand.ts";
import { BuildingProcess } from "../store/building-process.ts";
import { faultsOf } from "../store/consistency.ts";

const standOf = (list: string): BuildStand =>
  new BuildStand({
    "main.yaml": mainText(["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"]),
    "list.txt": list,
  });

test("a second build is told who holds the first, changes nothing, and builds once that one is killed", async () => {
  const stand = standOf("one.example\n");
  await stand.build();
  stand.write("list.txt", "two.example\n");
  const before = stand.served();

  // The clock of the one that holds it says 2023-11-14T22:13:20Z.
  const holder = new BuildingProcess({ config: stand.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 4 });
  await holder.tells(({ held }) => held !== undefined);
  const message = `process ${holder.pid} on ${hostname()} since 2023-11-14T22:13:20.000Z is building`;
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await stand.build().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "BUILD_HELD", remedy: "Wait for that build to end, or stop that process" });
    expect((error as Error).message).toBe(`Cannot build into "${stand.path("var/rpzmill.db")}": ${message}`);
  }
  expect(stand.served()).toEqual(before);

  holder.kill();
  expect(await holder.end).toBe("SIGKILL");
  expect((await stand.build()).zones[0]?.result).toMatchObject({ changed: true, rules: 1 });
  expect(stand.served()?.records).toEqual(["*.two.example CNAME .", "two.example CNAME ."]);
  expect(stand.read(faultsOf)).toEqual([]);
});

test("a build holds off another of the same process as well", async () => {
  const stand = standOf("one.example\n");
  const both = await Promise.allSettled([stand.build(), stand.build()]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "BUILD_HELD" } });
  expect((await stand.build()).zones[0]?.result?.changed).toBe(false);
});

test("stores of their own do not hold each other", async () => {
  const [one, other] = [standOf("one.example\n"), standOf("other.example\n")];
  const holder = new BuildingProcess({ config: one.path("main.yaml"), nowMs: 1_700_000_000_000, holdAt: 4 });
  await holder.tells(({ held }) => held !== undefined);
  expect((await other.build()).zones[0]?.result?.rules).toBe(1);
});
