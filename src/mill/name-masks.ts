/**
 * Which names of a zone's rules are of the category that is masked, by what all sources say of them and of the names above. A name
 * that no source has any more may have been one of these, where a source is of that category.
 */

import { hasCategories } from "../config/selection.ts";
import type { SourceConfig } from "../config/types.ts";
import { keyOfText, labelEnds } from "../dns/name.ts";
import { EntryCursor } from "../indicator/entry/block.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { isMaskedCategory, maskedName } from "../indicator/facts/masked.ts";
import { addressKey, prefixOfKey } from "../rpz/address.ts";
import { isAddressTrigger } from "../rpz/label.ts";
import { keyInSection, restOfKey, triggerOfKey } from "../rpz/section.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Snapshots } from "../store/snapshots.ts";
import { prefixesAround } from "./look.ts";
import { type FirstNames, ruleChangeKinds } from "./rule-changes.ts";

interface MaskStore {
  readonly snapshots: Snapshots;
  readonly ledger: Pick<Ledger, "sourceOf" | "rowsAt">;
  readonly factsOf: (profile: number) => Facts;
}

export class NameMasks {
  readonly #store: MaskStore;
  readonly #keyOf: () => Uint8Array | undefined;
  /** Sources that are of the category, and those whose entries may be. */
  readonly #ofCategory: readonly string[];
  readonly #mixed: readonly string[];
  readonly #others: readonly string[];

  /** @param keyOf asked for the key once a name is masked */
  constructor(sources: readonly SourceConfig[], store: MaskStore, keyOf: () => Uint8Array | undefined) {
    this.#store = store;
    this.#keyOf = keyOf;
    const isOf = ({ category }: SourceConfig): boolean => isMaskedCategory(category);
    this.#ofCategory = sources.filter(isOf).map(({ id }) => id);
    this.#mixed = sources.filter((source) => hasCategories(source)).map(({ id }) => id);
    this.#others = sources.filter((source) => !isOf(source)).map(({ id }) => id);
  }

  /** Whether any name may be masked. */
  get areAny(): boolean {
    return this.#ofCategory.length + this.#mixed.length > 0;
  }

  /** A rule's name, relative to the apex, as it is shown. */
  shown(name: string): string {
    return this.areAny && this.isMasked(keyOfText(name)) ? this.mask(name) : name;
  }

  /** What is shown in the place of a name that is of the category. */
  mask(name: string): string {
    return maskedName(name, this.#keyOf());
  }

  /** The same of the first names of each kind. */
  shownFirst(first: FirstNames): FirstNames {
    if (!this.areAny) return first;
    const shown = ruleChangeKinds.map((kind) => [kind, first[kind].map((name) => this.shown(name))] as const);
    return Object.fromEntries(shown) as unknown as FirstNames;
  }

  /** Whether the rule or the entry of a key is of the category. */
  isMasked(key: Uint8Array): boolean {
    if (this.isListedMasked(key)) return true;
    const keys = keysAround(key);
    return this.#ofCategory.length > 0 && !this.#others.some((source) => this.#lists(source, keys));
  }

  /** The same by what is listed now alone. */
  isListedMasked(key: Uint8Array): boolean {
    const keys = keysAround(key);
    return (
      this.#ofCategory.some((source) => this.#lists(source, keys)) ||
      this.#mixed.some((source) => this.#reports(source, keys))
    );
  }

  #lists(source: string, keys: readonly Uint8Array[]): boolean {
    const snapshot = this.#store.snapshots.current(source);
    if (snapshot === undefined) return false;
    const cursor = new EntryCursor(this.#store.snapshots.blocks(snapshot.id));
    return keys.some((key) => {
      cursor.seek(key);
      return cursor.isAt(key);
    });
  }

  /** Whether a source ever reported one of the keys so, withdrawn or not. */
  #reports(source: string, keys: readonly Uint8Array[]): boolean {
    const { ledger, factsOf } = this.#store;
    const known = ledger.sourceOf(source);
    if (known === undefined) return false;
    return keys.some((key) =>
      ledger.rowsAt(known.source, key).some(({ profile }) => isMaskedCategory(factsOf(profile).category)),
    );
  }
}

/** The key and those of the names above it, or of the prefixes that hold it. */
function keysAround(key: Uint8Array): Uint8Array[] {
  const trigger = triggerOfKey(key);
  if (isAddressTrigger(trigger)) {
    const prefix = prefixOfKey(key);
    return prefix === undefined ? [key] : prefixesAround(prefix).map((one) => addressKey(one, trigger));
  }
  const name = restOfKey(trigger, key);
  return labelEnds(name).map((end) => keyInSection(trigger, name.subarray(0, end)));
}
