/** One object or array of a document while it is read: where it stands, and what is kept of it until it ends. */
import { LackingRows } from "./json-lacking.ts";
import {
  hasLegitimateMark,
  isLegitimateFlag,
  isLegitimateTag,
  isMetaField,
  isNameField,
  isTagField,
  normaliseHeader,
} from "./table.ts";

/** Not on the way to the items. */
export const aside = -1;
/** Fields of an object that are kept until it ends. */
const fieldsMax = 256;
/** Characters of a field's value that are kept: those that matter are short. */
const fieldTextMax = 1024;
/** Characters of the values of arrays that are kept of one object. */
const listTextMax = 1024 * 1024;

/** Names of fields that are kept normalised; documents have few. */
const namesMax = 1024;
const names = new Map<string, string>();

/** A key of an object as fields are compared. */
export function fieldName(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = normaliseHeader(key);
  if (names.size < namesMax && key.length <= 64) names.set(key, name);
  return name;
}

export type FramePlace = Pick<Frame, "kind" | "matched" | "inArray" | "isDocument" | "entriesBefore">;

export class Frame {
  readonly kind: "object" | "array";
  /** Keys of the path that lead here; `aside` off the way. */
  readonly matched: number;
  readonly inArray: boolean;
  /** A whole document that is an object, without a path: its only array has the items, or it is one row of many. */
  readonly isDocument: boolean;
  /** Entries before it, to which they are cut back where it must not count. */
  readonly entriesBefore: number;
  readonly fields = new Map<string, string>();
  /** Values of fields that are arrays, and of the objects in it: key or keys, and value. */
  readonly within: (readonly [string, string])[] = [];
  /** Values of fields that are arrays or objects; undefined for a value that is no text. */
  readonly lists = new Map<string, (string | undefined)[]>();
  /** Facts, by the keys that lead to them; null for one that is no text. Empty where the field says nothing. */
  readonly facts = new Map<string, (string | null)[]>();
  /** Keys that lead to facts, where nothing stands behind them. */
  readonly emptyFacts = new Set<string>();
  /** Rows in it that lack vital facts. */
  readonly lackingWithin = new LackingRows();
  #listText = 0;
  /** The key that a value is to come for. */
  key = "";
  /** Arrays that may have the items of a document. */
  arrays = 0;
  /** The next key of the path has come. */
  hasNext = false;
  /** Something in it says that the object must not be blocked. */
  isMarked = false;
  /** A tag says so, which holds for all that the object has in it. */
  isTagged = false;

  constructor({ kind, matched, inArray, isDocument, entriesBefore }: FramePlace) {
    this.kind = kind;
    this.matched = matched;
    this.inArray = inArray;
    this.isDocument = isDocument;
    this.entriesBefore = entriesBefore;
  }

  /** Keeps the value of the field whose key has come. */
  keep(text: string): void {
    if (this.kind === "array" || this.matched === aside) return;
    if (this.fields.size < fieldsMax && text.length <= fieldTextMax) this.fields.set(fieldName(this.key), text);
  }

  /** Opens the list of values of the field whose key has come. */
  openList(): void {
    const name = fieldName(this.key);
    if (this.lists.size < fieldsMax && !this.lists.has(name)) this.lists.set(name, []);
  }

  /** Keeps one of the values of the field whose key has come; false where there is no more room. */
  keepInList(text: string | undefined): boolean {
    const list = this.lists.get(fieldName(this.key));
    if (list === undefined) return true;
    this.#listText += 1 + (text?.length ?? 0);
    if (this.#listText > listTextMax) return false;
    list.push(text);
    return true;
  }
}

/**
 * Notes a value that says of an object around it that it must not be blocked: one of several of a field (`"tags":
 * ["benign"]`), the name of a tag (`"Tag": [{"name": "benign"}]`), or a field of its meta data (`"meta": {"safe": true}`).
 * `asked` has the fields whose values the operator has judged.
 */
export function noteMark(frames: readonly Frame[], value: string, asked: ReadonlySet<string>): void {
  const top = frames.at(-1);
  const above = frames.at(-2);
  if (top === undefined || above === undefined) return;
  const inArray = above.kind === "array";
  const owner = top.kind === "object" && inArray ? frames.at(-3) : above;
  if (owner?.kind !== "object") return;
  const field = fieldName(owner.key);
  if (top.kind === "object" && !isTagField(field) && (inArray || !isMetaField(field))) return;
  const isTag = isLegitimateTag(value);
  if ((!isTag && top.kind === "array") || asked.has(field)) return;
  const isOfTag = isTag && isTagField(field) && (top.kind === "array" || isNameField(fieldName(top.key)));
  if (isOfTag) owner.isTagged = owner.isMarked = true;
  else if (top.kind === "array") owner.isMarked = true;
  else if (!inArray && isMetaField(field)) {
    const name = fieldName(top.key);
    if (!asked.has(name) && (hasLegitimateMark(value) || isLegitimateFlag(name, value))) owner.isMarked = true;
  }
}

/** Keeps a value of an array or object that is a field of an object on the way to the items, or of an object in that array. */
export function noteWithin(frames: readonly Frame[], value: string): void {
  const top = frames.at(-1);
  const above = frames.at(-2);
  // What is on the way itself is a row of its own.
  if (top === undefined || above === undefined || top.matched !== aside) return;
  const owner = top.kind === "object" && above.kind === "array" ? frames.at(-3) : above;
  if (owner?.kind !== "object" || owner.matched === aside) return;
  if (owner.within.length === fieldsMax || value.length > fieldTextMax) return;
  const field = fieldName(owner.key);
  owner.within.push([top.kind === "object" ? `${field}.${fieldName(top.key)}` : field, value]);
}

/** The fields of an object to show, in octets, one per character. */
export function shownFields(frame: Frame): string {
  return Buffer.from(JSON.stringify(Object.fromEntries(frame.fields)).slice(0, 512), "utf8").toString("latin1");
}
