/** Names of the category that is masked, in what commands print, unless somebody asks for them with `--unmask`. */
import type { Config } from "../config/types.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { isMaskedCategory } from "../indicator/facts/masked.ts";
import type { GuardEffect } from "../mill/guard-hits.ts";
import { NameMasks } from "../mill/name-masks.ts";
import { readMaskKey } from "../store/mask-key.ts";
import { keyGiven } from "./entry-rows.ts";
import { nameOf, type Piece } from "./past-source.ts";
import type { Store } from "./store.ts";

export function masksOf(
  { sources, databaseFile }: Pick<Config, "sources" | "databaseFile">,
  { snapshots, ledger, profiles }: Pick<Store, "snapshots" | "ledger" | "profiles">,
): NameMasks {
  const factsOf = (profile: number): Facts => profiles.factsOf(profile);
  return new NameMasks(sources, { snapshots, ledger, factsOf }, () => readMaskKey(databaseFile));
}

/** What stands elsewhere in the place of a name that was given; undefined where it is shown. */
export function maskOf(given: string, masks: NameMasks): string | undefined {
  if (!masks.areAny) return undefined;
  const key = keyGiven(given);
  return masks.isListedMasked(key) ? masks.mask(nameOf(key)) : undefined;
}

/** What masks the names of a source, whose category is that of entries which say none. */
export interface Masking {
  readonly masks: NameMasks;
  readonly category: string | undefined;
}

/** A piece on a name, masked where something that is said of the name has the category. */
export function maskedWhereSaid(
  piece: Piece,
  name: string,
  said: readonly { readonly facts: Facts }[],
  masking: Masking | undefined,
): Piece {
  if (masking === undefined) return piece;
  const { masks, category } = masking;
  return said.some(({ facts }) => isMaskedCategory(facts.category ?? category))
    ? maskedPiece(piece, name, masks)
    : piece;
}

/** A piece in which a name is masked wherever it stands, as in a reference. */
function maskedPiece({ line, value }: Piece, name: string, masks: NameMasks): Piece {
  const mask = masks.mask(name);
  const within = (text: string, written: string): string =>
    text.replace(new RegExp(written.replaceAll(/[\W_]/g, "\\$&"), "gi"), () => mask);
  const quoted = JSON.stringify(name).slice(1, -1);
  return { line: within(line, name), value: JSON.parse(within(JSON.stringify(value), quoted)) as unknown };
}

/** What a guard did to an entry; what the guard lists is shown where it does not hold the name itself. */
export function maskedEffect<Effect extends GuardEffect>(effect: Effect, masks: NameMasks): Effect {
  const { matched, listed, how } = effect;
  if (!masks.areAny || !masks.isMasked(keyGiven(matched))) return effect;
  const shown = how === "beneath" ? listed : masks.mask(listed);
  const { range: _, ...rest } = effect;
  return { ...(rest as Effect), matched: masks.mask(matched), listed: shown };
}
