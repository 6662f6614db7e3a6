/** A source of MISP events with a zone that takes it, its fetches and its builds, by one clock. */
import { readFileSync } from "node:fs";
import { fetchTasksOf } from "../../../src/daemon/fetch-tasks.ts";
import { type CopyState, readCopyState } from "../../../src/feed/fetch/copy-state.ts";
import type { FetchMode, FetchOutcome } from "../../../src/feed/fetch/fetch.ts";
import { fetchTask } from "../../../src/feed/fetch/fetch.ts";
import { HostQueue } from "../../../src/feed/fetch/hosts.ts";
import type { FetchTask } from "../../../src/feed/fetch/task.ts";
import { mainText, zoneText } from "../fixture.ts";
import { LedgerFixture } from "../ledger/ledger-fixture.ts";

export const startSeconds = 1_800_000_000;

export class MispFixture extends LedgerFixture {
  readonly hosts = new HostQueue();

  /** `source` are the keys of the source but its id, `zone` more lines of the zone's file. */
  constructor(source: string, zone = "") {
    super([]);
    this.nowMs = 1000 * startSeconds;
    this.write("key", "misp-key-of-the-test\n");
    this.source(source);
    this.write("zone.yaml", zoneText(zone).replace("{categories: [one]}", "{sources: [list]}"));
  }

  source(keys: string): void {
    this.write("main.yaml", `${mainText([`{id: list, category: one, ${keys}}`])}guards: none\n`);
  }

  get task(): FetchTask {
    return fetchTasksOf(this.config())[0] as FetchTask;
  }

  get state(): CopyState | undefined {
    return readCopyState(this.task.file);
  }

  get copy(): string {
    return readFileSync(this.task.file, "utf8");
  }

  fetch(mode: FetchMode = "check"): Promise<FetchOutcome> {
    return fetchTask(this.task, {
      mode,
      hosts: this.hosts,
      clock: { nowMs: () => this.nowMs },
      random: () => 0.5,
      wait: async () => {},
    });
  }

  /** Fetches and builds; gives what came of the fetch. */
  async update(mode: FetchMode = "check"): Promise<string> {
    const { outcome, error } = await this.fetch(mode);
    const { sources } = await this.build();
    if (outcome === "failed") return error?.message ?? "failed";
    const fault = sources[0]?.error;
    return fault === undefined ? outcome : fault.message;
  }
}
