/** Looks at the first octets of a JSON document for the one array, or the one field of objects, that holds items. */

import { readCell, readItems } from "../item.ts";
import type { Detection, Refuse } from "./format.ts";
import { JsonReader, type JsonTaker } from "./json-reader.ts";
import {
  guessColumn,
  isLegitimateFlag,
  isLegitimateMark,
  isLegitimateName,
  isUrlColumn,
  normaliseHeader,
} from "./table.ts";
import { WarninglistSigns, warninglistRefusal } from "./warninglist-signs.ts";

/** Share of strings that must be items. */
const shareMin = 0.8;

/** Strings seen at one place of the document. */
interface Place {
  /** Keys from the top to the array. */
  readonly path: readonly string[];
  /** The field, where the array has objects. */
  readonly field: string | undefined;
  /** The field is one of whole documents. */
  readonly isDocument: boolean;
  strings: number;
  items: number;
}

class Survey implements JsonTaker {
  readonly places = new Map<string, Place>();
  /** A key or value by which the document says that something in it is legitimate. */
  legitimate: string | undefined;
  documents = 0;
  readonly signs = new WarninglistSigns();
  readonly #kinds: ("object" | "array")[] = [];
  readonly #keys: string[] = [];

  open(kind: "object" | "array"): void {
    if (this.#kinds.length === 0) {
      this.documents += 1;
      this.signs.clear();
    }
    const key = this.#key;
    if (key !== undefined && isLegitimateName(key)) this.legitimate ??= key;
    this.#kinds.push(kind);
    this.#keys.push("");
  }

  close(): void {
    this.#kinds.pop();
    this.#keys.pop();
  }

  key(text: string | undefined): void {
    this.#keys[this.#keys.length - 1] = text ?? "";
    if (this.#kinds.length === 1) this.signs.key(text ?? "");
  }

  get #key(): string | undefined {
    return this.#kinds.at(-1) === "object" ? this.#keys.at(-1) : undefined;
  }

  text(_octets: string, text: string | undefined): void {
    if (text === undefined) return;
    if (this.#kinds.length === 1) this.signs.text(this.#key ?? "", text);
    if (this.#key !== undefined && isLegitimateMark(text)) this.legitimate ??= text;
    const kind = this.#kinds.at(-1);
    // A field counts in an object that is one of many: in an array, or a document of its own.
    const isDocument = kind === "object" && this.#kinds.length === 1;
    const isRow = isDocument || this.#kinds.at(-2) === "array";
    if (kind === undefined || (kind === "object" && !isRow)) return;
    const path = this.#keys
      .slice(0, kind === "object" ? -1 : undefined)
      .filter((key) => key !== "")
      // Entries kept by an id, as against a field.
      .map((key) => (/^\d+$/.test(key) ? "*" : key));
    const name = JSON.stringify([path, this.#key, isDocument]);
    const place = this.places.get(name) ?? { path, field: this.#key, isDocument, strings: 0, items: 0 };
    this.places.set(name, place);
    place.strings += 1;
    // Where a field has a name of its own for items, URLs are items too; elsewhere they are mere references.
    const read = guessColumn([normaliseHeader(this.#key ?? path.at(-1) ?? "")]) === -1 ? readItems : readCell;
    if (read(text).some((item) => item.kind !== "reject")) place.items += 1;
  }

  longText(): void {}

  literal(word: string): void {
    const key = this.#key;
    if (key !== undefined && isLegitimateFlag(normaliseHeader(key), word)) this.legitimate ??= key;
  }
}

/** Where the items are; undefined where the octets are not JSON. Refuses a document that must be explained. */
export function surveyJson(sample: Uint8Array, refuse: Refuse): Omit<Detection, "format"> | undefined {
  const survey = new Survey();
  const reader = new JsonReader(survey);
  reader.write(sample);
  if (reader.isBroken) return undefined;
  if (survey.signs.isWarninglist) refuse(warninglistRefusal.why, warninglistRefusal.remedy);
  if (survey.legitimate !== undefined) {
    refuse(
      `it says "${survey.legitimate}" of a part of it, and what is legitimate must not be blocked`,
      "Set format: json and path, to the array that is to be taken, and where if its objects have classes",
    );
  }
  const found = [...survey.places.values()].filter(
    (place) =>
      place.items > 0 && place.items >= shareMin * place.strings && (survey.documents > 1 || !place.isDocument),
  );
  // Fields beside the items, such as the source's own address, often are names as well.
  const named = found.filter(
    (place) => place.field !== undefined && guessColumn([normaliseHeader(place.field)]) !== -1,
  );
  // Nor do the pages count where their names are given as well.
  const plain = named.filter((place) => !isUrlColumn(normaliseHeader(place.field ?? "")));
  const candidates = found.length > 1 ? (plain.length > 0 ? plain : named) : found;
  const [place] = candidates;
  if (candidates.length !== 1 || place === undefined) {
    return refuse(
      found.length === 0 ? "it is JSON without an array of names" : "it is JSON with several places that hold names",
      "Set format: json and path, and column where the array has objects",
    );
  }
  const path = place.path.join(".");
  const options = { ...(path === "" ? {} : { path }), ...(place.field === undefined ? {} : { column: place.field }) };
  return { options, why: `it is JSON with names at "${[...place.path, place.field ?? "[]"].join(".")}"` };
}
