/** A fetch of a MISP and of a feed, killed at any moment. */
import { fork } from "node:child_process";
import { mkdirSync, readdirSync, watch } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { FetchOrder } from "../../../src/daemon/fetch-messages.ts";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture, startSeconds } from "./misp-fixture.ts";
import { domain, MispServer, serveFiles, uuidOf } from "./misp-server.ts";

const childModule = fileURLToPath(new URL("../../../dist/daemon/fetch-child.js", import.meta.url));
const eventsMax = 250;

/** Fetches in a process of its own; `end` resolves when it has ended, however. */
function fetching(fixture: MispFixture): { kill: () => void; end: Promise<void> } {
  const child = fork(childModule, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = new Promise<void>((resolve) => {
    child.on("message", () => child.disconnect());
    child.once("exit", () => resolve());
  });
  const order: FetchOrder = { number: 1, task: fixture.task, mode: "check" };
  child.send(order);
  return { kill: () => void child.kill("SIGKILL"), end };
}

test.each(["misp", "misp-feed"])(
  "of a %s, it leaves the copy that there was or the new one, and the next is whole",
  {
    timeout: 120_000,
  },
  async (format) => {
    const now = Math.floor(Date.now() / 1000);
    const server = new MispServer(format === "misp" ? now - 86_400 : startSeconds);
    for (let n = 1; n <= eventsMax; n++) server.add({ uuid: uuidOf(n), Attribute: [domain(n, `n${n}-v0.example`)] });
    let onRequest: (n: number) => void = () => {};
    let requests = 0;
    const files = serveFiles(() => server.feed());
    const origin = await serve((request, response) => {
      onRequest(requests++);
      (format === "misp" ? server.listener : files)(request, response);
    });
    server.now = now;
    const key = format === "misp" ? ", keyFile: key" : "";
    const fixture = new MispFixture(`format: ${format}, tlp: clear, url: "${origin}/"${key}`);
    const { file } = fixture.task;
    mkdirSync(dirname(file), { recursive: true });
    await fetching(fixture).end;
    const valuesOf = (copy: string): string[] => [...copy.matchAll(/n\d+-v\d+/g)].map(([value]) => value);
    expect(valuesOf(fixture.copy)).toHaveLength(eventsMax);
    const moments: ((kill: () => void) => () => void)[] = [
      ...[0, 1, 2, 3, 4].map((at) => (kill: () => void) => {
        onRequest = (n) => void (n === at && kill());
        return () => {};
      }),
      ...[0, 1, 2, 3, 4, 5].map((at) => (kill: () => void) => {
        let seen = 0;
        const watcher = watch(dirname(file), () => void (seen++ >= at && kill()));
        return () => watcher.close();
      }),
    ];
    for (const [version, arrange] of moments.entries()) {
      const before = fixture.copy;
      server.now += 1;
      const changed = [1, 100, 200].map((n) => n + version);
      for (const n of changed) {
        server.editAndPublish(uuidOf(n), (event) => (event.Attribute = [domain(n, `n${n}-v${version + 1}.example`)]));
      }
      requests = 0;
      const { kill, end } = fetching(fixture);
      const release = arrange(kill);
      await end;
      release();
      onRequest = () => {};
      const after = fixture.copy;
      const isOld = after === before;
      if (!isOld) for (const n of changed) expect(valuesOf(after)).toContain(`n${n}-v${version + 1}`);
      await fetching(fixture).end;
      for (const n of changed) expect(valuesOf(fixture.copy)).toContain(`n${n}-v${version + 1}`);
      expect(valuesOf(fixture.copy)).toHaveLength(eventsMax);
      expect(readdirSync(dirname(file)).filter((name) => name.startsWith(".new-"))).toEqual([]);
    }
  },
);
