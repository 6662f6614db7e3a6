/** The harness itself: a test bed that leaks processes or skips in silence would spoil every test on it. */
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serverDirectory, startDaemon } from "./daemon.ts";
import { ask, askAll } from "./dns-client.ts";
import { freePort } from "./ports.ts";
import { judgeAbsent } from "./programs.ts";
import { startUpstream, untouchedA, untouchedAaaa } from "./upstream.ts";
import { waitFor } from "./wait.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an absent program", () => {
  test("is said loudly, with its package, and skips the test", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(judgeAbsent(["knotd", "knotc"], false)).toBe(false);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/SKIPPED.*knotd, knotc.*install-resolvers\.sh \(knot\)/));
  });

  test("fails the test in CI", () => {
    expect(() => judgeAbsent(["named"], true)).toThrow(/named.*bind9/);
  });
});

describe("a server process", () => {
  test("is gone after stop, with all it forked and its directory", async () => {
    const directory = serverDirectory("test");
    const daemon = startDaemon("sh", directory, "sh", ["-c", "sleep 300 & echo started $$ $!; wait"]);
    const started = await waitFor(() => /started (\d+) (\d+)/.exec(daemon.log()) ?? undefined, { what: "start sh" });
    const pids = [Number(started[1]), Number(started[2])];
    for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
    await daemon.stop();
    // A killed orphan is there until init has reaped it.
    await waitFor(() => pids.every((pid) => !existsSync(`/proc/${pid}/exe`)), { what: "see the processes gone" });
    expect(existsSync(directory)).toBe(false);
    await daemon.stop();
  });

  test("that ends by itself is reported with its log", async () => {
    const daemon = startDaemon("sh", serverDirectory("test"), "sh", ["-c", "echo broken setting >&2; exit 3"]);
    const wait = waitFor(
      () => {
        daemon.checkAlive();
        return false;
      },
      { what: "start sh" },
    );
    await expect(wait).rejects.toThrow(/sh ended with exit code 3\s+broken setting/);
    await daemon.stop();
  });
});

describe("the upstream", () => {
  test("knows every name, and has no other types", async () => {
    const upstream = await startUpstream();
    const replies = await askAll(upstream.endpoint, [
      { name: "a.example", type: "A" },
      { name: "b.test", type: "AAAA" },
      { name: "b.test", type: "TXT" },
    ]);
    expect(replies).toMatchObject([
      { rcode: "NOERROR", answers: [{ data: untouchedA }] },
      { rcode: "NOERROR", answers: [{ data: untouchedAaaa }] },
      { rcode: "NOERROR", answers: [] },
    ]);
    await upstream.stop();
  });

  test("gives a name the address that its first label says", async () => {
    const upstream = await startUpstream();
    const replies = await askAll(upstream.endpoint, [
      { name: "ip4-192-0-2-1.example", type: "A" },
      { name: "ip4-192-0-2-1.example", type: "AAAA" },
      { name: "ip6-2001-db8--1.example", type: "AAAA" },
      { name: "ip6-2001-db8--1.example", type: "A" },
    ]);
    expect(replies).toMatchObject([
      { answers: [{ data: "192.0.2.1" }] },
      { answers: [{ data: untouchedAaaa }] },
      { answers: [{ data: "2001:db8::1" }] },
      { answers: [{ data: untouchedA }] },
    ]);
    await upstream.stop();
  });
});

describe("the client", () => {
  test("tells silence after its last attempt", async () => {
    const nobody = { address: "127.0.0.1", port: await freePort() };
    expect(await ask(nobody, { name: "a.example", type: "A" }, { timeoutMs: 20, attempts: 2 })).toBe("silence");
  });
});
