/**
 * STIX 2.1 and 2.0: a bundle, an array of objects, answers of TAXII, or one object a line. Objects may come in any order and in several
 * versions, so what is needed of them is kept until the end. Only indicators act; what their patterns come to is in `stix/meaning.ts`.
 */
import { blockSubtree, flag } from "../entry/collector.ts";
import { EntryReports } from "../entry/reports.ts";
import type { EntrySink } from "../entry/sink.ts";
import { Categories, type CategoryTable } from "../facts/categories.ts";
import { readItems } from "../item.ts";
import { type Item, readHost, rejected } from "../item-host.ts";
import { readUrl } from "../item-url.ts";
import { type RejectReason, withWhy } from "../rejects.ts";
import type { Listed } from "../stix/candidates.ts";
import { StixContext } from "../stix/context.ts";
import { type Meaning, meaningOf, type ReviewReason } from "../stix/meaning.ts";
import { isFault, readPattern } from "../stix/read-pattern.ts";
import { type IndicatorRecord, indicatorIn, NewestVersions, objectsField, stixFields } from "../stix/records.ts";
import { reportOf, textOfReport } from "../stix/report.ts";
import { JsonLineObjects } from "./json-line-objects.ts";
import { type JsonObject, type SeenObject, textIn } from "./json-objects.ts";
import type { Parser, Refusal } from "./line-parser.ts";

/** How a source wants STIX read. Plain data. */
export interface StixReading {
  /** From words that the source has for a kind of threat to categories. */
  readonly categories?: CategoryTable | undefined;
  /** Whether addresses are taken; false where absent. */
  readonly takesAddresses?: boolean | undefined;
}

/** Objects of one document that are kept until its end; of each about half a kilobyte. */
export const objectsMaxDefault = 4_000_000;

/** Objects that say what somebody saw, which by itself is no word that it is malicious. */
const observables: ReadonlySet<string> = new Set("domain-name ipv4-addr ipv6-addr url observed-data".split(" "));

export class StixParser implements Parser {
  readonly #sink: EntrySink;
  readonly #categories: Categories;
  readonly #takesAddresses: boolean;
  readonly #objectsMax: number;
  readonly #reader: JsonLineObjects;
  readonly #indicators = new NewestVersions<IndicatorRecord>();
  readonly #context = new StixContext();
  #lastOctet = 0x0a;
  #hasObject = false;
  #hasOther = false;
  #isOver = false;
  isCutShort = false;
  refusal: Refusal | undefined;

