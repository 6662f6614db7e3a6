/** Which entries a zone takes, by what is known of each, and which sources may have such entries. */
import { type Facts, paps, tlps } from "../indicator/facts/facts.ts";
import { hasFacts } from "../indicator/format/format.ts";
import type { SourceConfig } from "./types.ts";
import type { TakeConfig } from "./zone-types.ts";

/** What counts of an entry: what it says itself, else what its source says of all its entries. */
export type Known = Pick<SourceConfig, "category" | "confidence" | "tlp" | "pap"> &
  Pick<Facts, "distribution" | "campaign" | "family" | "event">;

/** Why a zone does not take an entry. */
export type Refusal = "category" | "confidence" | "tlp" | "pap" | "distribution";

/** How a zone selects, but for the sources that it takes by name. */
export type Selecting = Pick<TakeConfig, "categories" | "minConfidence" | "maxTlp" | "maxPap" | "audience" | Belonging>;

/** What an entry may belong to, by the keys of `take` and of its facts. */
const belongings = [
  ["campaigns", "campaign"],
  ["families", "family"],
  ["events", "event"],
] as const satisfies readonly (readonly [keyof TakeConfig, keyof Facts])[];
type Belonging = (typeof belongings)[number][0];

/** Whether an entry belongs to something that a zone takes, whatever its category. */
function belongs(take: Pick<TakeConfig, Belonging>, entry: Known): boolean {
  return belongings.some(([key, fact]) => {
    const names = take[key];
    return names !== undefined && names.includes(entry[fact]?.toLowerCase() ?? "");
  });
}

/** What of these a zone does not take an entry for; undefined where it takes it. `isNamed` is whether it takes the source by id. */
export function refusalOf(take: Selecting, isNamed: boolean, entry: Known): Refusal | undefined {
  if (!isNamed && !take.categories.includes(entry.category) && !belongs(take, entry)) return "category";
  if (entry.confidence < take.minConfidence) return "confidence";
  if (tlps.indexOf(entry.tlp) > tlps.indexOf(take.maxTlp)) return "tlp";
  if (paps.indexOf(entry.pap) > paps.indexOf(take.maxPap)) return "pap";
  const isForFew = entry.distribution === "organisation" || entry.distribution === "sharing-group";
  return isForFew && take.audience === "others" ? "distribution" : undefined;
}

/** Whether entries of a source may say something of themselves. */
function mayState(source: SourceConfig, fact: StatedFact): boolean {
  return source.manual === true || hasFacts(source.format) || source.fields?.[fact] !== undefined;
}
type StatedFact = Exclude<keyof Known, "distribution">;

/** Whether entries of a source may have categories of their own. */
export function hasCategories(source: SourceConfig): boolean {
  return mayState(source, "category");
}

/** Whether a zone may take some entry of a source, if only one that says more of itself than its source does. */
export function mayTake(take: TakeConfig, source: SourceConfig): boolean {
  const { id, category, confidence, tlp, pap } = source;
  const isNamed = take.sources.includes(id);
  const [anyCategory = category] = hasCategories(source) ? take.categories : [];
  const belonging = belongings.find(([key, fact]) => take[key] !== undefined && mayState(source, fact));
  const named = belonging === undefined ? {} : { [belonging[1]]: take[belonging[0]]?.[0] };
  return (
    refusalOf(take, isNamed, {
      category: anyCategory,
      ...named,
      confidence: mayState(source, "confidence") ? 100 : confidence,
      tlp: mayState(source, "tlp") ? "clear" : tlp,
      pap: mayState(source, "pap") ? "clear" : pap,
    }) === undefined
  );
}
