import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Watch, type WatchOptions } from "../../src/daemon/watch.ts";
import { folderOf } from "../config/folder.ts";

/** Changes as they are told, one set after the other. */
class Changes {
  readonly #reported: ReadonlySet<string>[] = [];
  #waiting: ((changed: ReadonlySet<string>) => void) | undefined;

  readonly onChange = (changed: ReadonlySet<string>): void => {
    if (this.#waiting === undefined) this.#reported.push(changed);
    else this.#waiting(changed);
    this.#waiting = undefined;
  };

  next(): Promise<ReadonlySet<string>> {
    const reported = this.#reported.shift();
    if (reported !== undefined) return Promise.resolve(reported);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

function watching(options: Partial<WatchOptions> = {}) {
  const changes = new Changes();
  // Polls of an hour: what is seen here is seen by events, where a test does not say otherwise.
  const watch = new Watch({ onChange: changes.onChange, settleMs: 20, pollMs: 3_600_000, ...options });
  onTestFinished(() => watch.close());
  return { watch, changes };
}

const none = { folders: [], counts: () => false };

test("a list that is written in place is seen", async () => {
  const list = join(folderOf({ "list.txt": "a.example\n" }), "list.txt");
  const { watch, changes } = watching();
  await watch.set({ files: [list], ...none });
  writeFileSync(list, "a.example\nb.example\n");
  expect(await changes.next()).toEqual(new Set([list]));
});

test("a list that another file replaces is seen, also the second time", async () => {
  const folder = folderOf({ "list.txt": "a.example\n" });
  const list = join(folder, "list.txt");
  const { watch, changes } = watching();
  await watch.set({ files: [list], ...none });
  for (const text of ["b.example\n", "c.example\n"]) {
    writeFileSync(join(folder, "new"), text);
    renameSync(join(folder, "new"), list);
    expect(await changes.next()).toEqual(new Set([list]));
  }
});

test("lists that go and come are seen, and other files of their folder are not", async () => {
  const folder = folderOf({ "a.txt": "a.example\n", "b.txt": "" });
  const [a, b] = [join(folder, "a.txt"), join(folder, "b.txt")];
  const { watch, changes } = watching();
  await watch.set({ files: [a, b], ...none });
  writeFileSync(join(folder, "other.txt"), "");
  rmSync(a);
  expect(await changes.next()).toEqual(new Set([a]));
  writeFileSync(a, "a.example\n");
  expect(await changes.next()).toEqual(new Set([a]));
});

test("several changes within the quiet time are told together", async () => {
  const folder = folderOf({ "a.txt": "", "b.txt": "" });
  const [a, b] = [join(folder, "a.txt"), join(folder, "b.txt")];
  const { watch, changes } = watching({ settleMs: 100 });
  await watch.set({ files: [a, b], ...none });
  writeFileSync(a, "1");
  writeFileSync(b, "2");
  expect(await changes.next()).toEqual(new Set([a, b]));
});

test("files that come to a watched folder are seen by their names", async () => {
  const folder = folderOf({ "zone.yaml": "" });
  const { watch, changes } = watching();
  await watch.set({ files: [], folders: [folder], counts: (name) => name.endsWith(".yaml") });
  writeFileSync(join(folder, "notes.txt"), "");
  writeFileSync(join(folder, "more.yaml"), "");
  expect(await changes.next()).toEqual(new Set([join(folder, "more.yaml")]));
  rmSync(join(folder, "zone.yaml"));
  expect(await changes.next()).toEqual(new Set([join(folder, "zone.yaml")]));
});

test("a list in a folder that is not there yet is seen by polling", async () => {
  const folder = join(folderOf({}), "later");
  const { watch, changes } = watching({ pollMs: 20 });
  await watch.set({ files: [join(folder, "list.txt")], ...none });
  mkdirSync(folder);
  writeFileSync(join(folder, "list.txt"), "a.example\n");
  expect(await changes.next()).toEqual(new Set([join(folder, "list.txt")]));
});

test("a folder that another one replaces is watched on", async () => {
  const base = folderOf({ "lists/list.txt": "a.example\n" });
  const list = join(base, "lists", "list.txt");
  const { watch, changes } = watching({ pollMs: 20 });
  await watch.set({ files: [list], ...none });
  renameSync(join(base, "lists"), join(base, "old"));
  expect(await changes.next()).toEqual(new Set([list]));
  mkdirSync(join(base, "lists"));
  writeFileSync(list, "b.example\n");
  expect(await changes.next()).toEqual(new Set([list]));
});

test("what changes while other targets are set is told", async () => {
  const folder = folderOf({ "a.txt": "", "b.txt": "" });
  const [a, b] = [join(folder, "a.txt"), join(folder, "b.txt")];
  const { watch, changes } = watching();
  await watch.set({ files: [a], ...none });
  writeFileSync(a, "changed");
  await watch.set({ files: [a, b], ...none });
  expect(await changes.next()).toEqual(new Set([a]));
});
