import { fork } from "node:child_process";
import { mkdirSync, watch } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { FetchNews, FetchOrder } from "../../../src/daemon/fetch-messages.ts";
import { contentFolderOf } from "../../../src/feed/folder/index-file.ts";
import { FolderFixture } from "./folder-fixture.ts";

const childModule = fileURLToPath(new URL("../../../dist/daemon/fetch-child.js", import.meta.url));

/** A process that looks into the folder; `end` resolves with what it said, or when it was killed. */
function looking(fixture: FolderFixture): { kill: () => void; end: Promise<FetchNews | undefined> } {
  const child = fork(childModule, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = new Promise<FetchNews | undefined>((resolve) => {
    let news: FetchNews | undefined;
    child.on("message", (message: FetchNews) => {
      news = message;
      child.disconnect();
    });
    child.once("exit", () => resolve(news));
  });
  const order: FetchOrder = { number: 1, task: fixture.task(), mode: "due" };
  child.send(order);
  return { kill: () => void child.kill("SIGKILL"), end };
}

test("killed at any moment, a look leaves what was taken before or all of what is there now", {
  timeout: 120_000,
}, async () => {
  const fixture = new FolderFixture("format: domains");
  const put = (version: number): void => {
    for (const name of ["a", "b", "c"]) fixture.put(name, `v${version}.${name}.example\n`, 60 - version);
  };
  const { file } = fixture.task();
  mkdirSync(contentFolderOf(file), { recursive: true });
  put(0);
  expect((await looking(fixture).end)?.outcome).toMatchObject({ outcome: "new", error: null });
  await fixture.build();
  const left = new Set<string>();
  let version = 0;
  // As a file comes, changes or goes beside the index or among the contents: the first such event, the second, and so on.
  for (const [folder, events] of [
    [contentFolderOf(file), 12],
    [dirname(file), 8],
  ] as const) {
    for (let at = 0; at < events; at++) {
      const before = fixture.blocked();
      put((version += 1));
      const { kill, end } = looking(fixture);
      let seen = 0;
      const watcher = watch(folder, () => void (seen++ >= at && kill()));
      await end;
      watcher.close();
      await fixture.build();
      const after = fixture.blocked();
      const isOld = after.join() === before.join();
      left.add(isOld ? "old" : "new");
      expect(after).toHaveLength(3);
      expect(new Set(after.map((name) => name.split(".")[0])).size).toBe(1);
      expect((await fixture.take()).error).toBeNull();
      expect(fixture.said()).toEqual([]);
    }
  }
  expect(left).toEqual(new Set(["old", "new"]));
});
