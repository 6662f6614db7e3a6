/** Lists of URLs. A URL names a page, so its exact host is the most that it can give, never anything beneath. */

import { decodeOctets, type Item, readUrlHost, refangDots, rejected, splitScheme, trimItem } from "../item.ts";
import { isComment } from "./domains.ts";
import { cutComment, isBinary, LineParser, trimOctets } from "./line-parser.ts";

/** Schemes whose URLs name a host that is looked up. */
const hostSchemes: ReadonlySet<string> = new Set(["http", "https", "ftp", "ftps", "ws", "wss"]);
/** Only `#` starts a comment here, and only after a blank: `;`, `!` and `//` belong to URLs. */
const inlineComment = /[ \t]#/;

export class UrlsParser extends LineParser {
  protected takePlain(): number {
    return -1;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || isComment(line)) return;
    if (isBinary(line)) {
      this.sink.reject("binary", this.lines, line);
      return;
    }
    const item = cutComment(line, inlineComment);
    const text = decodeOctets(item);
    this.sink.takeItem(text === undefined ? rejected("not-utf8") : readUrl(text), this.lines, item);
  }
}

/** The host of a URL, with or without a scheme, as an item. */
export function readUrl(raw: string): Item {
  const trimmed = trimItem(raw);
  if (/\s/.test(trimmed)) return rejected("free-text");
  const url = splitScheme(trimmed);
  if (url === undefined && /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed)) return rejected("unsupported-scheme");
  if (url !== undefined && !hostSchemes.has(url.scheme)) return rejected("unsupported-scheme");
  // Browsers read a backslash as a slash, other programs as part of the host: nobody can say whose page this is.
  const [authority = ""] = (url?.rest ?? trimmed).split(/[/?#]/, 1);
  if (authority.includes("\\")) return rejected("bad-url");
  const at = authority.lastIndexOf("@");
  // Without a scheme it is a mail address.
  if (at !== -1 && url === undefined) return rejected("userinfo");
  const host = /^(.*?)(?::(\d{0,5}))?$/.exec(refangDots(authority.slice(at + 1)));
  const name = host?.[1] ?? "";
  if (name === "" || Number(host?.[2] ?? 0) > 65_535) return rejected("bad-url");
  if (name.includes(":") && !/^\[[0-9a-f:.]+\]$/i.test(name)) return rejected("bad-url");
  return readUrlHost(name);
}
