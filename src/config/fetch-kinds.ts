/** The kinds of fetch, as far as what goes for all of them differs. */
import { endpointToText } from "../base/endpoint.ts";
import { shownUrl } from "../base/shown-url.ts";
import type { FetchConfig, ListenConfig, TransferFetchConfig } from "./types.ts";

/** Where a list comes from, as it may be shown. */
export function placeInWords(fetch: FetchConfig): string {
  if (fetch.kind === "folder") return fetch.folder;
  return fetch.kind === "transfer" ? zoneInWords(fetch) : shownUrl(fetch.url);
}

/** What a list has in common with others that must not be asked at the same time. */
export function hostOf(fetch: FetchConfig): string {
  if (fetch.kind === "folder") return `folder ${fetch.folder}`;
  return fetch.kind === "transfer" ? endpointToText(firstOf(fetch)) : new URL(fetch.url).host;
}

function zoneInWords(fetch: TransferFetchConfig): string {
  return `${fetch.apex} from ${fetch.primaries.map(endpointToText).join(", ")}`;
}

function firstOf({ primaries }: TransferFetchConfig): ListenConfig {
  return primaries[0] as ListenConfig;
}
