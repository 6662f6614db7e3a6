/** Lists of URLs. A URL names a page, so its exact host is the most that it can give, never anything beneath. */

import { flag } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { rejected } from "../item-host.ts";
import { decodeOctets, splitScheme } from "../item-text.ts";
import { readUrl } from "../item-url.ts";
import { FilterRules } from "./filter-rules.ts";
import { cutComment, isBinary, LineParser, trimOctets } from "./line-parser.ts";
import { isRelativeUrl, takeComment } from "./plain-line.ts";

/** Only `#` starts a comment here, and only after a blank: `;`, `!` and `//` belong to URLs. */
const inlineComment = /[ \t]#/;

export class UrlsParser extends LineParser {
  readonly #rules: FilterRules;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
  }

  protected takePlain(): number {
    return -1;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || (!isRelativeUrl(line) && takeComment(this.sink, line, this.lines))) return;
    if (isBinary(line)) {
      this.sink.reject("binary", this.lines, line);
    } else if (line.startsWith("@@")) {
      const url = exceptionUrl(line);
      if (url === undefined) this.#rules.take(line, this.lines);
      else this.#takeException(url, line);
    } else {
      const item = cutComment(line, inlineComment);
      const text = decodeOctets(item);
      this.sink.takeItems(
        [text === undefined ? rejected("not-utf8") : readUrl(text, this.sink.reading)],
        this.lines,
        item,
      );
    }
  }

  /** A URL blocks its host alone, so one that is taken out takes out that. */
  #takeException(url: string, line: string): void {
    const text = decodeOctets(url);
    const host = text === undefined ? rejected("not-utf8") : readUrl(text, "allow");
    this.sink.takeRule(host, flag.exemptSelf, this.lines, line);
  }

  protected override takeEnd(): void {
    this.#rules.settle();
  }
}

/** The URL of an exception, with a scheme or a path; undefined where the exception is a rule about a name. */
function exceptionUrl(line: string): string | undefined {
  const url = cutComment(line, inlineComment).replace(/^@@\|?(?!\|)/, "");
  const isUrl = splitScheme(url) !== undefined || /^[^/|@][^|@]*\//.test(url);
  return isUrl ? url : undefined;
}
