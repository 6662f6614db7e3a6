/** The kinds of fetch, as far as what goes for all of them differs. */
import { shownUrl } from "../base/shown-url.ts";
import type { FetchConfig } from "./types.ts";

/** Where a list comes from, as it may be shown. */
export function placeInWords(fetch: FetchConfig): string {
  return fetch.kind === "folder" ? fetch.folder : shownUrl(fetch.url);
}

/** What a list has in common with others that must not be asked at the same time. */
export function hostOf(fetch: FetchConfig): string {
  return fetch.kind === "folder" ? `folder ${fetch.folder}` : new URL(fetch.url).host;
}
