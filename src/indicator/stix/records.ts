/** What is kept of STIX objects until all have come, since they may come in any order and in several versions. */
import { type JsonObject, objectsIn, scalarText, textIn, textsIn } from "../format/json-objects.ts";
import { instantOf } from "./instant.ts";
import { type MarkingLevels, markingIn } from "./markings.ts";

/** What all objects have. */
export interface Versioned {
  /** Microseconds since 1970 of `modified`, or of `created`; -1 where neither can be read. */
  readonly version: number;
  /** Undefined where it is said and cannot be read. */
  readonly revoked: boolean | undefined;
}

export interface IndicatorRecord extends Versioned {
  readonly id: string;
  /** Line of the document on which it ended. */
  readonly line: number;
  /** Undefined where there is none; null where it is too long, or no text. */
  readonly pattern: string | null | undefined;
  readonly patternType: string;
  readonly createdBy: string | undefined;
  readonly created: string | undefined;
  readonly modified: string | undefined;
  /** Undefined where absent; null where it is no text. */
  readonly validFrom: string | null | undefined;
  readonly validUntil: string | null | undefined;
  /** As written; undefined where absent. */
  readonly confidence: string | undefined;
  readonly types: readonly string[];
  readonly labels: readonly string[];
  readonly phases: readonly string[];
  /** Ids of marking definitions, those of parts of it included. */
  readonly markings: readonly string[];
  readonly url: string | undefined;
}

/** What an indicator may indicate. */
export interface NamedRecord extends Versioned {
  readonly type: string;
  readonly name: string | undefined;
  readonly isFamily: boolean;
  /** Words for a kind of threat. */
  readonly words: readonly string[];
}

export interface RelationRecord extends Versioned {
  readonly from: string;
  readonly to: string;
}

/** A report or a grouping. */
export interface EventRecord extends Versioned {
  /** Ids of indicators in it. */
  readonly indicators: readonly string[];
  readonly markings: readonly string[];
  readonly labels: readonly string[];
}

export interface MarkingRecord extends Versioned {
  /** Undefined where it should be one of TLP or PAP and cannot be read. */
  readonly levels: MarkingLevels | undefined;
}

/** Fields of any object that are looked at. */
export const stixFields: ReadonlySet<string> = new Set(
  (
    "type id created_by_ref created modified revoked labels confidence external_references object_marking_refs granular_markings " +
    "extensions indicator_types pattern pattern_type valid_from valid_until kill_chain_phases name malware_types is_family " +
    "relationship_type source_ref target_ref object_refs definition_type definition more"
  ).split(" "),
);

/** Types of objects that say something of indicators, and theirs. */
export const stixTypes: readonly string[] = [
  "indicator",
  "relationship",
  "marking-definition",
  "identity",
  "malware",
  "campaign",
  "threat-actor",
  "intrusion-set",
  "report",
  "grouping",
];

/** The field of a bundle, or of an answer of TAXII, with the objects. */
export const objectsField = "objects";

export function versionedIn(object: JsonObject): Versioned {
  const revoked = object.get("revoked");
  return {
    version: instantOf(textIn(object, "modified")) ?? instantOf(textIn(object, "created")) ?? -1,
    revoked: !object.has("revoked") || revoked === null ? false : boolean(revoked),
  };
}

function boolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

export function indicatorIn(object: JsonObject, id: string, line: number): IndicatorRecord {
  const references = objectsIn(object, "external_references");
  return {
    ...versionedIn(object),
    id,
    line,
    pattern: saidIn(object, "pattern"),
    // STIX 2.0 has no other patterns.
    patternType: textIn(object, "pattern_type") ?? "stix",
    createdBy: textIn(object, "created_by_ref"),
    created: textIn(object, "created"),
    modified: textIn(object, "modified"),
    validFrom: saidIn(object, "valid_from"),
    validUntil: saidIn(object, "valid_until"),
    confidence: object.has("confidence") ? scalarText(object.get("confidence")) : undefined,
    types: textsIn(object, "indicator_types"),
    labels: textsIn(object, "labels"),
    phases: objectsIn(object, "kill_chain_phases").flatMap((phase) => phaseWords(phase)),
    markings: markingsIn(object),
    url: references.map((reference) => textIn(reference, "url")).find((url) => url !== undefined),
  };
}

/** Undefined where a field says nothing; null where what it says is no text. */
function saidIn(object: JsonObject, field: string): string | null | undefined {
  if (!object.has(field) || object.get(field) === null) return undefined;
  return textIn(object, field) ?? null;
}

function phaseWords(phase: JsonObject): string[] {
  const name = textIn(phase, "phase_name");
  const chain = textIn(phase, "kill_chain_name");
  if (name === undefined) return [];
  return chain === undefined ? [name] : [`${chain}:${name}`, name];
}

function markingsIn(object: JsonObject): string[] {
  const granular = objectsIn(object, "granular_markings").map((marking) => textIn(marking, "marking_ref"));
  return [...textsIn(object, "object_marking_refs"), ...granular.filter((id) => id !== undefined)];
}

export function namedIn(object: JsonObject, type: string): NamedRecord {
  return {
    ...versionedIn(object),
    type,
    name: textIn(object, "name"),
    isFamily: object.get("is_family") === true,
    words: [...textsIn(object, "malware_types"), ...(type === "malware" ? textsIn(object, "labels") : [])],
  };
}

/** Undefined where it is another kind of relationship. */
export function relationIn(object: JsonObject): RelationRecord | undefined {
  const from = textIn(object, "source_ref");
  const to = textIn(object, "target_ref");
  if (textIn(object, "relationship_type") !== "indicates" || from === undefined || to === undefined) return undefined;
  return { ...versionedIn(object), from, to };
}

export function eventIn(object: JsonObject): EventRecord {
  return {
    ...versionedIn(object),
    indicators: textsIn(object, "object_refs").filter((id) => id.startsWith("indicator--")),
    markings: markingsIn(object),
    labels: textsIn(object, "labels"),
  };
}

export function markingRecordIn(object: JsonObject): MarkingRecord {
  return { ...versionedIn(object), levels: markingIn(object) };
}

/** Whether a version of an object counts in the place of one that came before it: of two with the same time one that is revoked does. */
export function supersedes(one: Versioned, known: Versioned): boolean {
  if (one.version !== known.version) return one.version > known.version;
  return known.revoked === false || one.revoked !== false;
}

/** Keeps the newest version of each object. */
export class NewestVersions<One extends Versioned> {
  readonly #byId = new Map<string, One>();

  add(id: string, one: One): void {
    const known = this.#byId.get(id);
    if (known === undefined || supersedes(one, known)) this.#byId.set(id, one);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Undefined where it is not known. */
  get(id: string): One | undefined {
    return this.#byId.get(id);
  }

  /** Those that are not revoked. */
  *current(): Generator<[string, One]> {
    for (const entry of this.#byId) if (entry[1].revoked === false) yield entry;
  }

  values(): Iterable<One> {
    return this.#byId.values();
  }
}
