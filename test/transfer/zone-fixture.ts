/** Fetches a policy zone from scripted primaries into a folder, by a clock that stands until it is set. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type CopyState, readCopyState } from "../../src/feed/fetch/copy-state.ts";
import { type FetchMode, type FetchOutcome, fetchTask } from "../../src/feed/fetch/fetch.ts";
import { HostQueue } from "../../src/feed/fetch/hosts.ts";
import type { TransferTask } from "../../src/feed/fetch/task.ts";
import { apex } from "./scripted-primary.ts";

export const startSeconds = 1_800_000_000;
export const secret = Buffer.from("0123456789abcdef0123456789abcdef");
export const key = { name: "vendor", algorithm: "hmac-sha256", secret: secret.toString("base64") } as const;
/** The same for the primary's half. */
export const signed = { name: "vendor", algorithm: "hmac-sha256", secret, time: startSeconds } as const;

export class ZoneFixture {
  readonly folder = mkdtempSync(join(tmpdir(), "rpzmill-zone-"));
  readonly waits: number[] = [];
  nowMs = 1000 * startSeconds;
  ports: number[] = [];
  stallMs = 20_000;

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  task(more: Partial<TransferTask> = {}): TransferTask {
    return {
      kind: "transfer",
      name: "vendor",
      file: join(this.folder, "vendor", "0123456789abcdef.list"),
      primaries: this.ports.map((port) => ({ address: "127.0.0.1", port })),
      apex,
      everySeconds: 86_400,
      timeoutSeconds: 30,
      fetchedBytesMax: 10_000_000,
      expandedBytesMax: 10_000_000,
      ...more,
    };
  }

  fetch(more: Partial<TransferTask> = {}, mode: FetchMode = "check"): Promise<FetchOutcome> {
    return fetchTask(this.task(more), {
      mode,
      hosts: new HostQueue(),
      clock: { nowMs: () => this.nowMs },
      random: () => 0.5,
      wait: async (ms) => void this.waits.push(ms),
      timeouts: { connectMs: 5000, headersMs: 5000, stallMs: this.stallMs },
    });
  }

  /** What a fetch came to, or why it failed. */
  async outcome(more: Partial<TransferTask> = {}, mode?: FetchMode): Promise<string> {
    const { outcome, error } = await this.fetch(more, mode);
    return outcome === "failed" ? (error?.message ?? "no error").replace(/^Cannot fetch "[^"]*": /, "") : outcome;
  }

  copy(): string {
    return readFileSync(this.task().file, "utf8");
  }

  /** The records of the copy. */
  records(): string[] {
    return this.copy().trimEnd().split("\n").slice(1);
  }

  state(): CopyState | undefined {
    return readCopyState(this.task().file);
  }

  serial(): unknown {
    return this.state()?.copy?.marks?.["serial"];
  }

  files(): string[] {
    return readdirSync(dirname(this.task().file)).filter((name) => !name.startsWith("lock"));
  }
}
