import { fork } from "node:child_process";
import { mkdirSync, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { FetchNews, FetchOrder } from "../../src/daemon/fetch-messages.ts";
import { isCopyThere } from "../../src/feed/fetch/copy-writer.ts";
import { cname, message, ns, type Script, soa, startPrimary } from "./scripted-primary.ts";
import { ZoneFixture } from "./zone-fixture.ts";

const childModule = fileURLToPath(new URL("../../dist/daemon/fetch-child.js", import.meta.url));

/** A process that fetches the zone; `end` resolves with what it said, or when it was killed. */
function fetching(fixture: ZoneFixture): { kill: () => void; end: Promise<FetchNews | undefined> } {
  const child = fork(childModule, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = new Promise<FetchNews | undefined>((resolve) => {
    let news: FetchNews | undefined;
    child.on("message", (said: FetchNews) => {
      news = said;
      child.disconnect();
    });
    child.once("exit", () => resolve(news));
  });
  const order: FetchOrder = { number: 1, task: fixture.task(), mode: "check" };
  child.send(order);
  return { kill: () => void child.kill("SIGKILL"), end };
}

const namesOf = (serial: number): string[] => Array.from({ length: 400 }, (_, i) => `n${i}-${serial % 2}.example`);
const recordsOf = (serial: number): Buffer[] => namesOf(serial).map((name) => cname(name));

/** Answers with the whole zone in messages out of order, or with differences of all its records. */
const script =
  (serial: number, onMessage: (i: number) => void): Script =>
  (asked) => {
    const records =
      asked.serial === undefined
        ? [soa(serial), ns(), ...recordsOf(serial).toReversed(), soa(serial)]
        : [soa(serial), soa(asked.serial), ...recordsOf(asked.serial), soa(serial), ...recordsOf(serial), soa(serial)];
    const size = Math.ceil(records.length / 4);
    const messages = Array.from({ length: 4 }, (_, i) => message(asked, records.slice(i * size, (i + 1) * size)));
    onMessage(0);
    return messages;
  };

test("killed at any moment, a transfer leaves the copy that there was or the new one, and the next one is whole", {
  timeout: 120_000,
}, async () => {
  const fixture = new ZoneFixture();
  let serial = 1;
  let onAsked: (i: number) => void = () => {};
  const primary = await startPrimary((asked) => script(serial, onAsked)(asked));
  fixture.ports = [primary.port];
  const { file } = fixture.task();
  mkdirSync(dirname(file), { recursive: true });
  expect((await fetching(fixture).end)?.outcome).toMatchObject({ outcome: "new", error: null });
  const textOf = (version: number): string =>
    [
      "$ORIGIN vendor.rpz.example.",
      "@ 300 NS localhost.",
      ...namesOf(version)
        .toSorted()
        .map((name) => `${name} 300 CNAME .`),
      "",
    ].join("\n");
  expect(fixture.copy()).toBe(textOf(serial));

  const moments: ((kill: () => void) => () => void)[] = [
    (kill) => {
      onAsked = kill;
      return () => {};
    },
    // As a file comes, changes or goes in its folder: the first such event, the second, and so on.
    ...Array.from({ length: 10 }, (_, at) => (kill: () => void) => {
      let seen = 0;
      const watcher = watch(dirname(file), () => void (seen++ >= at && kill()));
      return () => watcher.close();
    }),
  ];
  const left = new Set<string>();
  for (const arrange of moments) {
    const before = fixture.copy();
    serial += 1;
    const { kill, end } = fetching(fixture);
    const release = arrange(kill);
    await end;
    release();
    onAsked = () => {};
    const copy = fixture.copy();
    left.add(copy === before ? "old" : "new");
    if (copy !== before) expect(copy).toBe(textOf(serial));
    const state = fixture.state();
    // A state that speaks of this copy speaks of nothing else, its serial among it.
    if (state?.copy !== undefined && isCopyThere(file, state.copy)) {
      expect(textOf(Number(state.copy.marks?.["serial"]))).toBe(readFileSync(file, "utf8"));
    }
    expect((await fixture.fetch()).error).toBeNull();
    expect(fixture.copy()).toBe(textOf(serial));
    expect(fixture.files()).toHaveLength(2);
  }
  expect(left).toEqual(new Set(["old", "new"]));
});
