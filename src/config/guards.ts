/** Makes the guard lists in force of the built-in ones and those of the main file, and what each source overrides. */
import { parseUrl } from "../base/shown-url.ts";
import { computedGuardIds, computedGuards } from "../guard/computed.ts";
import { builtInGuards } from "./built-in-guards.ts";
import type { fetchKeys } from "./fetch-schema.ts";
import { type MainFile, noGuards } from "./schema.ts";
import type { ComputedGuardConfig, GuardConfig, GuardListConfig } from "./types.ts";
import type { ZoneConfig } from "./zone-types.ts";

/** An entry of the main file, its path absolute or that of its copy. */
export type GuardEntry = Omit<MainFile["guards"][number], keyof typeof fetchKeys> & Pick<GuardListConfig, "fetch">;

/** The format of a list whose entry says none. */
function formatByName({ from, fetch }: Pick<GuardListConfig, "from" | "fetch">): GuardListConfig["format"] {
  const name = fetch?.kind === "list" ? (fetch.member ?? parseUrl(fetch.url)?.pathname ?? "") : from;
  return /\.json(?:\.(?:gz|zip))?$/i.test(name) ? "warninglist" : "domains";
}

/** Ids of the guards that are in force where the configuration does not say otherwise. */
export const builtInIds: readonly string[] = [...builtInGuards.map(({ id }) => id), ...computedGuardIds];

/**
 * The guards in force: built-in ones first, each as its entry of the same id has it, then the configured ones. An entry
 * without a class or list of its own, which is a fault, is left out.
 */
export function makeGuards(
  guards: readonly GuardEntry[] | typeof noGuards,
  zones: readonly ZoneConfig[],
): GuardConfig[] {
  if (guards === noGuards) return [];
  const entries = new Map(guards.map((entry) => [entry.id, entry]));
  const inForce: GuardConfig[] = [];
  for (const known of builtInGuards) {
    const entry = entries.get(known.id);
    if (entry?.use === false) continue;
    inForce.push(entry === undefined ? known : changedBuiltIn(known, entry));
  }
  for (const computed of computedGuards(zones)) {
    const entry = entries.get(computed.id);
    if (entry?.use === false) continue;
    inForce.push({ ...computed, ...(entry?.zones === undefined ? {} : { zones: entry.zones }), builtIn: true });
  }
  for (const entry of guards) {
    const { from } = entry;
    if (isBuiltIn(entry.id) || !entry.use || from === undefined || entry.class === undefined) continue;
    inForce.push(makeGuard({ ...entry, class: entry.class, from }, entry.format, false));
  }
  return inForce;
}

export function isBuiltIn(id: string): boolean {
  return builtInIds.includes(id);
}

/** Whether a guard has no list. */
export function isComputed(guard: GuardConfig): guard is ComputedGuardConfig {
  return "computed" in guard;
}

/** The guards that have a list. */
export function guardListsOf(guards: readonly GuardConfig[]): GuardListConfig[] {
  return guards.flatMap((guard) => (isComputed(guard) ? [] : [guard]));
}

/** A built-in guard with what an entry says in its place; with a file of its own it is no longer the built-in list. */
function changedBuiltIn(known: GuardListConfig, entry: GuardEntry): GuardListConfig {
  const from = entry.from ?? known.from;
  const format = entry.format ?? (formatByName({ ...entry, from }) === "warninglist" ? undefined : known.format);
  return makeGuard({ ...entry, class: entry.class ?? known.class, from }, format, entry.from === undefined);
}

function makeGuard(
  entry: Omit<GuardEntry, "class" | "from"> & Pick<GuardListConfig, "class" | "from">,
  format: GuardListConfig["format"] | undefined,
  builtIn: boolean,
): GuardListConfig {
  const { id, from, fetch, top, zones, scope } = entry;
  const readAs = format ?? formatByName(entry);
  return {
    id,
    class: entry.class,
    from,
    ...(fetch === undefined ? {} : { fetch }),
    format: readAs,
    ...(top === undefined ? {} : { top }),
    ...(zones === undefined ? {} : { zones }),
    scope,
    // Lists that people write by hand, and whoever wrote them, those of names that are the operator's own to protect.
    strict: entry.strict ?? (!builtIn && (readAs === "domains" || entry.class === "protected")),
    builtIn,
  };
}

/** The guards that a source overrides, by id: those it names, and with `allowPublicSuffix` those of public suffixes. */
export function overridesOf(
  source: { readonly overrideGuards: readonly string[]; readonly allowPublicSuffix: boolean },
  inForce: readonly GuardConfig[],
): string[] {
  const suffixes = source.allowPublicSuffix ? inForce.filter((guard) => guard.class === "public-suffix") : [];
  return [...new Set([...source.overrideGuards, ...suffixes.map(({ id }) => id)])];
}
