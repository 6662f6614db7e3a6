/** What was last counted over all sources together. It can be counted again at any time, so that it is kept where that is easy. */
import { OperatorError } from "../base/errors.ts";
import { type Database, hasTable, openForWriting, preparing, schemaOf, transact } from "./database.ts";
import { migrations } from "./schema.ts";

/** A JSON value of the caller's for each source. */
export type SurveyCounts<Counted> = Readonly<Record<string, Counted>>;

export class SourceSurveys<Counted> {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = preparing(db);
  }

  /** What was counted of exactly these inputs; undefined where others were counted last, or nothing was. */
  find(inputs: string): SurveyCounts<Counted> | undefined {
    if (!hasTable(this.#sql, "source_survey")) return undefined;
    const text = this.#sql("SELECT counts FROM source_survey WHERE id = 1 AND inputs = ?").pluck().get(inputs);
    return text === undefined ? undefined : (JSON.parse(text as string) as SurveyCounts<Counted>);
  }
}

/** A command that only looks must not wait for a build. */
const waitMs = 100;

/** Keeps what was counted, in place of what was before. Where the store cannot be written now, it is counted again another time. */
export function keepSurvey(file: string, inputs: string, counts: SurveyCounts<unknown>): void {
  let db: Database | undefined;
  try {
    db = openForWriting(file);
    db.pragma(`busy_timeout = ${waitMs}`);
    if (schemaOf(db) !== migrations.length) return;
    const put = db.prepare("INSERT OR REPLACE INTO source_survey (id, inputs, counts) VALUES (1, ?, ?)");
    transact(db, () => void put.run(inputs, JSON.stringify(counts)));
  } catch (error) {
    // Another has it locked, the disk is full, or this user may not write.
    if (!(error instanceof OperatorError)) throw error;
  } finally {
    db?.close();
  }
}