  constructor(sink: EntrySink, options: StixReading, objectsMax: number = objectsMaxDefault) {
    this.#sink = sink;
    this.#categories = new Categories(options.categories);
    this.#takesAddresses = options.takesAddresses ?? false;
    this.#objectsMax = objectsMax;
    sink.collector.reports = new EntryReports();
    this.#reader = new JsonLineObjects(
      { wanted: stixFields, within: objectsField },
      {
        object: (object, seen) => this.#takeObject(object, seen),
        container: () => {
          this.#hasObject = true;
        },
        other: (octets) => this.#notAnObject(octets),
      },
    );
    if (sink.role === "allow") {
      const why = "its indicators are malicious, and a list of names to allow must not have any";
      this.refusal = { why, remedy: "Name it as a source, or give the names to allow as a plain list" };
    }
  }

  get lines(): number {
    return this.#reader.lines + (this.#lastOctet === 0x0a ? 0 : 1);
  }

  write(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.refusal !== undefined) return;
    this.#reader.write(chunk);
    if (this.#reader.isBroken) this.#breakOff();
    this.#lastOctet = chunk[chunk.length - 1] as number;
  }

  end(): void {
    if (this.refusal !== undefined) return;
    if (!this.#reader.end()) {
      this.isCutShort = !this.#isOver;
      this.#breakOff();
    }
    if (this.refusal !== undefined) return;
    if (this.#hasOther && !this.#hasObject) {
      const remedy = "Look at what it is; MISP's own JSON is format: misp, and other JSON format: json";
      this.refusal = { why: "it is JSON without a STIX object", remedy };
      return;
    }
    this.#context.settle();
    for (const record of this.#indicators.values()) this.#takeIndicator(record);
  }

  /** What follows cannot be told from what it should be; what came before stays, and the guards look at its size. */
  #breakOff(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.reject("bad-syntax", this.#reader.brokenLine || this.#reader.lines + 1, "");
  }

  #notAnObject(octets: string): void {
    this.#hasOther = true;
    this.#sink.reject("not-a-stix-object", this.#reader.lines + 1, octets);
  }

  #takeObject(object: JsonObject, { fieldCount, isCut }: SeenObject): void {
    const type = textIn(object, "type");
    const id = textIn(object, "id");
    // A bundle without objects, and an empty page of TAXII.
    if (type === "bundle" || (type === undefined && (fieldCount === 0 || object.has("more")))) {
      this.#hasObject = true;
      return;
    }
    if (type === undefined || id?.startsWith(`${type}--`) !== true) {
      this.#notAnObject(Buffer.from(`type ${type ?? "?"}, id ${id ?? "?"}`, "utf8").toString("latin1"));
      return;
    }
    this.#hasObject = true;
    const line = this.#reader.lines + 1;
    if (type === "indicator") {
      if (isCut) this.#sink.rejects.add("line-too-long", line, id);
      else this.#indicators.add(id, indicatorIn(object, id, line));
    } else if (!this.#context.take(object, type, id) && observables.has(type)) {
      this.#sink.rejects.add("not-an-indicator", line, id);
    }
    if (this.#indicators.size + this.#context.size > this.#objectsMax) {
      const why = `it has more than ${this.#objectsMax} objects, which are too many to be read at once`;
      this.refusal = { why, remedy: "Take collections of it that are smaller, each as a source" };
    }
  }

  #takeIndicator(record: IndicatorRecord): void {
    const { line } = record;
    const { rejects, collector } = this.#sink;
    if (record.patternType.toLowerCase() !== "stix") {
      rejects.add("other-pattern-type", line, `${record.patternType} ${record.id}`);
      return;
    }
    const { pattern } = record;
    if (typeof pattern !== "string") {
      if (pattern === null) rejects.add("line-too-long", line, record.id);
      else rejects.add("pattern-unreadable", line, `it has no pattern; ${record.id}`);
      return;
    }
    const meaning = this.#meaningOf(pattern, line);
    if (meaning === undefined) return;
    const { report, bad, unknown, against } = reportOf(record, this.#context.of(record), this.#categories);
    const shown = (reason: RejectReason, why: string): void => {
      this.#sink.reject(reason, line, withWhy(why, Buffer.from(`${record.id} ${pattern}`, "utf8").toString("latin1")));
    };
    if (bad !== "") shown("bad-fact", bad);
    else if (against !== undefined) shown(against, "");
    else if (unknown !== "") shown("unknown-fact", unknown);
    const from = collector.count;
    const take = (listed: readonly Listed[], review: ReviewReason | undefined): void =>
      this.#takeAll(listed, textOfReport(report, review, pattern), line);
    take(meaning.listed, undefined);
    for (const review of new Set(meaning.candidates.map((one) => one.review))) {
      const candidates = meaning.candidates.filter((one) => one.review === review);
      take(candidates, review);
    }
    // What does not count is worth no further word.
    if (collector.count === from || bad !== "" || report.revoked) return;
    if (meaning.candidates.length > 0) rejects.add("needs-review", line, pattern);
    if (meaning.isWidened && meaning.listed.length > 0) rejects.add("pattern-widened", line, pattern);
    if (meaning.isPartial) rejects.add("pattern-partial", line, pattern);
  }

  /** What a pattern comes to; undefined where that is nothing, which is counted. */
  #meaningOf(pattern: string, line: number): Meaning | undefined {
    const { rejects } = this.#sink;
    const read = readPattern(pattern);
    if (isFault(read)) {
      rejects.add("pattern-unreadable", line, `${read.fault}; ${pattern}`);
      return undefined;
    }
    const meaning = meaningOf(read);
    if (meaning.isNegated) rejects.add("pattern-negated", line, pattern);
    if (meaning.listed.length + meaning.candidates.length > 0) return meaning;
    if (!meaning.isNegated) rejects.add("pattern-inexpressible", line, pattern);
    return undefined;
  }

  /** Adds names and addresses with the text of what is reported of them. */
  #takeAll(listed: readonly Listed[], report: string, line: number): void {
    const { collector } = this.#sink;
    const from = collector.count;
    for (const one of listed) {
      for (const item of itemsOf(one)) this.#takeItem(item, one, line);
    }
    if (collector.count > from) collector.reports?.give(report, from, collector.count);
  }

  #takeItem(item: Item, { as, text }: Listed, line: number): void {
    const octets = Buffer.from(text, "utf8").toString("latin1");
    if (item.kind === "address") {
      if (this.#takesAddresses) this.#sink.takeItems([item], line, octets);
      else this.#sink.reject("address-not-taken", line, octets);
    } else this.#sink.takeRule(item, item.kind === "name" ? flagsOf(as, item.written) : 0, line, octets);
  }
}

/** What one thing of a pattern names. */
function itemsOf({ as, text }: Listed): readonly Item[] {
  switch (as) {
    case "url":
      return [readUrl(text)];
    case "name":
      return readItems(text);
    case "address":
      return readItems(text).map((item) => (item.kind === "name" ? rejected("bad-address") : item));
    case "beneath":
    case "subtree": {
      const item = readHost(text);
      return [item.kind === "address" ? rejected("address-for-name") : item];
    }
  }
}

function flagsOf(as: Listed["as"], written: "plain" | "star" | "dot" | "url"): number {
  if (as === "beneath") return flag.blockBeneath;
  if (as === "subtree") return blockSubtree;
  return as === "url" || written === "url" ? flag.blockUrlHost : flag.blockSelf;
}
