/** How many names came to a source and went from it with each of its snapshots, for as long as guards and reports ask. */
import { type Database, hasTable, preparing } from "./database.ts";

/** Names by the organisation that reports them. */
export type OrganisationCounts = Readonly<Record<string, number>>;

export interface Turnover {
  readonly added: number;
  readonly removed: number;
  /** Those of `added` that count against a daily cap: the list reports them as new, and nobody has accepted it by hand. */
  readonly counted: number;
  /** `counted` by organisation; undefined where that is not asked. */
  readonly organisations?: OrganisationCounts | undefined;
}

const daySeconds = 86_400;
/** For a week's average, and a day more so that a clock that is set loses nothing. */
const keptSeconds = 8 * daySeconds;

/** Notes what a snapshot changed, within the caller's transaction, and forgets what is over. */
export function noteTurnover(
  sql: ReturnType<typeof preparing>,
  { source, snapshot, at }: { readonly source: number; readonly snapshot: number; readonly at: number },
  { added, removed, counted, organisations }: Turnover,
): void {
  sql(`INSERT INTO source_turnover (source, at, snapshot, added, removed, counted, organisations)
    VALUES (?, ?, ?, ?, ?, ?, ?)`).run(
    source,
    at,
    snapshot,
    added,
    removed,
    counted,
    organisations === undefined ? null : JSON.stringify(organisations),
  );
  sql("DELETE FROM source_turnover WHERE source = ? AND at <= ?").run(source, at - keptSeconds);
}

/** What came and went over a time. */
export interface Came {
  readonly added: number;
  readonly removed: number;
}

export class Turnovers {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = preparing(db);
  }

  /** Names that came to a source, by its name, and went from it, after a time (Unix seconds). */
  since(source: string, after: number): Came {
    return this.#sum<Came>("sum(t.added) AS added, sum(t.removed) AS removed", source, after, { added: 0, removed: 0 });
  }

  /** Names that came after a time and count against a daily cap, in all and by organisation. */
  countedSince(source: string, after: number): { readonly names: number; readonly organisations: OrganisationCounts } {
    const { names } = this.#sum<{ names: number }>("sum(t.counted) AS names", source, after, { names: 0 });
    if (names === 0) return { names, organisations: {} };
    const sums = new Map<string, number>();
    const texts = this.#sql(
      `SELECT t.organisations FROM source_turnover t JOIN source s ON s.id = t.source
       WHERE s.name = ? AND t.at > ? AND t.organisations IS NOT NULL`,
    );
    for (const text of texts.pluck().all(source, after) as string[]) {
      const counts = Object.entries(JSON.parse(text) as OrganisationCounts);
      for (const [organisation, count] of counts) sums.set(organisation, (sums.get(organisation) ?? 0) + count);
    }
    return { names, organisations: Object.fromEntries(sums) };
  }

  #sum<Sums extends object>(sums: string, source: string, after: number, none: Sums): Sums {
    if (!hasTable(this.#sql, "source_turnover")) return none;
    const row = this.#sql(
      `SELECT ${sums} FROM source_turnover t JOIN source s ON s.id = t.source WHERE s.name = ? AND t.at > ?`,
    ).get(source, after) as Record<string, number | null>;
    return Object.fromEntries(Object.entries(row).map(([name, sum]) => [name, sum ?? 0])) as Sums;
  }
}
