/** One door to all formats: `createParser` gives the push parser of a format, which fills a collector. */

import type { Collector } from "../entry/collector.ts";
import { EntrySink, type SinkOptions } from "../entry/sink.ts";
import type { FactColumns, FactReading } from "../facts/columns.ts";
import type { Rejects } from "../rejects.ts";
import type { Reading } from "../role.ts";
import { AdblockParser } from "./adblock.ts";
import { CsvParser } from "./csv.ts";
import { DnsmasqParser } from "./dnsmasq.ts";
import { DomainsParser } from "./domains.ts";
import type { ReadFormat } from "./format.ts";
import { HostsParser } from "./hosts.ts";
import { JsonParser } from "./json.ts";
import type { Parser } from "./line-parser.ts";
import { MispParser, type MispReading } from "./misp.ts";
import { RpzParser } from "./rpz.ts";
import { StixParser, type StixReading } from "./stix.ts";
import type { Where } from "./table.ts";
import { type ListTriggers, listTriggersDefault, TriggerParser } from "./triggers.ts";
import { UnboundParser } from "./unbound.ts";
import { UrlsParser } from "./urls.ts";

export interface ParseOptions extends SinkOptions {
  /** `auto` is for `detectFormat` to turn into one of these. */
  readonly format: ReadFormat;
  /** csv: the column's header, in any letter case, or its number from 1. json: the field of an object. */
  readonly column?: string | number | undefined;
  /** json: where the array stands, as in `data.domains`. */
  readonly path?: string | undefined;
  /** csv, json: a row counts only where each of these columns or fields has one of the values. */
  readonly where?: Where | undefined;
  /** csv, json: where a row has its facts; with it, each entry has a report in `collector.reports`. */
  readonly fields?: FactColumns | undefined;
  /** What names and addresses are compared with where neither a row nor a rule says it; absent: `listTriggersDefault`. */
  readonly triggers?: ListTriggers | undefined;
  /** csv, json: how the facts are written. */
  readonly factReading?: FactReading | undefined;
  /** misp: which attributes are taken, and how. */
  readonly misp?: MispReading | undefined;
  /** stix: how it is read. */
  readonly stix?: StixReading | undefined;
  /** Whether names under a top-level domain that does not exist are kept, and only counted; true where absent. */
  readonly keepsUnknownTld?: boolean;
}

/**
 * The parser of one source. It takes any octets, throws on none, and writes to `collector` and `rejects` as it goes; the
 * entries are final after `end()`, and until then no one else may add to the collector. `domains` and `hosts` may be read
 * in parts that are cut at line feeds, each by a parser of its own, unless one of them says that it `bindsLines`.
 */
export function createParser(options: ParseOptions, collector: Collector, rejects: Rejects): Parser {
  const { triggers = listTriggersDefault, fields, role } = options;
  const hasTriggers = fields?.trigger !== undefined;
  if (!hasTriggers && options.triggers === undefined)
    return parserOf(options, new EntrySink(collector, rejects, options));
  const ofAddresses: Reading = triggers.addresses === "client-ip" && role === "block" ? "clients" : role;
  const reading: Reading = hasTriggers && role === "block" ? "any-trigger" : ofAddresses;
  const sink = new EntrySink(collector, rejects, { ...options, reading });
  return new TriggerParser(parserOf(options, sink), collector, rejects, triggers, reading);
}

function parserOf(options: ParseOptions, sink: EntrySink): Parser {
  switch (options.format) {
    case "domains":
      return new DomainsParser(sink);
    case "hosts":
      return new HostsParser(sink);
    case "adblock":
      return new AdblockParser(sink);
    case "dnsmasq":
      return new DnsmasqParser(sink);
    case "unbound":
      return new UnboundParser(sink);
    case "rpz":
      return new RpzParser(sink);
    case "csv":
      return new CsvParser(sink, options);
    case "json":
      return new JsonParser(sink, options);
    case "urls":
      return new UrlsParser(sink);
    case "misp":
      return new MispParser(sink, options.misp ?? {});
    case "stix":
      return new StixParser(sink, options.stix ?? {});
  }
}
