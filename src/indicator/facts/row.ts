/** Reads the facts of one row of a table, or of one object, into the text of its report. */

import { type RuleTrigger, ruleTriggers } from "../../rpz/label.ts";
import { secondsMax, secondsOf } from "../moment.ts";
import type { FactField } from "./columns.ts";
import { confidenceOf, distributionOf, labelOf, papOf, tlpOf } from "./facts.ts";
import { encodeFacts, known, writeReport } from "./report.ts";

/**
 * What a row has for a fact: its text; undefined where it says nothing (an empty cell, or no such fact in this list); null
 * where it says something that is no text, or the row ends before it.
 */
export type FactCell = string | undefined | null;

export interface RowReport {
  /** See `report.ts`. */
  readonly text: string;
  /** Whether a fact could not be read and is unknown now. */
  readonly hasUnknown: boolean;
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
] as const satisfies readonly FactField[];
type SharedField = (typeof sharedFields)[number];

/** Combinations of cells that are remembered with the facts that they say, and characters of one at most. */
const rememberedMax = 5000;
const rememberedTextMax = 500;

/** What cells say, and whether one of them could not be read. */
interface Reading<T> {
  readonly value: T;
  readonly isBad: boolean;
  readonly hasUnknown: boolean;
}

/** Reads the reports of rows of one list. */
export class RowReader {
  /** Of the facts that the list has. */
  readonly #shared: readonly SharedField[];
  readonly #own: ReadonlySet<FactField>;
  readonly #remembered = new Map<string, Reading<string>>();
  #isBad = false;
  #hasUnknown = false;

  constructor(fields: Iterable<FactField>) {
    this.#own = new Set(fields);
    this.#shared = sharedFields.filter((field) => this.#own.has(field));
  }

  /**
   * The report of a row, `unreadable` where a fact cannot be read without which the row might block when it must not, or be
   * shown to whom it must not: its times, its markings, whether it is revoked. Undefined where its trigger cannot.
   */
  read(cellOf: (field: FactField) => FactCell): RowReport | undefined {
    const facts = this.#readShared(cellOf);
    this.#isBad = false;
    this.#hasUnknown = facts.hasUnknown;
    const trigger = this.#fact(cellOf, "trigger", triggerOf, true);
    if (this.#isBad) return undefined;
    const validFrom = this.#fact(cellOf, "validFrom", firstSecond, true);
    const until = this.#fact(cellOf, "validUntil", lastSecond, true);
    const areTimesBad = this.#isBad;
    this.#isBad = facts.isBad;
    const revoked = this.#fact(cellOf, "revoked", yesOrNo, true) ?? false;
    const unreadable = this.#isBad ? "use" : areTimesBad ? "times" : undefined;
    const text = writeReport({
      externalId: this.#fact(cellOf, "id", labelOf, false) ?? "",
      facts: facts.value,
      validFrom,
      validUntil: until === secondsMax ? undefined : until,
      firstSeen: this.#fact(cellOf, "firstSeen", firstSecond, false),
      lastSeen: this.#fact(cellOf, "lastSeen", firstSecond, false),
      revoked,
      reference: this.#fact(cellOf, "reference", referenceOf, false),
      unreadable,
    });
    return { text, hasUnknown: this.#hasUnknown, trigger, isReject: unreadable !== undefined };
  }

  #readShared(cellOf: (field: FactField) => FactCell): Reading<string> {
    let cells = "";
    for (const field of this.#shared) {
      const cell = cellOf(field);
      // With its length, so that other cells never come to the same text.
      cells += cell === undefined ? "-" : cell === null ? "?" : `${cell.length}:${cell}`;
    }
    const remembered = this.#remembered.get(cells);
    if (remembered !== undefined) return remembered;
    this.#isBad = false;
    this.#hasUnknown = false;
    const value = encodeFacts(
      known({
        category: this.#fact(cellOf, "category", categoryOf, false),
        confidence: this.#fact(cellOf, "confidence", confidenceOf, false),
        tlp: this.#fact(cellOf, "tlp", tlpOf, true),
        pap: this.#fact(cellOf, "pap", papOf, true),
        distribution: this.#fact(cellOf, "distribution", distributionOf, true),
        sharingGroup: this.#fact(cellOf, "sharingGroup", labelOf, false),
        organisation: this.#fact(cellOf, "organisation", labelOf, false),
        campaign: this.#fact(cellOf, "campaign", labelOf, false),
      }),
    );
    const reading = { value, isBad: this.#isBad, hasUnknown: this.#hasUnknown };
    if (cells.length <= rememberedTextMax) {
      if (this.#remembered.size === rememberedMax) this.#remembered.clear();
      this.#remembered.set(cells, reading);
    }
    return reading;
  }

  #fact<T>(
    cellOf: (field: FactField) => FactCell,
    field: FactField,
    read: (text: string) => T | undefined,
    isVital: boolean,
  ): T | undefined {
    if (!this.#own.has(field)) return undefined;
    const cell = cellOf(field);
    if (cell === undefined || cell?.trim() === "") return undefined;
    const value = cell === null ? undefined : read(cell);
    if (value !== undefined) return value;
    if (isVital) this.#isBad = true;
    else this.#hasUnknown = true;
    return undefined;
  }
}

function triggerOf(text: string): RuleTrigger | undefined {
  const word = text.trim().toLowerCase();
  return ruleTriggers.find((trigger) => trigger === word);
}

const firstSecond = (text: string): number | undefined => secondsOf(text);
const lastSecond = (text: string): number | undefined => secondsOf(text, true);
const referenceOf = (text: string): string | undefined => labelOf(text, referenceBytesMax);

/** A category as zones name it: in lower case, with hyphens for blanks. */
function categoryOf(text: string): string | undefined {
  return labelOf(text)?.toLowerCase().replaceAll(" ", "-");
}

const yes: ReadonlySet<string> = new Set(["true", "yes", "y", "t", "1", "revoked"]);
const no: ReadonlySet<string> = new Set(["false", "no", "n", "f", "0", "active"]);

function yesOrNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return yes.has(word) ? true : no.has(word) ? false : undefined;
}
