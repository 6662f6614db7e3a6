import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { FetchTimes } from "../../src/daemon/fetch-times.ts";
import { copyStateText, stateFileOf } from "../../src/feed/fetch/copy-state.ts";
import type { FetchTask, ListTask } from "../../src/feed/fetch/task.ts";
import { FetchFixture, startSeconds } from "../feed/http/fetch-fixture.ts";

/** Times over a folder of states, by a clock that the test sets and one that only goes on. */
class Fixture {
  readonly fixture = new FetchFixture();
  readonly clock = { ms: 1000 * startSeconds, steady: 5000 };
  readonly times = new FetchTimes({ nowMs: () => this.clock.ms, steadyMs: () => this.clock.steady });

  task(name: string, more: Partial<ListTask> = {}): FetchTask {
    const url = `https://lists.example/${name}`;
    return this.fixture.task({ name, url, file: `${this.fixture.folder}/${name}/0123456789abcdef.list`, ...more });
  }

  /** Writes the state of a list that was tried then and is due then, in seconds from the start. */
  state(task: FetchTask, triedAt: number, nextAt: number, failures = 0): void {
    mkdirSync(dirname(task.file), { recursive: true });
    const state = {
      copy: undefined,
      triedAt: startSeconds + triedAt,
      nextAt: startSeconds + nextAt,
      failures,
      error: undefined,
    };
    writeFileSync(stateFileOf(task.file), copyStateText(state));
  }

  pass(seconds: number): void {
    this.clock.ms += 1000 * seconds;
    this.clock.steady += 1000 * seconds;
  }

  taken(): string[] {
    return this.times.take().map(({ task }) => task.name);
  }
}

test("a start fetches what was never fetched and what is due, and nothing else", () => {
  const f = new Fixture();
  const [never, due, later] = [f.task("never"), f.task("due"), f.task("later")];
  f.state(due, -3700, -100);
  f.state(later, -100, 3500);
  f.times.configure([never, due, later]);
  expect(f.taken()).toEqual(["never", "due"]);
  expect(f.taken()).toEqual([]);
  expect(f.times.nextMs).toBe(3_500_000);
});

test("a list that is fetched is not taken again until that has ended, however long it takes", () => {
  const f = new Fixture();
  const task = f.task("slow");
  f.times.configure([task]);
  expect(f.taken()).toEqual(["slow"]);
  f.pass(20 * 60);
  expect(f.taken()).toEqual([]);
  expect(f.times.nextMs).toBeUndefined();
  f.times.end(task, { seconds: 3600, hasFailed: false });
  f.pass(3599);
  expect(f.taken()).toEqual([]);
  f.pass(1);
  expect(f.taken()).toEqual(["slow"]);
});

test("a clock that is set back delays nothing, and one set far ahead fetches once", () => {
  const f = new Fixture();
  const task = f.task("list");
  f.state(task, -100, 3500);
  f.times.configure([task]);
  f.clock.ms -= 1000 * 86_400 * 365;
  f.pass(3499);
  expect(f.taken()).toEqual([]);
  f.pass(1);
  expect(f.taken()).toEqual(["list"]);
  f.times.end(task, { seconds: 3600, hasFailed: false });
  f.clock.ms += 1000 * 86_400 * 3650;
  expect(f.taken()).toEqual(["list"]);
  f.times.end(task, { seconds: 3600, hasFailed: false });
  f.pass(3599);
  expect(f.taken()).toEqual([]);
});

test("after the machine slept, what is due by the time of day is fetched", () => {
  const f = new Fixture();
  const task = f.task("list");
  f.state(task, -100, 3500);
  f.times.configure([task]);
  f.clock.ms += 8 * 3_600_000;
  expect(f.taken()).toEqual(["list"]);
});

test("a changed configuration: another address or interval counts at once, the rest keeps its time", () => {
  const f = new Fixture();
  const [same, moved, oftener] = [f.task("same"), f.task("moved"), f.task("oftener")];
  for (const task of [same, moved, oftener]) f.state(task, -600, 3000);
  f.times.configure([same, moved, oftener]);
  expect(f.taken()).toEqual([]);
  const elsewhere = f.task("moved", { file: `${f.fixture.folder}/moved/fedcba9876543210.list` });
  f.times.configure([same, elsewhere, f.task("oftener", { everySeconds: 300 })]);
  expect(f.taken()).toEqual(["moved", "oftener"]);
  f.times.configure([same]);
  expect(f.times.nextMs).toBe(3_000_000);
  f.pass(100_000);
  expect(f.taken()).toEqual(["same"]);
});

test("a list that failed and has other credentials now is tried at once; one that did not fail is not", () => {
  const f = new Fixture();
  const [failing, good] = [f.task("failing"), f.task("good")];
  f.state(failing, -10, 3500, 3);
  f.state(good, -10, 3500);
  f.times.configure([failing, good]);
  f.times.configure([failing, good]);
  expect(f.taken()).toEqual([]);
  f.times.configure([
    f.task("failing", { authorization: "Bearer n3w" }),
    f.task("good", { authorization: "Bearer n3w" }),
  ]);
  expect(f.taken()).toEqual(["failing"]);
});

test("what ends for a former address changes nothing for the present one", () => {
  const f = new Fixture();
  const task = f.task("list");
  f.times.configure([task]);
  expect(f.taken()).toEqual(["list"]);
  const elsewhere = f.task("list", { file: `${f.fixture.folder}/list/fedcba9876543210.list` });
  f.times.configure([elsewhere]);
  expect(f.taken()).toEqual(["list"]);
  f.times.end(task, { seconds: 0, hasFailed: true });
  expect(f.taken()).toEqual([]);
});

test("a host that says its list changed has it fetched at once, and no more often than every few seconds", () => {
  const f = new Fixture();
  const task = f.task("zone");
  f.state(task, -600, 3000);
  f.times.configure([task]);
  f.times.notify("other");
  expect(f.times.take()).toEqual([]);
  for (let i = 0; i < 20; i++) f.times.notify("zone");
  expect(f.times.take()).toEqual([{ task, isNotified: true }]);
  // What changes while it is fetched may not be in what comes.
  f.times.notify("zone");
  expect(f.times.take()).toEqual([]);
  f.times.end(task, { seconds: 3600, hasFailed: false });
  expect(f.times.nextMs).toBe(3000);
  f.pass(3);
  expect(f.times.take()).toEqual([{ task, isNotified: true }]);
  f.times.end(task, { seconds: 3600, hasFailed: false });
  f.pass(1);
  f.times.notify("zone");
  expect(f.times.nextMs).toBe(2000);
  f.pass(2);
  expect(f.times.take()).toEqual([{ task, isNotified: true }]);
  f.times.end(task, { seconds: 3600, hasFailed: false });
  expect(f.times.nextMs).toBe(3_600_000);
});
