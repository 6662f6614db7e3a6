/** Reads the facts of one row of a table, or of one object, into the text of its report. */

import { type RuleTrigger, ruleTriggers } from "../../rpz/label.ts";
import { hasUnclearDay, type MomentOptions, secondsMax, secondsOf } from "../moment.ts";
import { yesOrNo } from "../yes-no.ts";
import { Categories } from "./categories.ts";
import { columnsOf, type FactColumns, type FactField, type FactReading, vitalFields } from "./columns.ts";
import { confidenceOf, isFraction } from "./confidence.ts";
import { type Distribution, distributionOf, distributionsByReach, labelOf, paps, stricter, tlps } from "./facts.ts";
import { type Marking, papMarkingOf, tlpMarkingOf } from "./marking.ts";
import { encodeFacts, known, writeReport } from "./report.ts";

/**
 * What a row has for a fact: its text; undefined where it says nothing (an empty cell, or no such fact in this list); null
 * where it says something that is no text, or the row ends before it.
 */
export type FactCell = string | undefined | null;
/** Several where several columns have the fact, in their order. */
export type FactCells = FactCell | readonly FactCell[];

export interface RowReport {
  /** See `report.ts`; undefined where a fact cannot be read without which the row must not be used. */
  readonly text: string | undefined;
  /** Why, or which other facts could not be read and are unknown now; empty where all could. */
  readonly unread: string;
  /** Whether the row is a reject, whose report says that it is `unreadable`. */
  readonly isReject: boolean;
  /** What the rule of the row's name or address is compared with; undefined where the row does not say. */
  readonly trigger: RuleTrigger | undefined;
}

/** Octets of a reference; longer ones are cut. */
const referenceBytesMax = 1000;

/** Facts that many rows have alike, which `encodeFacts` puts in front. */
const sharedFields = [
  "category",
  "confidence",
  "tlp",
  "pap",
  "distribution",
  "sharingGroup",
  "organisation",
  "campaign",
  "family",
  "event",
] as const satisfies readonly FactField[];
type SharedField = (typeof sharedFields)[number];

/** Combinations of cells that are remembered with the facts that they say, and characters of one at most. */
const rememberedMax = 5000;
const rememberedTextMax = 500;
/** Characters that are shown of a cell that cannot be read. */
const shownMax = 60;

/** What cells say, and which of them could not be read: those that are vital, and others. */
interface Reading {
  readonly facts: string;
  readonly bad: string;
  readonly unknown: string;
}

type CellOf = (field: FactField) => FactCells;

/** Reads the reports of rows of one list. */
export class RowReader {
  readonly #columns: FactColumns;
  readonly #reading: FactReading;
  readonly #ending: MomentOptions;
  readonly #categories: Categories;
  readonly #shared: readonly SharedField[];
  readonly #remembered = new Map<string, Reading>();
  #bad = "";
  #unknown = "";

  constructor(columns: FactColumns, reading: FactReading) {
    this.#columns = columns;
    this.#reading = reading;
    this.#ending = { ...reading, endOfDay: true };
    this.#categories = new Categories(reading.categories);
    this.#shared = sharedFields.filter((field) => columns[field] !== undefined);
  }

