/** Facts of entries in words, and how they changed. */
import type { Facts } from "../indicator/facts/facts.ts";

const names: readonly (readonly [fact: keyof Facts, name: string])[] = [
  ["category", "category"],
  ["confidence", "confidence"],
  ["tlp", "tlp"],
  ["pap", "pap"],
  ["distribution", "distribution"],
  ["sharingGroup", "sharing group"],
  ["organisation", "organisation"],
  ["campaign", "campaign"],
  ["family", "family"],
  ["event", "event"],
  ["hidesSource", "source hidden"],
];

/** What is known: `category phishing`, `tlp amber` …; `confidenceNow` is what age has left. */
export function factsInWords(facts: Facts, confidenceNow: number | undefined = facts.confidence): string[] {
  return names.flatMap(([fact, name]) => {
    const value = facts[fact];
    if (value === undefined || value === false) return [];
    if (value === true) return [name];
    const now = fact === "confidence" && confidenceNow !== value ? ` (now ${confidenceNow})` : "";
    return [`${name} ${value}${now}`];
  });
}

/** What differs: `tlp clear -> red`. */
export function factChangesInWords(before: Facts, after: Facts): string[] {
  return names.flatMap(([fact, name]) => changeInWords(name, textOf(before[fact]), textOf(after[fact])));
}

/** `reference 1 -> 2`; nothing where both are the same. */
export function changeInWords(name: string, before: string | undefined, after: string | undefined): string[] {
  return before === after ? [] : [`${name} ${before ?? "unknown"} -> ${after ?? "unknown"}`];
}

function textOf(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : value === true ? "yes" : String(value);
}
