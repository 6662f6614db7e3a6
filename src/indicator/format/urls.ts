/** Lists of URLs. A URL names a page, so its exact host is the most that it can give, never anything beneath. */

import type { EntrySink } from "../entry/sink.ts";
import { decodeOctets, readUrl, rejected } from "../item.ts";
import { FilterRules } from "./filter-rules.ts";
import { cutComment, isBinary, LineParser, trimOctets } from "./line-parser.ts";
import { isComment } from "./plain-line.ts";

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
    if (line === "" || isComment(line)) return;
    if (isBinary(line)) {
      this.sink.reject("binary", this.lines, line);
    } else if (line.startsWith("@@")) {
      this.#rules.take(line, this.lines);
    } else {
      const item = cutComment(line, inlineComment);
      const text = decodeOctets(item);
      this.sink.takeItems(
        [text === undefined ? rejected("not-utf8") : readUrl(text, this.sink.role)],
        this.lines,
        item,
      );
    }
  }

  protected override takeEnd(): void {
    this.#rules.settle();
  }
}
