/**
 * Bounds how many profiles a source makes, so that one whose every row has other facts fills neither tables nor memory. What
 * decides whether a zone takes an entry, and who may see it, is kept or becomes narrower, never wider.
 */
import type { Facts } from "../../indicator/facts/facts.ts";
import { known } from "../../indicator/facts/report.ts";
import type { ProfileNumbers } from "./compile.ts";

/** Profiles of a source from which on new ones do not say who reported it and what it belongs to: zones take less by these. */
const withTextsMax = 50_000;
/** Profiles of a source from which on new ones have one category for all, and a confidence in steps. */
const withCategoriesMax = 100_000;
/** In place of the category that an entry says of itself: no zone takes it by that, nor by the one of the source. */
export const cutCategory = "too-many-categories";
/** A confidence is cut down to a multiple of this. */
const confidenceStep = 5;

/** What is known of the profiles there are. */
export interface KnownProfiles {
  /** Whether a combination has a number already. */
  has(facts: Facts): boolean;
  /** How many there are, of all sources. */
  count(): number;
  /** How many the rows of the source have. */
  countOfSource(): number;
}

export interface BoundedProfile {
  readonly number: number;
  /** What the facts say that the profile does not, in words; undefined where it says all. */
  readonly cut: string | undefined;
}

export class BoundedProfiles {
  readonly #numbers: Pick<ProfileNumbers, "numberOf">;
  readonly #known: KnownProfiles;
  readonly #limits: readonly [number, number];
  readonly #made = new Set<string>();
  #before: Before | undefined;

  /** `limits` are those above, for tests. */
  constructor(
    numbers: Pick<ProfileNumbers, "numberOf">,
    knownProfiles: KnownProfiles,
    limits: readonly [number, number] = [withTextsMax, withCategoriesMax],
  ) {
    this.#numbers = numbers;
    this.#known = knownProfiles;
    this.#limits = limits;
  }

  of(facts: Facts): BoundedProfile {
    const [withTexts, withCategories] = this.#limits;
    if (this.#has(facts) || this.#mayMake(withTexts)) return this.#give(facts, undefined);
    const { organisation, campaign, family, event, ...deciding } = facts;
    const texts = [
      said("organisation", organisation),
      said("campaign", campaign),
      said("family", family),
      said("event", event),
    ];
    if (this.#has(deciding) || this.#mayMake(withCategories)) return this.#give(deciding, texts);
    const { category, confidence, sharingGroup, ...markings } = deciding;
    const coarse = known({
      ...markings,
      category: category === undefined ? undefined : cutCategory,
      confidence: confidence === undefined ? undefined : confidence - (confidence % confidenceStep),
    });
    return this.#give(coarse, [said("category", category), said("sharing group", sharingGroup), ...texts]);
  }

  #give(facts: Facts, cut: readonly (string | undefined)[] | undefined): BoundedProfile {
    if (!this.#has(facts)) this.#made.add(JSON.stringify(facts));
    const words = (cut ?? []).filter((text) => text !== undefined).join("; ");
    return { number: this.#numbers.numberOf(facts), cut: words === "" ? undefined : words };
  }

  #has(facts: Facts): boolean {
    return this.#made.has(JSON.stringify(facts)) || this.#known.has(facts);
  }

  #mayMake(max: number): boolean {
    this.#before ??= { count: this.#known.count(), made: 0, isOfSource: false };
    if (this.#total(this.#before) >= max && !this.#before.isOfSource) {
      // All rows are read for that, once. Some of those that were made now may be among them: so a source may go beyond its
      // limit in one reading, by no more than twice, and in no other.
      const { size } = this.#made;
      this.#before = { count: Math.max(this.#known.countOfSource(), size), made: size, isOfSource: true };
    }
    return this.#total(this.#before) < max;
  }

  #total({ count, made }: Before): number {
    return count + this.#made.size - made;
  }
}

/** Profiles that there were when so many had been made: those of the source, or of all sources while these are few enough. */
interface Before {
  readonly count: number;
  readonly made: number;
  readonly isOfSource: boolean;
}

function said(what: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${what}: ${text}`;
}
