/** Which lists of a configuration are for which of its zones. */
import type { SourceConfig } from "./types.ts";
import type { ZoneConfig } from "./zone-types.ts";

/** Whether an allow list or guard is for a zone; without `zones` it is for all. */
export function isForZone(list: { readonly zones?: readonly string[] }, { apex }: Pick<ZoneConfig, "apex">): boolean {
  return list.zones === undefined || list.zones.includes(apex);
}

/** Whether a zone names a source, by its id or its category. */
export function namesSource(
  { take }: Pick<ZoneConfig, "take">,
  { id, category }: Pick<SourceConfig, "id" | "category">,
): boolean {
  return take.sources.includes(id) || take.categories.includes(category);
}
