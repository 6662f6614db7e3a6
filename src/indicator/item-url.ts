/** URLs as items of a list: the host is what a resolver can block, and it is blocked by itself. */
import { parseAddress } from "../rpz/address.ts";
import { type Item, itemOfPrefix, readName, rejected } from "./item-host.ts";
import { refangDots, splitScheme, trimItem } from "./item-text.ts";
import type { Reading } from "./role.ts";

export const portMax = 65_535;

/** The host of a URL without a path, which a list of names may hold; any other URL is a page and not a host. */
export function readBareUrl(host: string, reading: Reading): Item {
  if (/[/?#@:\\]/.test(host)) return rejected("url-in-domain-list");
  return readUrlHost(host, reading);
}

/** The exact host of a URL as an item; whether it is anybody's is the guards' to say. An address to allow may be anybody's. */
function readUrlHost(host: string, reading: Reading = "block"): Item {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) return reading === "allow" ? itemOfPrefix(address, reading) : rejected("url-host-address");
  if (host.includes("*")) return rejected("wildcard");
  const key = readName(host);
  if (!(key instanceof Uint8Array)) return key;
  return { kind: "name", key, written: "url" };
}

/** Schemes whose URLs name a host that is looked up. */
export const hostSchemes: ReadonlySet<string> = new Set(["http", "https", "ftp", "ftps", "ws", "wss"]);

/** The host of a URL, with a scheme, with `//` alone or without both, as an item. */
export function readUrl(raw: string, reading: Reading = "block"): Item {
  const trimmed = trimItem(raw).replace(/^\/\/(?=[^/])/, "");
  if (trimmed === "") return rejected("empty-item");
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url === undefined && /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed)) return rejected("unsupported-scheme");
  if (url !== undefined && !hostSchemes.has(url.scheme)) return rejected("unsupported-scheme");
  // Browsers read a backslash as a slash, other programs as part of the host: nobody can say whose page this is.
  const [authority = ""] = (url?.rest ?? trimmed).split(/[/?#]/, 1);
  if (authority.includes("\\")) return rejected("bad-url");
  const at = authority.lastIndexOf("@");
  // Without a scheme it is a mail address; and before a name that is to be allowed it is somebody's trick.
  if (at !== -1 && (url === undefined || reading === "allow")) return rejected("userinfo");
  const host = /^(.*?)(?::(\d{0,5}))?$/.exec(refangDots(authority.slice(at + 1)));
  const name = host?.[1] ?? "";
  if (name === "" || Number(host?.[2] ?? 0) > portMax) return rejected("bad-url");
  if (name.includes(":") && !/^\[[0-9a-f:.]+\]$/i.test(name)) return rejected("bad-url");
  return readUrlHost(name, reading);
}
