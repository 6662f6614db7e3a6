/** One door to the formats of guard lists: the push parser of a format, which fills a collector. */
import type { Collector } from "../../indicator/entry/collector.ts";
import type { Parser } from "../../indicator/format/line-parser.ts";
import type { Rejects } from "../../indicator/rejects.ts";
import { GuardDomainsParser } from "./domains.ts";
import type { GuardParseOptions } from "./format.ts";
import { GuardSink } from "./guard-sink.ts";
import { PublicSuffixesParser } from "./public-suffixes.ts";
import { RanksParser } from "./ranks.ts";
import { WarninglistParser } from "./warninglist.ts";

/**
 * The parser of one guard list. It takes any octets, throws on none, and writes entries with the bits of `guardFlag`.
 * `domains` may be read in parts that are cut at line feeds, each by a parser of its own.
 */
export function createGuardParser(options: GuardParseOptions, collector: Collector, rejects: Rejects): Parser {
  const sink = new GuardSink(collector, rejects, options.scope);
  switch (options.format) {
    case "domains":
      return new GuardDomainsParser(sink);
    case "ranks":
      return new RanksParser(sink, options.top);
    case "warninglist":
      return new WarninglistParser(sink);
    case "public-suffixes":
      return new PublicSuffixesParser(sink);
  }
}
