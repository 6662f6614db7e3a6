/** What a list is for, and how wide its entries are: what every reader of lists has to know. */

/** `block` for a source of indicators, `allow` for a list of names that must not be blocked. */
export type Role = "block" | "allow";
/**
 * As what the items of a list are read: `allow` may be as wide as it likes, `clients` are addresses that resolvers are queried
 * from, and of `any-trigger` each entry is judged once its trigger is known.
 */
export type Reading = Role | "clients" | "any-trigger";
/** What an entry stands for: `exact`, the name alone; `subtree`, the name and everything beneath it. */
export const scopes = ["exact", "subtree"] as const;
export type Scope = (typeof scopes)[number];
/** What `*.name` says in formats without a scope of their own: the name with all beneath, or only what is beneath. */
export type Wildcard = "subtree" | "strict";
/** As most lists and the tools that read them mean it. */
export const wildcardDefault: Wildcard = "subtree";
/** What a policy zone's rule that answers with data of its own is to a source. */
export type LocalDataMeaning = "block" | "reject";
/** What a rule with a given target is to a source, where its configuration says so. */
export const targetMeanings = ["block", "allow", "reject"] as const;
export type TargetMeaning = (typeof targetMeanings)[number];
/** By target, the name of a CNAME or an address: in lower case, without a final dot. */
export type TargetMeanings = Readonly<Record<string, TargetMeaning>>;
/** Whom a provider leads to its walled garden it holds to be malicious, and its garden is not ours. */
export const localDataDefault: LocalDataMeaning = "block";
