/** URLs as they may be printed and kept: without what may be a secret in them. */

/** Characters of one that are printed; a server chooses how long its redirects are. */
const shownMax = 300;

/**
 * A URL without user, password and fragment, and with `…` for each value of its query. What cannot be read as a URL is `…` as a
 * whole, since nobody can say what it holds.
 */
export function shownUrl(text: string | URL): string {
  const url = typeof text === "string" ? parseUrl(text) : text;
  if (url === undefined) return "…";
  const userinfo = url.username === "" && url.password === "" ? "" : "…@";
  const shown = `${url.protocol}//${userinfo}${url.host}${url.pathname}${shownQuery(url.search)}`;
  return shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown;
}

/** A name without a value may be a token itself. */
function shownQuery(search: string): string {
  if (search === "") return "";
  const parts = search.slice(1).split("&");
  return `?${parts.map((part) => (part.includes("=") ? `${part.slice(0, part.indexOf("="))}=…` : "…")).join("&")}`;
}

/** The URL that a text is; undefined where it is none. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
}
