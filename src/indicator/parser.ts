/** One door to all formats: `createParser` gives the push parser of a format, which fills a collector. */
import type { Collector } from "./collector.ts";
import { DomainsParser } from "./domains.ts";
import { EntrySink, type Role, type Scope } from "./entry-sink.ts";
import { HostsParser } from "./hosts.ts";
import type { Parser } from "./line-parser.ts";
import type { Rejects } from "./rejects.ts";

export type { Parser } from "./line-parser.ts";

export type ListFormat = "domains" | "hosts";

export interface ParseOptions {
  readonly format: ListFormat;
  /** Left out, plain names are exact and `*.name` is a subtree. Formats that state a scope line by line keep theirs. */
  readonly scope?: Scope;
  readonly role: Role;
}

/** The parser of one source. It takes any octets, throws on none, and writes to `collector` and `rejects` as it goes. */
export function createParser(options: ParseOptions, collector: Collector, rejects: Rejects): Parser {
  const sink = new EntrySink(collector, rejects, options.role, options.scope);
  switch (options.format) {
    case "domains":
      return new DomainsParser(sink);
    case "hosts":
      return new HostsParser(sink);
  }
}
