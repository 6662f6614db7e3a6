/** Publishes what a source says now, as soon as a person has had a hand in it: the zones that take it, and no others. */
import { mayTake } from "../config/selection.ts";
import type { Config, SourceConfig, ZoneConfig } from "../config/types.ts";
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
export async function publishSource(
  store: BuildStore,
  source: SourceConfig,
  { isFirst, dryRun }: { readonly isFirst: boolean; readonly dryRun: boolean },
): Promise<KeptZone[]> {
  const { snapshots, zones } = store;
  const { config } = store.options;
  const taking = zonesTaking(config, source);
  const after = snapshots.current(source.id)?.id;
  const takesEntries = ({ apex }: Pick<ZoneConfig, "apex">): boolean => {
    const id = zones.find(apex);
    return id !== undefined && zones.current(id)?.inputs[source.id] === after;
  };
  // Also where nothing was done now: whoever did it before may have been killed.
  const behind = taking.filter((zone) => !takesEntries(zone));
  const built = behind.length === 0 ? [] : await buildZones(store, isFirst ? config.zones : behind);
  return built.map((outcome) => {
    const isTaking = taking.some(({ apex }) => apex === outcome.apex);
    const isPublished = outcome.error === undefined && outcome.result?.hold === undefined;
    return { ...outcome, isTaking, takesEntries: isTaking && (dryRun ? isPublished : takesEntries(outcome)) };
  });
}
