/** Whether a field of an object seems to be what a fact is called now that the object lacks under its usual key. */
import { editDistance } from "../../base/edit-distance.ts";
import type { FactField } from "../facts/columns.ts";
import { papOf, papPrefix, tlpOf, tlpPrefix } from "../facts/facts.ts";
import { yesOrNo } from "../yes-no.ts";

/** Names that lists use for a fact, without separators. */
const usualNames: Readonly<Partial<Record<FactField, readonly string[]>>> = {
  tlp: ["tlp", "tlplevel", "marking", "markings", "tlpmarking", "trafficlight", "trafficlightprotocol"],
  pap: ["pap", "paplevel"],
  distribution: ["distribution", "distributionlevel"],
  validUntil: (
    "until validuntil validto validthrough expires expiresat expireson expiry expirydate expirytime expiration " +
    "expirationdate expirationtime enddate endtime notafter"
  ).split(" "),
  revoked: ["revoked", "isrevoked", "withdrawn", "iswithdrawn", "retracted", "isretracted"],
};

/** Names that are common for other things, so that they count only with a value of the kind. */
const doubtfulNames: Readonly<
  Partial<Record<FactField, { names: readonly string[]; fits: (value: string) => boolean }>>
> = {
  tlp: { names: ["classification", "class", "color", "colour"], fits: (value) => tlpOf(value) !== undefined },
  pap: { names: ["permissibleactions"], fits: (value) => papOf(value) !== undefined },
  validUntil: { names: ["end", "ends", "endsat"], fits: (value) => /\d{4}/.test(value) },
};

/** Combinations of a fact and a name that are remembered. */
const rememberedMax = 4096;

export class RenamedFields {
  /** By fact, its keys without those that lead through other objects: these have no place among an object's own fields. */
  readonly #words: ReadonlyMap<FactField, readonly string[]>;
  readonly #remembered = new Map<string, boolean>();

  /** `columns` has the keys to each fact, joined by dots. */
  constructor(columns: ReadonlyMap<FactField, readonly string[]>) {
    this.#words = new Map([...columns].map(([field, keys]) => [field, keys.filter((key) => !key.includes("."))]));
  }

  /** `name` is one key of an object, or two joined by a dot. */
  seemsToBe(field: FactField, name: string, value: string): boolean {
    if (value.trim() === "") return false;
    // What is not revoked, or has no end, is as where nothing is said.
    if ((field === "revoked" || field === "validUntil") && yesOrNo(value) === false) return false;
    if (this.#isCalledSo(field, name) || isMarking(field, value)) return true;
    const doubtful = doubtfulNames[field];
    return doubtful?.names.includes(plainName(name.slice(name.indexOf(".") + 1))) === true && doubtful.fits(value);
  }

  #isCalledSo(field: FactField, name: string): boolean {
    const key = `${field} ${name}`;
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined) return remembered;
    const words = this.#words.get(field) ?? [];
    const known = [...words.map(plainName), ...(usualNames[field] ?? [])];
    const isCalledSo =
      words.some((word) => `_${name}_`.includes(`_${word}_`)) ||
      name.split(".").some((part) => known.some((word) => isNearly(plainName(part), word)));
    if (this.#remembered.size < rememberedMax && name.length <= 64) this.#remembered.set(key, isCalledSo);
    return isCalledSo;
  }
}

const plainName = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Whether a name is a word, or a misspelling of it; of short words, every misspelling is another word. */
function isNearly(name: string, word: string): boolean {
  const editsMax = word.length < 5 ? 0 : word.length < 10 ? 1 : 2;
  return Math.abs(name.length - word.length) <= editsMax && editDistance(name, word) <= editsMax;
}

/** Levels that are worth a doubt where they stand alone: the others lose nothing, and are common words. */
const strictLevels: ReadonlySet<string | undefined> = new Set(["amber", "amber+strict", "red"]);

/** Whether a value is a marking as a whole, or starts as one that names its protocol. */
function isMarking(field: FactField, value: string): boolean {
  if (field !== "tlp" && field !== "pap") return false;
  const prefix = field === "tlp" ? tlpPrefix : papPrefix;
  if (/[\s:_-]/.test(value) && prefix.test(value.trim().toLowerCase())) return true;
  return strictLevels.has(field === "tlp" ? tlpOf(value) : papOf(value));
}
