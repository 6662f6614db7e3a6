/** Which guards the sources of a configuration override, for reports. */
import type { Config } from "../config/types.ts";

/** What a source overrides of the guards in force. */
export interface Override {
  readonly source: string;
  /** Ids of guards. */
  readonly guards: readonly string[];
}

/** An override in words: `list overrides the guards popular, shared`. */
export function overrideInWords({ source, guards }: Override): string {
  return `${source} overrides the ${guards.length === 1 ? "guard" : "guards"} ${guards.join(", ")}`;
}

/** The overrides in force, in the order of sources. */
export function overridesInForce({ sources, guards }: Pick<Config, "sources" | "guards">): Override[] {
  const known = new Set(guards.map(({ id }) => id));
  return sources
    .map(({ id, overrideGuards }) => ({ source: id, guards: overrideGuards.filter((guard) => known.has(guard)) }))
    .filter(({ guards: overridden }) => overridden.length > 0);
}
