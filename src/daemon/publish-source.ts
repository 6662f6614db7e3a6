/** Publishes what a source says now, as soon as a person has had a hand in it: the zones that take it, and no others. */
import { mayTake } from "../config/selection.ts";
import type { Config, SourceConfig } from "../config/types.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import { type BuildStore, buildZones, type ZoneOutcome } from "./build.ts";

export interface KeptZone extends ZoneOutcome {
  /** Whether the zone takes the source: others are built beside those where some were never built. */
  readonly isTaking: boolean;
  /** Whether what is served takes in what the source says now. */
  readonly takesEntries: boolean;
}

/** Zones that take a source. */
export function zonesTaking({ zones }: Pick<Config, "zones">, source: SourceConfig): readonly ZoneConfig[] {
  return zones.filter((zone) => mayTake(zone.take, source));
}

/** Whether a zone that takes the source was never built: guards and allow lists must be read before it is. */
export function isFirstBuild({ zones }: BuildStore, taking: readonly ZoneConfig[]): boolean {
  return taking.some(({ apex }) => {
    const id = zones.find(apex);
    return id === undefined || zones.current(id) === undefined;
  });
}

/** Builds the zones that take a source and are behind it; where `isFirst`, all of them. */
export function publishSource(
  store: BuildStore,
  source: SourceConfig,
  how: { readonly isFirst: boolean; readonly dryRun: boolean },
): Promise<KeptZone[]> {
  return publishSources(store, [source], how);
}

/** The same of several sources. */
export async function publishSources(
  store: BuildStore,
  sources: readonly SourceConfig[],
  { isFirst, dryRun }: { readonly isFirst: boolean; readonly dryRun: boolean },
): Promise<KeptZone[]> {
  const { snapshots, zones } = store;
  const { config } = store.options;
  const taking = config.zones.filter(({ take }) => sources.some((source) => mayTake(take, source)));
  const takesEntries = (zone: ZoneConfig): boolean => {
    const id = zones.find(zone.apex);
    const inputs = id === undefined ? undefined : zones.current(id)?.inputs;
    const own = sources.filter((source) => mayTake(zone.take, source));
    return inputs !== undefined && own.every((source) => inputs[source.id] === snapshots.current(source.id)?.id);
  };
  // Also where nothing was done now: whoever did it before may have been killed.
  const behind = taking.filter((zone) => !takesEntries(zone));
  const built = behind.length === 0 ? [] : await buildZones(store, isFirst ? config.zones : behind);
  return built.map((outcome) => {
    const zone = taking.find(({ apex }) => apex === outcome.apex);
    const isPublished = outcome.error === undefined && outcome.result?.hold === undefined;
    const takes = zone !== undefined && (dryRun ? isPublished : takesEntries(zone));
    return { ...outcome, isTaking: zone !== undefined, takesEntries: takes };
  });
}
