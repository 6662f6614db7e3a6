/**
 * Picks the facts of objects out of a JSON document as it goes by, from fields of the objects and of objects within; and sees
 * which objects lack them. A field that was renamed must not mean that nothing is said.
 */
import {
  columnsOf,
  type FactColumns,
  type FactField,
  type FactReading,
  factFields,
  vitalFields,
} from "../facts/columns.ts";
import type { Unreadable } from "../facts/report.ts";
import { type FactCell, RowReader, type RowReport } from "../facts/row.ts";
import { aside, type Frame, fieldName, noteWithin } from "./json-frame.ts";
import { ownKey } from "./json-path.ts";
import { RenamedFields } from "./json-renamed.ts";
import type { Refusal } from "./line-parser.ts";
import { normaliseHeader } from "./table.ts";

/** Values of one field of an object that are kept; of a fact that has more, nothing can be told. */
const valuesMax = 200;

/** Facts of which all that is said counts, as against the first. */
const markings: ReadonlySet<FactField> = new Set(["tlp", "pap", "distribution"]);

export class JsonFacts {
  /** By fact, the keys to it joined by dots, as they are compared. */
  readonly #columns: ReadonlyMap<FactField, readonly string[]>;
  readonly #wanted: ReadonlySet<string>;
  /** What leads to those: where it is empty, they are there and say nothing. */
  readonly #leading: ReadonlySet<string>;
  readonly #optional: ReadonlySet<FactField>;
  readonly #reader: RowReader;
  readonly #renamed: RenamedFields;
  readonly #fields: FactColumns;
  /** Keys that lead to the deepest fact. */
  readonly #depth: number;
  /** Facts whose field no object has had so far, and whether there was an object. */
  readonly #unseen: Set<FactField>;
  #hasRow = false;

  /** `path` has the keys that lead to the items. */
  constructor(fields: FactColumns, reading: FactReading, path: readonly string[]) {
    const named = factFields.filter((field) => fields[field] !== undefined);
    const namesOf = (field: FactField): string[] => {
      const columns = columnsOf(fields, field).map((column) => normaliseHeader(String(column)));
      // Whom an event may be shown to says nothing of an attribute of it that has a word of its own.
      return field === "distribution"
        ? [...new Set(columns.flatMap((column) => [column, ownKey(column, path)]))]
        : columns;
    };
    this.#fields = fields;
    this.#columns = new Map(named.map((field) => [field, namesOf(field)]));
    this.#wanted = new Set([...this.#columns.values()].flat());
    const keys = [...this.#wanted].map((column) => column.split("."));
    this.#leading = new Set(keys.flatMap((path) => path.slice(0, -1).map((_, i) => path.slice(0, i + 1).join("."))));
    this.#depth = Math.max(0, ...keys.map((path) => path.length));
    this.#reader = new RowReader(fields, reading);
    this.#renamed = new RenamedFields(this.#columns);
    this.#optional = new Set(reading.optionalFields);
    this.#unseen = new Set(named.filter((field) => !this.#optional.has(field)));
  }

  /**
   * Notes a value whose key has come, with the objects around it that may be rows: null for one that is no text, undefined
   * for one that says nothing, as an array does before its first value.
   */
  note(frames: readonly Frame[], value: FactCell): void {
    if (typeof value === "string") noteWithin(frames, value);
    let column = "";
    let depth = 0;
    for (let i = frames.length - 1; i >= 0 && depth < this.#depth; i--) {
      const frame = frames[i] as Frame;
      if (frame.kind === "array") continue;
      column = column === "" ? fieldName(frame.key) : `${fieldName(frame.key)}.${column}`;
      depth += 1;
      if (frame.matched === aside) continue;
      if (this.#wanted.has(column)) noteValue(frame, column, value);
      else if (this.#leading.has(column)) {
        if (value === undefined) frame.emptyFacts.add(column);
        else frame.emptyFacts.delete(column);
      }
    }
  }

  /** Vital facts, all of which an item lacks that is no object. */
  get vital(): FactField[] {
    return [...this.#columns.keys()].filter((field) => this.#mustHave(field));
  }

  /** Whether an object that lacks a fact is worth a word. What most are compared with need not be said of each. */
  #mustHave(field: FactField): boolean {
    return vitalFields.has(field) && field !== "trigger" && !this.#optional.has(field);
  }

  /** What an object reports. */
  reportOf({ facts }: Frame): RowReport {
    return this.#reader.read((field) => {
      const columns = this.#columns.get(field);
      if (columns === undefined) return undefined;
      const cells = columns.map((column) => cellOf(facts.get(column), field));
      return cells.length === 1 ? cells[0] : cells;
    });
  }

