/**
 * Picks whole objects out of a JSON document as it goes by: those at its top, in arrays at its top, and in an array of objects in
 * one of these (`{"objects": […]}`). Of each only the fields that are wanted are kept, so that memory is bounded by one object.
 */
import type { JsonTaker } from "./json-reader.ts";
import { lineBytesMax } from "./line-parser.ts";

/** A string that is too long or no UTF-8 is undefined. */
export type JsonValue = string | number | boolean | null | undefined | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export interface ObjectTaker {
  /** An object, with those of its fields that are wanted. */
  object(object: JsonObject, seen: SeenObject): void;
  /** An object had others in it, and is none of its own; with those of its fields that are wanted. */
  container(fields: JsonObject): void;
  /** Something stands where an object should. */
  other(octets: string): void;
}

/** What was seen of an object besides what is kept of it. */
export interface SeenObject {
  /** Fields of any name. */
  readonly fieldCount: number;
  /** It had more values or text than is kept. */
  readonly isCut: boolean;
}

export interface ObjectFields {
  /** Names of the fields that are kept. */
  readonly wanted: ReadonlySet<string>;
  /** The field whose array holds further objects. */
  readonly within: string;
}

/** Values that are kept of one object, and characters of all its texts. */
const valuesMax = 250_000;
const textMax = 16 * 1024 * 1024;

type Level =
  | { readonly kind: "place" }
  | { readonly kind: "top"; readonly fields: Map<string, JsonValue>; key: string; isContainer: boolean }
  | { readonly kind: "object"; readonly fields: Map<string, JsonValue>; key: string }
  | { readonly kind: "array"; readonly elements: JsonValue[] };

export class ObjectPicker implements JsonTaker {
  readonly #taker: ObjectTaker;
  readonly #fields: ObjectFields;
  readonly #levels: Level[] = [];
  /** Levels within a field that is not kept. */
  #skipped = 0;
  #values = 0;
  #text = 0;
  #fieldCount = 0;
  #isCut = false;

  constructor(fields: ObjectFields, taker: ObjectTaker) {
    this.#fields = fields;
    this.#taker = taker;
  }

  get #top(): Level | undefined {
    return this.#levels.at(-1);
  }

  open(kind: "object" | "array"): void {
    const level = this.#top;
    if (this.#skipped > 0) this.#skipped += 1;
    else if (level === undefined || level.kind === "place") this.#openPlace(kind);
    else if (level.kind === "top" && level.key === this.#fields.within && kind === "array") {
      level.isContainer = true;
      this.#levels.push({ kind: "place" });
    } else if (!this.#keeps(level)) this.#skipped = 1;
    else {
      const inner: Level = kind === "object" ? { kind, fields: new Map(), key: "" } : { kind, elements: [] };
      this.#put(inner.kind === "object" ? inner.fields : inner.elements);
      this.#levels.push(inner);
    }
  }

  #openPlace(kind: "object" | "array"): void {
    if (kind === "array") this.#levels.push({ kind: "place" });
    else {
      this.#levels.push({ kind: "top", fields: new Map(), key: "", isContainer: false });
      this.#values = this.#text = this.#fieldCount = 0;
      this.#isCut = false;
    }
  }

  close(): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return;
    }
    const level = this.#levels.pop();
    if (level?.kind !== "top") return;
    if (level.isContainer) this.#taker.container(level.fields);
    else this.#taker.object(level.fields, { fieldCount: this.#fieldCount, isCut: this.#isCut });
  }

  passesStrings(): boolean {
    if (this.#skipped > 0) return true;
    const level = this.#top;
    return level?.kind === "top" && !this.#keeps(level);
  }

  /** Whether a value that comes now is kept. */
  #keeps(level: Level): boolean {
    return level.kind !== "top" || this.#fields.wanted.has(level.key);
  }

  key(text: string | undefined): void {
    const level = this.#top;
    if (this.#skipped > 0 || (level?.kind !== "top" && level?.kind !== "object")) return;
    level.key = text ?? "";
    if (level.kind === "top") this.#fieldCount += 1;
  }

  text(octets: string, text: string | undefined): void {
    this.#scalar(text, octets);
  }

  longText(octets: string): void {
    this.#scalar(undefined, octets);
  }

  literal(word: string): void {
    const value = word === "true" ? true : word === "false" ? false : word === "null" ? null : Number(word);
    this.#scalar(value, word);
  }

  #scalar(value: JsonValue, octets: string): void {
    if (this.#skipped > 0) return;
    const level = this.#top;
    if (level === undefined || level.kind === "place") this.#taker.other(octets);
    else if (this.#keeps(level)) {
      if (typeof value === "string") this.#text += value.length;
      this.#put(value);
    }
  }

  #put(value: JsonValue): void {
    this.#values += 1;
    if (this.#values > valuesMax || this.#text > textMax) {
      this.#isCut = true;
      return;
    }
    const level = this.#top;
    if (level?.kind === "array") level.elements.push(value);
    else if (level?.kind === "object" || level?.kind === "top") level.fields.set(level.key, value);
  }
}

/**
 * The same of an object that was parsed as a whole. Where it has others in it (`within`), these are given, and it is none of its own.
 */
export function takeParsed(value: unknown, { wanted, within }: ObjectFields, taker: ObjectTaker): void {
  if (typeof value !== "object" || value === null) {
    taker.other(String(value));
    return;
  }
  if (Array.isArray(value)) {
    for (const one of value) takeParsed(one, { wanted, within }, taker);
    return;
  }
  const bounds = { values: valuesMax, text: textMax };
  const fields = new Map<string, JsonValue>();
  let fieldCount = 0;
  let inner: readonly unknown[] | undefined;
  for (const key in value) {
    fieldCount += 1;
    const said: unknown = (value as Record<string, unknown>)[key];
    if (key === within && Array.isArray(said)) inner = said;
    else if (wanted.has(key)) fields.set(key, keptValue(said, bounds));
  }
  for (const one of inner ?? []) takeParsed(one, { wanted, within }, taker);
  if (inner !== undefined) taker.container(fields);
  else taker.object(fields, { fieldCount, isCut: bounds.values < 0 || bounds.text < 0 });
}

interface Bounds {
  values: number;
  text: number;
}

function keptValue(value: unknown, bounds: Bounds): JsonValue {
  bounds.values -= 1;
  if (typeof value === "string") {
    bounds.text -= value.length;
    // As a string is bounded that is read octet by octet.
    return value.length > lineBytesMax ? undefined : value;
  }
  if (typeof value !== "object" || value === null) return value as JsonValue;
  if (Array.isArray(value)) return value.map((one) => keptValue(one, bounds));
  return new Map(Object.entries(value).map(([key, one]) => [key, keptValue(one, bounds)] as const));
}

/** The text of a field; undefined where it is no text. */
export function textIn(object: JsonObject, field: string): string | undefined {
  const value = object.get(field);
  return typeof value === "string" ? value : undefined;
}

/** The texts in a field that is an array of them; others are left out. */
export function textsIn(object: JsonObject, field: string): string[] {
  return elementsIn(object, field).filter((value): value is string => typeof value === "string");
}

/** The objects in a field that is an array of them; others are left out. */
export function objectsIn(object: JsonObject, field: string): JsonObject[] {
  return elementsIn(object, field).filter((value): value is JsonObject => value instanceof Map);
}

function elementsIn(object: JsonObject, field: string): readonly JsonValue[] {
  const value = object.get(field);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** A scalar as it is written; empty for anything else. */
export function scalarText(value: JsonValue): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
