import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { build } from "../../src/daemon/build.ts";
import { type BuildReport, reportOf } from "../../src/daemon/build-report.ts";
import { Running } from "../../src/daemon/run.ts";
import { LedgerFixture, row } from "../feed/ledger/ledger-fixture.ts";
import { ReportedLines } from "./reported-lines.ts";

test("run builds when an entry begins and when it ends, and not again after that", async () => {
  const startMs = 1_800_000_000_000;
  const started = performance.now();
  const clock = { nowMs: () => startMs + performance.now() - started };
  const at = (seconds: number): string => new Date(startMs + 1000 * seconds).toISOString();
  const fixture = new LedgerFixture([
    row("1", "a.example", { from: at(2), until: at(4) }),
    row("2", "b.example", { until: at(86_400) }),
  ]);
  const load = () => loadConfig(fixture.path("main.yaml"));
  const reports: BuildReport[] = [];
  const logger = { info() {}, warn() {}, error() {} };
  const ended = new Promise<void>((resolve, reject) => {
    const running = Running.start({
      config: { ...load(), server: { listen: [{ address: "127.0.0.1", port: 0 }], limits: {} } },
      clock,
      reporter: new ReportedLines(),
      loadAgain: () => ({ ...load(), server: { listen: [{ address: "127.0.0.1", port: 0 }], limits: {} } }),
      startBuild: (config) => ({
        end: build({ config, clock, logger, full: false, accept: new Set(), workers: 1 }).then((outcome) => {
          const report = reportOf(outcome, config);
          reports.push(report);
          if (report.sources[0]?.due === at(86_400).replace(".000Z", "Z")) resolve();
          return { kind: "built" as const, report };
        }),
        stop() {},
      }),
    });
    running.catch(reject);
    onTestFinished(async () => (await running).stop());
  });
  await ended;
  const changes = reports.map(({ sources, zones }) => [
    sources[0]?.outcome,
    zones[0]?.outcome,
    zones[0]?.rules,
    sources[0]?.due,
  ]);
  const iso = (seconds: number): string => at(seconds).replace(".000Z", "Z");
  expect(changes).toEqual([
    ["new", "published", 1, iso(2)],
    ["new", "published", 2, iso(4)],
    ["new", "published", 1, iso(86_400)],
  ]);
});
