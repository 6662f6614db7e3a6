/** A folder where files appear, and looks into it with builds behind them. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noGuardInForce } from "../../../src/config/warnings.ts";
import { fetchTasksOf } from "../../../src/daemon/fetch-tasks.ts";
import type { FetchOptions, FetchOutcome } from "../../../src/feed/fetch/fetch.ts";
import { fetchTask } from "../../../src/feed/fetch/fetch.ts";
import { HostQueue } from "../../../src/feed/fetch/hosts.ts";
import type { FolderTask } from "../../../src/feed/fetch/task.ts";
import { type FolderFile, readIndex } from "../../../src/feed/folder/index-file.ts";
import { shownKey } from "../../../src/indicator/entry/shown-key.ts";
import { Ledger } from "../../../src/store/ledger.ts";
import { BuildFixture, mainText, type Warning, zoneText } from "../fixture.ts";

export class FolderFixture extends BuildFixture {
  readonly waits: number[] = [];
  /** Called in the place of each wait. */
  onWait: () => void = () => {};

  constructor(more = "format: auto") {
    super({ "zone.yaml": zoneText().replace("{categories: [one]}", "{sources: [drop]}") });
    this.configure(more);
    mkdirSync(this.path("inbox"));
  }

  configure(more: string): void {
    this.write("main.yaml", `${mainText([`{id: drop, folder: inbox/, category: one, ${more}}`])}guards: none\n`);
  }

  /** Puts a file into the folder, which was last written a minute ago. */
  put(name: string, content: string | Uint8Array, secondsAgo = 60): void {
    const path = join(this.path("inbox"), name);
    writeFileSync(path, content);
    const at = this.nowMs / 1000 - secondsAgo;
    utimesSync(path, at, at);
  }

  remove(name: string): void {
    rmSync(join(this.path("inbox"), name));
  }

  task(): FolderTask {
    return fetchTasksOf(this.config())[0] as FolderTask;
  }

  look(options: Partial<FetchOptions> = {}): Promise<FetchOutcome> {
    this.nowMs += 1000;
    return fetchTask(this.task(), {
      mode: "due",
      hosts: new HostQueue(),
      clock: { nowMs: () => this.nowMs },
      random: () => 0.5,
      wait: async (ms) => {
        this.waits.push(ms);
        this.onWait();
        this.nowMs += ms;
      },
      ...options,
    });
  }

  /** Looks into the folder and builds. */
  async take(): Promise<FetchOutcome> {
    const outcome = await this.look();
    await this.build();
    return outcome;
  }

  files(): readonly FolderFile[] {
    return readIndex(this.task().file)?.files ?? [];
  }

  /** Files as `name state`, with what they hold. */
  states(): string[] {
    return this.files().map(({ name, state, content }) => {
      return `${name} ${state}${content === undefined ? "" : ` ${content.entries}`}`;
    });
  }

  reasons(): Record<string, string | undefined> {
    return Object.fromEntries(this.files().map(({ name, reason }) => [name, reason]));
  }

  /** Rows of the ledger as `name id state reference`. */
  rows(): string[] {
    return this.read((db) => {
      const ledger = new Ledger(db);
      const source = ledger.sourceOf("drop")?.source;
      const rows = source === undefined ? [] : [...ledger.walk(source)];
      return rows.map(({ key, externalId, state, reference }) => {
        return `${shownKey(key)} ${externalId} ${state} ${reference}`;
      });
    });
  }

  /** Names that the zone blocks. */
  blocked(): string[] {
    return (this.served()?.records ?? []).map((record) => record.slice(0, record.indexOf(" ")));
  }

  /** Warnings of builds but for that no guard is in force. */
  said(): readonly Warning[] {
    return this.warnings.filter(({ message }) => message !== noGuardInForce);
  }
}
