/** What a list says of a name under each of its profiles, in words and as objects, and how that changed. */
import type { Statements } from "../indicator/entry/statements.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import type { Role } from "../indicator/role.ts";
import { factChangesInWords, factsInWords } from "./fact-words.ts";
import { wordsOfFlags } from "./past-source.ts";

/** One thing that is said of a name. */
export interface SaidOfName {
  readonly says: readonly string[];
  readonly facts: Facts;
}

type FactsOf = (profile: number) => Facts;

export function saidOf({ count, flags, profiles }: Statements, role: Role, factsOf: FactsOf): SaidOfName[] {
  return Array.from({ length: count }, (_, i) => ({
    says: wordsOfFlags(flags[i] as number, role),
    facts: factsOf(profiles[i] as number),
  }));
}

/** `exact (tlp red); exact (tlp green)`; without facts, what is said joined: `exact, exception subtree`. */
export function saidInWords(said: readonly SaidOfName[]): string {
  if (!haveFacts(said)) {
    return [...new Set(said.flatMap(({ says }) => says))].join(", ");
  }
  return said.map(oneInWords).join("; ");
}

/** Whether something is known besides that the name is listed. */
export function haveFacts(said: readonly SaidOfName[]): boolean {
  return said.some(({ facts }) => Object.keys(facts).length > 0);
}

function oneInWords({ says, facts }: SaidOfName): string {
  const words = factsInWords(facts);
  return words.length === 0 ? says.join(", ") : `${says.join(", ")} (${words.join(", ")})`;
}

/** `exact -> subtree`; where one thing is said and its facts alone changed, these: `exact, tlp clear -> red`. */
export function changeOfSaidInWords(before: readonly SaidOfName[], after: readonly SaidOfName[]): string {
  const isSame = (a: SaidOfName, b: SaidOfName): boolean => JSON.stringify(a) === JSON.stringify(b);
  const [was] = before;
  const [is] = after;
  if (before.length === 1 && after.length === 1 && was !== undefined && is !== undefined) {
    const facts = factChangesInWords(was.facts, is.facts);
    const [a, b] = [was.says.join(", "), is.says.join(", ")];
    if (facts.length > 0) return [a === b ? a : `${a} -> ${b}`, ...facts].join(", ");
  }
  // What is said still need not be said twice.
  const went = before.filter((one) => !after.some((other) => isSame(one, other)));
  const came = after.filter((one) => !before.some((other) => isSame(one, other)));
  if (went.length === 0) return `also ${saidInWords(came)}`;
  if (came.length === 0) return `no longer ${saidInWords(went)}`;
  return `${saidInWords(went)} -> ${saidInWords(came)}`;
}
