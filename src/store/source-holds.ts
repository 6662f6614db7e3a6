/**
 * Contents of lists that their guards hold back, and what people decided of them. A decision is of one hold, and so of exactly
 * the content that was shown: content that changed has a hold of its own. The list itself is not kept, only what it would change.
 */
import { type Database, hasTable, preparing, transact } from "./database.ts";

export const verdicts = ["approved", "rejected"] as const;
export type HoldVerdict = (typeof verdicts)[number];

export interface SourceHold {
  /** Of the list's holds; none that was decided of has the number of another. */
  readonly id: number;
  /** Name of the list's snapshots. */
  readonly source: string;
  /** Unix seconds: since when something of the list is on hold. */
  readonly since: number;
  /** Digest of all that the list says. */
  readonly content: string;
  /** What it would change; a JSON value of the caller's. */
  readonly change: unknown;
}

export interface HoldDecision extends Pick<SourceHold, "source" | "content" | "change"> {
  /** Of the hold. */
  readonly hold: number;
  /** Unix seconds. */
  readonly at: number;
  readonly verdict: HoldVerdict;
  /** Who, as they call themselves. */
  readonly by: string;
  readonly reason: string;
}

interface DecisionRow extends Omit<HoldDecision, "verdict" | "by" | "change"> {
  readonly verdict: number;
  readonly label: string;
  readonly change: string;
}

export class SourceHolds {
  readonly #db: Database;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = preparing(db);
  }

  /** What is on hold of a list; undefined where nothing is. A store of an older schema knows no holds. */
  find(source: string): SourceHold | undefined {
    if (!hasTable(this.#sql, "source_hold")) return undefined;
    const row = this.#sql("SELECT id, source, since, content, change FROM source_hold WHERE source = ?").get(source) as
      | (Omit<SourceHold, "change"> & { change: string })
      | undefined;
    return row === undefined ? undefined : { ...row, change: JSON.parse(row.change) };
  }

  /** Puts a content on hold in the place of another one; the same content keeps its hold, with what it would change now. */
  put({ source, since, content, change }: Omit<SourceHold, "id">): SourceHold {
    return transact(this.#db, () => {
      const known = this.find(source);
      if (known?.content === content) {
        this.#sql("UPDATE source_hold SET change = ? WHERE source = ?").run(JSON.stringify(change), source);
        return { ...known, change };
      }
      const id = 1 + Math.max(known?.id ?? 0, this.#lastDecided(source));
      this.#sql("INSERT OR REPLACE INTO source_hold (source, id, since, content, change) VALUES (?, ?, ?, ?, ?)").run(
        source,
        id,
        since,
        content,
        JSON.stringify(change),
      );
      return { id, source, since, content, change };
    });
  }

  /** The last hold of a list that somebody decided of; 0 before the first. */
  #lastDecided(source: string): number {
    const last = "SELECT coalesce(max(hold), 0) FROM source_decision WHERE source = ?";
    return this.#sql(last).pluck().get(source) as number;
  }

  /** Ends the hold of a list: what it says now is in force. */
  release(source: string): void {
    transact(this.#db, () => void this.#sql("DELETE FROM source_hold WHERE source = ?").run(source));
  }

  /** Notes what somebody decided of a hold. */
  decide(
    { id, source, content, change }: SourceHold,
    said: Pick<HoldDecision, "at" | "verdict" | "by" | "reason">,
  ): void {
    const { at, verdict, by, reason } = said;
    transact(this.#db, () => {
      this.#sql(`INSERT INTO source_decision (source, seq, hold, at, verdict, label, reason, content, change)
        VALUES (?, (SELECT 1 + coalesce(max(seq), 0) FROM source_decision WHERE source = ?), ?, ?, ?, ?, ?, ?, ?)`).run(
        source,
        source,
        id,
        at,
        verdicts.indexOf(verdict),
        by,
        reason,
        content,
        JSON.stringify(change),
      );
    });
  }

  /** The last decision on a hold; undefined where there is none yet. */
  decisionOn({ id, source }: Pick<SourceHold, "id" | "source">): HoldDecision | undefined {
    return this.#decisions("AND hold = ? ORDER BY seq DESC LIMIT 1", source, id)[0];
  }

  /** The last decisions on a list, the newest first. */
  decisionsOf(source: string, max: number): readonly HoldDecision[] {
    return this.#decisions("ORDER BY seq DESC LIMIT ?", source, max);
  }

  #decisions(rest: string, ...bound: readonly (string | number)[]): HoldDecision[] {
    if (!hasTable(this.#sql, "source_decision")) return [];
    const rows = this.#sql(
      `SELECT source, hold, at, verdict, label, reason, content, change FROM source_decision WHERE source = ? ${rest}`,
    ).all(...bound) as DecisionRow[];
    return rows.map(({ verdict, label, change, ...row }) => ({
      ...row,
      verdict: verdicts[verdict] as HoldVerdict,
      by: label,
      change: JSON.parse(change) as unknown,
    }));
  }
}
