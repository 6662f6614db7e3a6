import { expect, test } from "vitest";
import { type Fetch, FetchPool } from "../../src/daemon/fetch-pool.ts";
import type { FetchOutcome } from "../../src/feed/fetch/fetch.ts";
import { FetchFixture } from "../feed/http/fetch-fixture.ts";

/** A pool whose fetches end when the test says so. */
function poolOf(runningMax: number) {
  const fixture = new FetchFixture();
  const running = new Map<string, () => void>();
  const fetch: Fetch = ({ name }) =>
    new Promise((resolve) => {
      running.set(name, () => {
        running.delete(name);
        resolve({ name } as FetchOutcome);
      });
    });
  const pool = new FetchPool(fetch, runningMax);
  const add = (name: string, host: string) => pool.fetch(fixture.task({ name, url: `https://${host}/${name}` }), "due");
  return { pool, add, running, names: () => [...running.keys()] };
}

/** What follows from what has ended has been done then. */
function aMoment(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

test("so many lists are fetched at one time", async () => {
  const { add, running, names } = poolOf(2);
  const all = ["a", "b", "c"].map((name) => add(name, `${name}.example`));
  expect(names()).toEqual(["a", "b"]);
  running.get("a")?.();
  await all[0];
  await aMoment();
  expect(names()).toEqual(["b", "c"]);
});

test("lists of one host wait for each other and take no place meanwhile", async () => {
  const { add, running, names } = poolOf(2);
  const all = ["a", "b", "c"].map((name) => add(name, "slow.example"));
  void add("d", "quick.example");
  expect(names()).toEqual(["a", "d"]);
  running.get("d")?.();
  void add("e", "quick.example");
  await aMoment();
  expect(names()).toEqual(["a", "e"]);
  running.get("a")?.();
  await all[0];
  await aMoment();
  expect(names()).toEqual(["e", "b"]);
});

test("more places count at once", () => {
  const { pool, add, names } = poolOf(1);
  for (const name of ["a", "b", "c"]) void add(name, `${name}.example`);
  pool.runningMax = 3;
  expect(names()).toEqual(["a", "b", "c"]);
});
