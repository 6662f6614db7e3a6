/**
 * What a zone does with an entry, as a number: its rank, which stands for a source and an action. A source whose entries
 * have no categories of their own has one rank; others have one for each action of the zone. So sets of ranks are a word or
 * two, however many profiles there are, and what a profile comes to is looked up in a table that is filled as profiles
 * are met.
 *
 * Where several ranks speak of one name, the first decides: by source as the policy ranks them, and within a source in the
 * order in which the zone's configuration gives the actions.
 */
import type { Facts } from "../indicator/facts/facts.ts";
import { actionFor, type PolicySource, type ZonePolicy } from "./policy.ts";

/** What the profile of an entry stands for. */
export type FactsOf = (profile: number) => Facts;

/** In the place of a rank: the zone does not take the entry. */
export const notTaken = -1;
/** The profile was not met yet. */
const unresolved = -2;
/** Profiles from here on are looked up one by one, so that a high number costs no more than others. */
const tableProfilesMax = 65_536;

export class Ranks {
  readonly count: number;
  /** Words of 32 bits that a set of ranks takes. */
  readonly words: number;
  /** Of each rank: the number of its source in the policy, and its action. */
  readonly sources: Int32Array;
  readonly actions: Int32Array;
  /** Of each source: its first rank; one more at the end. */
  readonly #first: Int32Array;
  /** Of each source: ranks by profile, and those of profiles beyond the tables. */
  readonly #tables: Int32Array[];
  readonly #beyond: readonly Map<number, number>[];
  readonly #policy: Pick<ZonePolicy, "sources" | "selection">;
  readonly #factsOf: FactsOf;

  constructor(policy: Pick<ZonePolicy, "sources" | "selection">, factsOf: FactsOf) {
    this.#policy = policy;
    this.#factsOf = factsOf;
    const ofSources = policy.sources.map((source) => actionsOf(policy, source));
    this.actions = Int32Array.from(ofSources.flat());
    this.sources = Int32Array.from(ofSources.flatMap((actions, source) => actions.map(() => source)));
    this.count = this.actions.length;
    this.words = Math.max(1, Math.ceil(this.count / 32));
    this.#first = new Int32Array(ofSources.length + 1);
    ofSources.forEach((actions, source) => {
      this.#first[source + 1] = (this.#first[source] as number) + actions.length;
    });
    this.#tables = ofSources.map(() => new Int32Array(1).fill(unresolved));
    this.#beyond = ofSources.map(() => new Map());
  }

  /** The rank of an entry of a source, or `notTaken`. */
  rankOf(source: number, profile: number): number {
    const table = this.#tables[source] as Int32Array;
    const rank = profile < table.length ? (table[profile] as number) : unresolved;
    return rank === unresolved ? this.#resolve(source, profile) : rank;
  }

  /** The first rank of a source; its ranks end where those of the next begin. */
  firstOf(source: number): number {
    return this.#first[source] as number;
  }

  /** Adds all ranks of a source to a set. */
  addAll(source: number, set: Int32Array): void {
    const end = this.#first[source + 1] as number;
    for (let rank = this.#first[source] as number; rank < end; rank++) {
      set[rank >> 5] = (set[rank >> 5] as number) | (1 << (rank & 31));
    }
  }

  #resolve(source: number, profile: number): number {
    const known = this.#beyond[source]?.get(profile);
    if (known !== undefined) return known;
    const { sources, selection } = this.#policy;
    const action = actionFor(selection, sources[source] as PolicySource, this.#factsOf(profile));
    const rank = typeof action === "number" ? this.#rankOfAction(source, action) : notTaken;
    if (profile < tableProfilesMax) this.#note(source, profile, rank);
    else this.#beyond[source]?.set(profile, rank);
    return rank;
  }

  #note(source: number, profile: number, rank: number): void {
    let table = this.#tables[source] as Int32Array;
    if (profile >= table.length) {
      const grown = new Int32Array(Math.max(profile + 1, 2 * table.length)).fill(unresolved);
      grown.set(table);
      this.#tables[source] = table = grown;
    }
    table[profile] = rank;
  }

  #rankOfAction(source: number, action: number): number {
    const end = this.#first[source + 1] as number;
    for (let rank = this.#first[source] as number; rank < end; rank++) if (this.actions[rank] === action) return rank;
    throw new Error(`Cannot rank action ${action} of a source that has ${end - this.firstOf(source)} ranks`);
  }
}

/** What a zone does with entries of a source, the first action before the others. */
function actionsOf({ selection }: Pick<ZonePolicy, "selection">, source: PolicySource): number[] {
  if (!source.hasCategories) return [source.action];
  const { byCategory, byDefault } = selection;
  return [...new Set([...byCategory.map(([, action]) => action), byDefault])];
}
