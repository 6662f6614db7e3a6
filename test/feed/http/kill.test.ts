import { fork } from "node:child_process";
import { mkdirSync, watch } from "node:fs";
import type { ServerResponse } from "node:http";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { FetchNews, FetchOrder } from "../../../src/daemon/fetch-messages.ts";
import { isCopyThere } from "../../../src/feed/fetch/copy-writer.ts";
import { FetchFixture, serve } from "./fetch-fixture.ts";

const childModule = fileURLToPath(new URL("../../../dist/daemon/fetch-child.js", import.meta.url));
const partsMax = 4;
const part = (version: number, i: number): string => `v${version}-${i}.example\n`.repeat(5000);
const listOf = (version: number): string => Array.from({ length: partsMax }, (_, i) => part(version, i)).join("");

const bounds = { expandedBytesMax: 10_000_000, fetchedBytesMax: 10_000_000 };

/** A process that fetches one list; `end` resolves with what it said, or when it was killed. */
function fetching(fixture: FetchFixture): { kill: () => void; end: Promise<FetchNews | undefined> } {
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
  const order: FetchOrder = {
    number: 1,
    task: fixture.task(bounds),
    mode: "force",
  };
  child.send(order);
  return { kill: () => void child.kill("SIGKILL"), end };
}

test("killed at any moment, a fetch leaves the copy that there was or the new one, and the next one is whole", {
  timeout: 120_000,
}, async () => {
  const fixture = new FetchFixture();
  let version = 1;
  let onPart: (i: number) => void = () => {};
  const send = (response: ServerResponse, i: number): void => {
    onPart(i);
    if (i === partsMax) response.end();
    else response.write(part(version, i), () => send(response, i + 1));
  };
  fixture.url = await serve((_, response) => {
    response.writeHead(200, { "content-length": Buffer.byteLength(listOf(version)) });
    send(response, 0);
  });
  const { file } = fixture.task();
  mkdirSync(dirname(file), { recursive: true });
  expect((await fetching(fixture).end)?.outcome).toMatchObject({ outcome: "new", error: null });

  const moments: ((kill: () => void) => () => void)[] = [
    // As each part is sent, and after the last.
    ...Array.from({ length: partsMax + 1 }, (_, at) => (kill: () => void) => {
      onPart = (i) => void (i === at && kill());
      return () => {};
    }),
    // As a file comes, changes or goes in its folder: the first such event, the second, and so on.
    ...Array.from({ length: 8 }, (_, at) => (kill: () => void) => {
      let seen = 0;
      const watcher = watch(dirname(file), () => void (seen++ >= at && kill()));
      return () => watcher.close();
    }),
  ];
  const left = new Set<string>();
  for (const arrange of moments) {
    const before = fixture.copy();
    version += 1;
    const { kill, end } = fetching(fixture);
    const release = arrange(kill);
    await end;
    release();
    onPart = () => {};
    const copy = fixture.copy();
    const isOld = copy === before;
    left.add(isOld ? "old" : "new");
    if (!isOld) expect(copy === listOf(version)).toBe(true);
    // A state that speaks of this copy speaks of nothing else.
    const state = fixture.state();
    expect(state).toBeDefined();
    if (state?.copy !== undefined && isCopyThere(file, state.copy)) {
      expect(state.copy.bytes).toBe(Buffer.byteLength(copy));
    }
    expect((await fixture.fetch(bounds)).error).toBeNull();
    expect(fixture.copy() === listOf(version)).toBe(true);
    expect(fixture.files()).toHaveLength(2);
  }
  expect(left).toEqual(new Set(["old", "new"]));
});
