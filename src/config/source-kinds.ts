/** Sources by where their entries come from: lists that are read, and entries that people keep. */
import { hasFacts } from "../indicator/format/format.ts";
import type { AllowConfig, Config, ListSourceConfig, ManualSourceConfig, SourceConfig } from "./types.ts";

/** Of a manual source's snapshot, in the place of a list's format, and of the fingerprint of what was read of it. */
export const manualFormat = "manual";

export function isManual(source: SourceConfig): source is ManualSourceConfig {
  return source.manual === true;
}

function isList(source: SourceConfig): source is ListSourceConfig {
  return !isManual(source);
}

/** Whether a source reports each of its entries, with facts or as one of the files of a folder, so that each is a row of the ledger. */
export function hasRows(list: Pick<ListSourceConfig, "format" | "fields" | "fetch">): boolean {
  return list.fields !== undefined || hasFacts(list.format) || list.fetch?.kind === "folder";
}

/** Sources that have a list, then allow lists: all that names a file and holds indicators. */
export function indicatorListsOf({
  sources,
  allow,
}: Pick<Config, "sources" | "allow">): readonly (ListSourceConfig | AllowConfig)[] {
  return [...sources.filter(isList), ...allow];
}
