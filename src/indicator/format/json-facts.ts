/** Picks the facts of objects out of a JSON document as it goes by, from fields of the objects and of objects within. */
import type { FactColumns, FactField } from "../facts/columns.ts";
import { RowReader, type RowReport } from "../facts/row.ts";
import { aside, type Frame, fieldName } from "./json-frame.ts";
import { normaliseHeader } from "./table.ts";

export class JsonFacts {
  /** By fact, the keys to it joined by dots, as they are compared. */
  readonly #columns: ReadonlyMap<FactField, string>;
  readonly #wanted: ReadonlySet<string>;
  readonly #reader: RowReader;
  /** Keys that lead to the deepest fact. */
  readonly #depth: number;

  constructor(fields: FactColumns) {
    const columns = Object.entries(fields).map(([field, column]) => [field, normaliseHeader(String(column))] as const);
    this.#columns = new Map(columns as [FactField, string][]);
    this.#wanted = new Set(this.#columns.values());
    this.#reader = new RowReader(this.#columns.keys());
    this.#depth = Math.max(0, ...[...this.#wanted].map((column) => column.split(".").length));
  }

  /** Notes a value whose key has come, with the objects around it that may be rows; null for one that is no text. */
  note(frames: readonly Frame[], value: string | null): void {
    let column = "";
    let depth = 0;
    for (let i = frames.length - 1; i >= 0 && depth < this.#depth; i--) {
      const frame = frames[i] as Frame;
      // Of an array the first value counts.
      if (frame.kind === "array") continue;
      column = column === "" ? fieldName(frame.key) : `${fieldName(frame.key)}.${column}`;
      depth += 1;
      if (frame.matched !== aside && this.#wanted.has(column) && !frame.facts.has(column)) {
        frame.facts.set(column, value);
      }
    }
  }

  /** What an object reports; undefined where it cannot be read. */
  reportOf({ facts }: Frame): RowReport | undefined {
    return this.#reader.read((field) => {
      const column = this.#columns.get(field);
      return column === undefined ? undefined : facts.get(column);
    });
  }
}