  /**
   * The report of a row, `unreadable` where a fact cannot be read without which the row might block when it must not, or be
   * shown to whom it must not: its times, its markings, whether it is revoked.
   */
  read(cellOf: CellOf): RowReport {
    const { facts, bad, unknown } = this.#readShared(cellOf);
    this.#bad = "";
    this.#unknown = unknown;
    const trigger = this.#fact(cellOf, "trigger", triggerOf);
    if (this.#bad !== "") return { text: undefined, unread: this.#bad, isReject: true, trigger };
    const { ages } = this.#reading;
    const validFrom = this.#fact(cellOf, "validFrom", this.#startOf) || undefined;
    const until = this.#fact(cellOf, "validUntil", this.#endOf);
    const firstSeen = this.#fact(cellOf, "firstSeen", this.#seenAt, ages) ?? undefined;
    const lastSeen = this.#fact(cellOf, "lastSeen", this.#seenAt, ages) ?? undefined;
    const badTimes = this.#bad;
    this.#bad = bad;
    const revoked = this.#fact(cellOf, "revoked", isRevoked) ?? false;
    const unreadable = this.#bad !== "" ? "use" : badTimes !== "" ? "times" : undefined;
    const text = writeReport({
      externalId: this.#fact(cellOf, "id", labelOf) ?? "",
      facts,
      validFrom,
      validUntil: until === secondsMax ? undefined : until,
      firstSeen,
      lastSeen,
      revoked,
      reference: this.#fact(cellOf, "reference", referenceOf),
      unreadable,
    });
    const isReject = unreadable !== undefined;
    return { text, unread: isReject ? this.#bad + badTimes : this.#unknown, isReject, trigger };
  }

  #readShared(cellOf: CellOf): Reading {
    let cells = "";
    for (const field of this.#shared) cells += keyOf(cellOf(field));
    const remembered = this.#remembered.get(cells);
    if (remembered !== undefined) return remembered;
    this.#bad = this.#unknown = "";
    const tlp = this.#marking(cellOf, "tlp", tlps, tlpMarkingOf);
    const facts = encodeFacts(
      known({
        category: this.#fact(cellOf, "category", this.#categoryOf),
        confidence: this.#confidence(cellOf),
        tlp: tlp.level,
        pap: this.#marking(cellOf, "pap", paps, papMarkingOf).level,
        ...this.#distribution(cellOf),
        sharingGroup: this.#fact(cellOf, "sharingGroup", labelOf),
        organisation: this.#fact(cellOf, "organisation", labelOf),
        campaign: this.#fact(cellOf, "campaign", labelOf),
        family: this.#fact(cellOf, "family", labelOf),
        event: this.#fact(cellOf, "event", labelOf),
        hidesSource: tlp.hidesSource || undefined,
      }),
    );
    const reading = { facts, bad: this.#bad, unknown: this.#unknown };
    if (cells.length <= rememberedTextMax) {
      if (this.#remembered.size === rememberedMax) this.#remembered.clear();
      this.#remembered.set(cells, reading);
    }
    return reading;
  }

  /** What the first of the columns that says something says. */
  #fact<T>(
    cellOf: CellOf,
    field: FactField,
    read: (text: string) => T | undefined,
    isVital: boolean = false,
  ): T | undefined {
    if (this.#columns[field] === undefined) return undefined;
    const cell = firstSaid(cellOf(field));
    if (cell === undefined) return undefined;
    const value = cell === null ? undefined : read(cell);
    if (value === undefined) this.#note(field, cell, isVital || vitalFields.has(field));
    return value;
  }

  /** One that cannot be read is none at all: whoever asks for a sure entry must not get one that may not be. */
  #confidence(cellOf: CellOf): number | undefined {
    if (this.#columns.confidence === undefined) return undefined;
    const { confidenceScale } = this.#reading;
    const isSaid = firstSaid(cellOf("confidence")) !== undefined;
    const value = this.#fact(cellOf, "confidence", (text) => confidenceOf(text, confidenceScale));
    return isSaid ? (value ?? 0) : undefined;
  }

  /** The strictest that any of the columns says. */
  #marking<Level extends string>(
    cellOf: CellOf,
    field: "tlp" | "pap",
    levels: readonly Level[],
    read: (text: string) => Marking<Level> | undefined,
  ): Marking<Level> {
    let level: Level | undefined;
    let hidesSource = false;
    if (this.#columns[field] === undefined) return { level, hidesSource };
    for (const cell of saidIn(cellOf(field))) {
      const marking = cell === null ? undefined : read(cell);
      if (marking === undefined) this.#note(field, cell, true);
      else {
        level = stricter(levels, level, marking.level);
        hidesSource ||= marking.hidesSource;
      }
    }
    return { level, hidesSource };
  }

  /** The same; where it is inherited and nothing says from what, nobody else may see it. */
  #distribution(cellOf: CellOf): {
    distribution: Distribution | undefined;
    inheritsDistribution: boolean | undefined;
  } {
    if (this.#columns.distribution === undefined) return { distribution: undefined, inheritsDistribution: undefined };
    let reach: Distribution | undefined;
    let isInherited = false;
    for (const cell of saidIn(cellOf("distribution"))) {
      for (const text of cell === null ? [""] : cell.split(",")) {
        const value = distributionOf(text);
        if (value === undefined) this.#note("distribution", cell, true);
        else if (value === "inherit") isInherited = true;
        else reach = stricter(distributionsByReach, reach, value);
      }
    }
    const inherits = isInherited && reach === undefined;
    return { distribution: inherits ? "organisation" : reach, inheritsDistribution: inherits || undefined };
  }

  readonly #categoryOf = (text: string): string | undefined => this.#categories.own(text) ?? categoryOf(text);

  readonly #startOf = (text: string): number | undefined =>
    secondsOf(text, this.#reading) ?? (isPlaceholder(text) ? 0 : undefined);

  readonly #endOf = (text: string): number | undefined =>
    secondsOf(text, this.#ending) ?? (saysNoEnd(text) ? secondsMax : undefined);

  /** Null where nothing is known. */
  readonly #seenAt = (text: string): number | null | undefined =>
    secondsOf(text, this.#reading) ?? (isPlaceholder(text) || neverWords.has(wordOf(text)) ? null : undefined);

  /** Takes note of a cell that cannot be read, in words. */
  #note(field: FactField, cell: string | null, isVital: boolean): void {
    const columns = columnsOf(this.#columns, field).join(", ");
    const shown = cell === null ? "is no text, or is not there" : `"${cell.trim().slice(0, shownMax)}" cannot be read`;
    const what = `${field} ${shown} (${columns})${cell === null ? "" : hintFor(field, cell)}; `;
    if (isVital) this.#bad += what;
    else this.#unknown += what;
  }
}

function triggerOf(text: string): RuleTrigger | undefined {
  const word = text.trim().toLowerCase();
  return ruleTriggers.find((trigger) => trigger === word);
}

/** A text that is equal where cells are: each with its length, so that other cells never come to the same text. */
function keyOf(cells: FactCells): string {
  if (cells === undefined) return "-";
  if (cells === null) return "?";
  return typeof cells === "string" ? `${cells.length}:${cells}` : cells.map(keyOf).join("");
}

/** Cells that say something. */
function saidIn(cells: FactCells): (string | null)[] {
  const list = typeof cells === "object" && cells !== null ? cells : [cells];
  return list.filter((cell): cell is string | null => cell !== undefined && cell?.trim() !== "");
}

function firstSaid(cells: FactCells): FactCell {
  if (typeof cells === "object" && cells !== null) return saidIn(cells)[0];
  return cells?.trim() === "" ? undefined : cells;
}

const referenceOf = (text: string): string | undefined => labelOf(text, referenceBytesMax);

/** A category as zones name it: in lower case, with hyphens for blanks. */
function categoryOf(text: string): string | undefined {
  return labelOf(text)?.toLowerCase().replaceAll(" ", "-");
}

function isRevoked(text: string): boolean | undefined {
  const word = wordOf(text);
  return word === "revoked" ? true : word === "active" ? false : yesOrNo(word);
}

/** What tables have where they have no time. */
const placeholders: ReadonlySet<string> = new Set("- -- – — n/a na none null nil 0 unknown unbekannt ?".split(" "));
const zeroDay = /^0000-00-00(?:[t ]00:00(?::00)?)?$/;
const neverWords: ReadonlySet<string> = new Set(
  "never nie jamais nooit nunca mai nigdy unlimited indefinite indefinitely permanent perpetual forever infinite infinity unbefristet unbegrenzt illimité onbepaald indefinido illimitato bezterminowo".split(
    " ",
  ),
);

function isPlaceholder(text: string): boolean {
  const word = wordOf(text);
  return placeholders.has(word) || zeroDay.test(word);
}

/** Whether an end that is written so never comes. One that is unknown may have passed. */
function saysNoEnd(text: string): boolean {
  const word = wordOf(text);
  return neverWords.has(word) || (isPlaceholder(word) && !unknownWords.has(word));
}
const unknownWords: ReadonlySet<string> = new Set(["unknown", "unbekannt", "?"]);

function wordOf(text: string): string {
  return text.trim().toLowerCase().normalize("NFC");
}

const dayFields: ReadonlySet<FactField> = new Set(["validFrom", "validUntil", "firstSeen", "lastSeen"]);

/** What to set so that a cell can be read, where that may be all. */
function hintFor(field: FactField, cell: string): string {
  if (dayFields.has(field) && hasUnclearDay(cell)) return ": set dateFormat to dmy or mdy";
  if (dayFields.has(field) && /^\s*\d{5}(?:[.,]\d+)?\s*$/.test(cell)) return ": is dateFormat excel?";
  if (field === "confidence" && isFraction(cell)) return ": is confidenceScale 1?";
  return "";
}