  /** Vital facts of which a row has no field. Takes note of those that it has. */
  lackingIn(row: Frame): FactField[] {
    this.#hasRow = true;
    return this.noteFields(row).filter((field) => this.#mustHave(field));
  }

  /** Takes note of the facts that an object has, and gives the others. */
  noteFields(frame: Frame): FactField[] {
    const others: FactField[] = [];
    for (const [field, columns] of this.#columns) {
      if (columns.some((column) => hasField(frame, column))) this.#unseen.delete(field);
      else others.push(field);
    }
    return others;
  }

  /**
   * A field of an object, or of one in it, that seems to be what a fact that it lacks is called now, in words. Undefined where
   * there is none.
   */
  renamedIn({ fields, within }: Frame, lacking: readonly FactField[]): Renamed | undefined {
    for (const field of lacking) {
      // Words such as "from" stand in many names, and an early start does little harm.
      if (field === "validFrom") continue;
      for (const [name, value] of [...fields, ...within]) {
        if (!this.#wanted.has(name) && this.#renamed.seemsToBe(field, name, value)) {
          const unreadable = field === "validUntil" ? "times" : "use";
          return { why: `${field} is not there, and ${name} is; `, unreadable };
        }
      }
    }
    return undefined;
  }

  /**
   * Why nothing of a document may be used of which no object has one of the facts; undefined where each has come. `hasItems`
   * is whether it gave any, if only without an object.
   */
  refusal(hasItems: boolean): Refusal | undefined {
    const fields = [...this.#unseen];
    if (fields.length === 0 || (!this.#hasRow && !hasItems)) return undefined;
    const named = fields.map((field) => `${columnsOf(this.#fields, field).join(" nor ")} (\`fields.${field}\`)`);
    return {
      why: `no object in it has ${named.join(", nor ")}`,
      remedy: `Look whether that is called otherwise now, or has other keys before it. Where it may be missing by right: optionalFields: [${fields.join(", ")}]`,
    };
  }
}

/** What an object lacks, in words, and what of its report cannot be read therefore. */
export interface Renamed {
  readonly why: string;
  readonly unreadable: Unreadable;
}

function noteValue({ facts }: Frame, column: string, value: FactCell): void {
  const values = facts.get(column);
  if (values === undefined) facts.set(column, value === undefined ? [] : [value]);
  else if (value !== undefined && values.length < valuesMax) values.push(value);
  else if (value !== undefined) values[0] = null;
}

/** Whether an object has a field, if only an empty one. */
function hasField({ facts, emptyFacts }: Frame, column: string): boolean {
  if (facts.has(column)) return true;
  if (emptyFacts.size === 0) return false;
  const keys = column.split(".");
  return keys.some((_, i) => i > 0 && emptyFacts.has(keys.slice(0, i).join(".")));
}

/** What the values of a field say of a fact. */
function cellOf(values: readonly (string | null)[] | undefined, field: FactField): FactCell {
  if (values === undefined || values.length === 0) return undefined;
  if (!markings.has(field)) return values.find((value) => value?.trim() !== "");
  return values.includes(null) ? null : values.join(",");
}
