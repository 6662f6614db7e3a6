/**
 * Events that the next search will find again, since its window overlaps with this one: those that are as they were then are not read again.
 * Kept in the state beside the copy, so that nothing new costs no reading of the copy.
 */
import type { CopyMarks } from "../fetch/copy-state.ts";
import type { FoundEvent } from "./rest-search.ts";

/** More are left out, and read again. */
const recentMax = 2000;

export class RecentEvents {
  readonly #stamps: ReadonlyMap<string, string>;

  private constructor(stamps: ReadonlyMap<string, string>) {
    this.#stamps = stamps;
  }

  /** Those of the events that changed from `since` on, in Unix seconds. */
  static of(found: Iterable<FoundEvent>, since: number): RecentEvents {
    const stamps = new Map<string, string>();
    for (const { uuid, stamp, changedAt } of found) {
      if (changedAt >= since && stamps.size < recentMax) stamps.set(uuid, stamp);
    }
    return new RecentEvents(stamps);
  }

  static read(marks: CopyMarks | undefined): RecentEvents {
    const pairs = String(marks?.["recent"] ?? "")
      .split(",")
      .map((pair) => pair.split("=") as [string, string]);
    return new RecentEvents(new Map(pairs));
  }

  has({ uuid, stamp }: FoundEvent): boolean {
    return this.#stamps.get(uuid) === stamp;
  }

  marks(): CopyMarks {
    return { recent: Array.from(this.#stamps, ([uuid, stamp]) => `${uuid}=${stamp}`).join(",") };
  }
}
