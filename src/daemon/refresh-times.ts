/** When lists are to be read again though their files look unchanged (`refreshSeconds`). */
import { isManual } from "../config/source-kinds.ts";
import type { SourceConfig } from "../config/types.ts";

interface Due {
  readonly seconds: number;
  readonly atMs: number;
}

export class RefreshTimes {
  #due = new Map<string, Due>();

  /** Takes in changed sources; one whose interval stays keeps its time. */
  configure(sources: readonly SourceConfig[], nowMs: number): void {
    const due = new Map<string, Due>();
    for (const source of sources) {
      const { id } = source;
      const seconds = isManual(source) ? undefined : source.refreshSeconds;
      if (seconds === undefined) continue;
      const known = this.#due.get(id);
      due.set(id, known?.seconds === seconds ? known : { seconds, atMs: nowMs + 1000 * seconds });
    }
    this.#due = due;
  }

  /** The sources whose time has come; each next comes an interval from now. */
  take(nowMs: number): string[] {
    const ids: string[] = [];
    for (const [id, { seconds, atMs }] of this.#due) {
      if (atMs > nowMs) continue;
      ids.push(id);
      this.#due.set(id, { seconds, atMs: nowMs + 1000 * seconds });
    }
    return ids;
  }

  /** When the next time comes, on the same clock; undefined where there is none. */
  get nextMs(): number | undefined {
    let next: number | undefined;
    for (const { atMs } of this.#due.values()) if (next === undefined || atMs < next) next = atMs;
    return next;
  }
}
