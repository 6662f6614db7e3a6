import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/types.ts";
import type { FetchProcess } from "../../src/daemon/fetch-process.ts";
import { Running } from "../../src/daemon/run.ts";
import type { FetchOutcome } from "../../src/feed/fetch/fetch.ts";
import type { FetchTask } from "../../src/feed/fetch/task.ts";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { ReportedLines } from "./reported-lines.ts";

const report = {
  zones: [],
  sources: [],
  guards: [],
  left: [],
  overrides: [],
  seconds: 0,
  peakRssBytes: 0,
  dryRun: false,
};

/** A run whose lists `phish` and `hosts` are fetched by the test, and whose builds only report that they were ordered. */
async function runOf(firstFetchMsMax = 60_000) {
  const main = mainFile()
    .replace("from: lists/phish.txt", 'url: "https://one.example/"')
    .replace("from: lists/hosts.txt", 'url: "https://two.example/"');
  const sample = sampleFolder({ "rpzmill.yaml": main });
  const reporter = new ReportedLines();
  const running = new Map<string, { task: FetchTask; end: (outcome: Partial<FetchOutcome>) => void }>();
  const fetchProcess: FetchProcess = {
    fetch: (task) =>
      new Promise((resolve) => {
        reporter.report({}, `asked for ${task.name}`);
        const none = { name: task.name, error: null, fetchedBytes: 0, bytes: null, dueInSeconds: 3600, seconds: 0 };
        running.set(task.name, { task, end: (outcome) => resolve({ ...none, outcome: "same", ...outcome }) });
      }),
    stop() {},
  };
  const load = (): Config => loadConfig(sample.path("rpzmill.yaml"));
  const run = await Running.start({
    config: load(),
    loadAgain: load,
    clock: { nowMs: () => Date.now() },
    reporter,
    fetchProcess,
    firstFetchMsMax,
    watch: { settleMs: 5 },
    startBuild: () => {
      reporter.report({}, "build");
      return { end: Promise.resolve({ kind: "built", report }), stop() {} };
    },
  });
  onTestFinished(() => run.stop());
  return {
    reporter,
    /** Ends a fetch with a new copy. */
    bring(name: string, text: string): void {
      const { task, end } = running.get(name) as { task: FetchTask; end: (outcome: Partial<FetchOutcome>) => void };
      mkdirSync(dirname(task.file), { recursive: true });
      writeFileSync(task.file, text);
      end({ outcome: "new", bytes: text.length });
    },
    end: (name: string, outcome: Partial<FetchOutcome>) => running.get(name)?.end(outcome),
    builds: () => reporter.lines.filter((line) => line === "build").length,
  };
}

test("a first build waits until each list was tried, and one build does for all that came", async () => {
  const { reporter, bring, builds } = await runOf();
  await reporter.line(/^asked for hosts$/);
  bring("phish", "a.example\n");
  await reporter.line(/^phish: fetched anew/);
  expect(builds()).toBe(0);
  bring("hosts", "0.0.0.0 b.example\n");
  await reporter.line(/^build$/);
  expect(reporter.lines.indexOf("build")).toBeGreaterThan(
    reporter.lines.findIndex((line) => line.startsWith("hosts: fetched")),
  );
});

test("a first build does not wait for ever for a host that never answers", async () => {
  const { reporter, bring } = await runOf(20);
  await reporter.line(/^asked for hosts$/);
  await reporter.line(/^build$/);
  const lines = reporter.lines.length;
  // What comes while the other still runs is built, too.
  bring("phish", "a.example\n");
  expect(await reporter.line(/^build$/, lines)).toBe("build");
});

test("a failure is reported once, until it is another one or over", async () => {
  const { reporter, end } = await runOf();
  await reporter.line(/^asked for phish$/);
  const error = { code: "SOURCE_NOT_FETCHED" as const, message: 'Cannot fetch "x": gone', remedy: "Look" };
  for (const message of ["gone", "gone", "gone", "moved", "moved"]) {
    const lines = reporter.lines.length;
    end("phish", { outcome: "failed", error: { ...error, message }, dueInSeconds: 0 });
    await reporter.line(/^asked for phish$/, lines);
  }
  end("phish", { outcome: "not-modified" });
  await reporter.line(/can be fetched again$/);
  expect(reporter.lines.filter((line) => /phish:|phish can/.test(line))).toEqual([
    "warning: phish: gone; tried again in 0 s. Look",
    "warning: phish: moved; tried again in 0 s. Look",
    "phish can be fetched again",
  ]);
});

test("a list that another process fetches is looked at again soon, without a word", async () => {
  const { reporter, end } = await runOf();
  await reporter.line(/^asked for phish$/);
  end("phish", { outcome: "locked", dueInSeconds: 0 });
  await reporter.line(/^asked for phish$/, reporter.lines.indexOf("asked for phish") + 1);
  expect(reporter.lines.filter((line) => /phish:/.test(line))).toEqual([]);
});
