/**
 * Unbound configuration as lists have it: `local-zone` of a type that denies the name and all beneath, or redirects it
 * to a null address given by `local-data`; `local-data` with a null address alone is about the name itself.
 */
import { keyToText, labelEnds } from "../../dns/name.ts";
import { parseAddress } from "../../rpz/address.ts";
import { blockSubtree, exemptSubtree, flag } from "../entry/collector.ts";
import { EntryMarks } from "../entry/entry-marks.ts";
import type { EntrySink } from "../entry/sink.ts";
import { SortedKeys } from "../entry/sorted-keys.ts";
import { type Item, readHost, rejected } from "../item-host.ts";
import { decodeOctets } from "../item-text.ts";
import { NameScan } from "../name-scan.ts";
import { FilterRules } from "./filter-rules.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { isNullAddress } from "./null-address.ts";
import { hasAt, octetsOf, skipBlanks } from "./octets.ts";

/** Zone types after which nobody reaches the name, whatever data it has (unbound.conf(5), local-zone). */
const absoluteTypes = "always_nxdomain always_nodata always_null always_deny always_refuse".split(" ");
/** Types that deny what has no data of its own. */
const dataTypes = "deny inform_deny refuse static".split(" ");
const denyingTypes: ReadonlySet<string> = new Set([...absoluteTypes, ...dataTypes]);
const denyingOctets: readonly Uint8Array[] = [...absoluteTypes, ...dataTypes].map(octetsOf);
const zoneClause = octetsOf("local-zone:");
const quote = 0x22;
/** Types that answer from `local-data`, so that it decides what they mean. */
const redirectingTypes: ReadonlySet<string> = new Set(["redirect", "inform_redirect"]);
/** Types that let a name through beneath a zone that denies it. */
const openTypes: ReadonlySet<string> = new Set(["always_transparent", "inform", "transparent", "typetransparent"]);

/** Marks of entries on which the end of the list decides. */
const awaitsNullAddress = 1;
const yieldsToNullAddress = 2;
/** An exception for data of its own, which counts beneath a zone that denies the rest. */
const awaitsZone = 4;
/** What `local-data` gives a name. */
const toNullAddress = 1;
const toElsewhere = 2;

export class UnboundParser extends LineParser {
  readonly #names = new NameScan();
  readonly #rules: FilterRules;
  /** Flags of a zone that denies, narrowed. */
  readonly #zoneFlags: number;
  readonly #localData = new SortedKeys();
  /** Lines of the local data, in their order. */
  readonly #dataLines: number[] = [];
  /** Entries of zones that deny what has no data. */
  readonly #dataZones = new EntryMarks();
  /** Their names, once the end of the list has come. */
  readonly #dataZoneKeys = new SortedKeys();
  readonly #marks = new EntryMarks();
  #isInView = false;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    this.#zoneFlags = sink.narrow(blockSubtree, "name");
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    if (this.#isInView || !hasAt(bytes, at, zoneClause)) return -1;
    const quoteAt = skipBlanks(bytes, at + zoneClause.length);
    if (bytes[quoteAt] !== quote) return -1;
    const nameEnd = this.#names.read(bytes, quoteAt + 1);
    if (nameEnd === -1 || bytes[nameEnd] !== quote) return -1;
    const typeAt = skipBlanks(bytes, nameEnd + 1);
    if (typeAt === nameEnd + 1) return -1;
    for (let i = 0; i < denyingOctets.length; i++) {
      const type = denyingOctets[i] as Uint8Array;
      if (!hasAt(bytes, typeAt, type) || !isLineEnd(bytes, typeAt + type.length)) continue;
      const { collector } = this.sink;
      if (i >= absoluteTypes.length) this.#dataZones.add(collector.count, 1, 0);
      this.#names.commit(bytes, collector, this.#zoneFlags);
      return typeAt + type.length;
    }
    return -1;
  }

  protected takeText(octets: string): void {
    const line = cutComment(` ${trimOctets(octets)}`, /[ \t]#/);
    const clause = /^([a-z0-9-]+)[ \t]*:(.*)$/.exec(trimOctets(line));
    if (line === "" || line === " ") return;
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else if (trimOctets(line).startsWith("@@")) this.#rules.take(trimOctets(line), this.lines);
    else if (clause === null)
      this.sink.reject(/[ \t]/.test(trimOctets(line)) ? "free-text" : "bad-syntax", this.lines, line);
    else this.#takeClause(clause[1] as string, trimOctets(clause[2] as string), line);
  }

  #takeClause(name: string, value: string, line: string): void {
    const isData = name === "local-zone" || name === "local-data";
    // `server:` and the like only say where the lines after them belong.
    if (value === "" && !isData) this.#isInView = name === "view";
    else if (isData && this.#isInView) this.sink.reject("inside-view", this.lines, line);
    else if (value === "") this.sink.reject("bad-syntax", this.lines, line);
    else if (name === "local-zone") this.#takeZone(value, line);
    else if (name === "local-data") this.#takeData(value, line);
    else this.sink.reject(name === "include" ? "directive" : "unsupported-rule", this.lines, line);
  }

  #takeZone(value: string, line: string): void {
    const [, quoted, single, bare, type = ""] =
      /^(?:"([^"]*)"|'([^']*)'|([^ \t"']+))[ \t]+"?([a-z_]+)"?$/.exec(value) ?? [];
    const written = quoted ?? single ?? bare;
    if (written === undefined) {
      this.sink.reject("bad-syntax", this.lines, line);
      return;
    }
    const host = hostOf(written);
    if (denyingTypes.has(type)) {
      const entry = this.sink.collector.count;
      const isTaken = this.#takeHost(host, blockSubtree, 0, line);
      if (isTaken && dataTypes.includes(type)) this.#dataZones.add(entry, 1, 0);
    } else if (openTypes.has(type)) this.#takeHost(host, exemptSubtree, yieldsToNullAddress, line);
    else if (redirectingTypes.has(type)) this.#takeHost(host, blockSubtree, awaitsNullAddress, line);
    else this.sink.reject("unsupported-rule", this.lines, line);
  }

  #takeHost(host: Item, flags: number, mark: number, line: string): boolean {
    const entry = this.sink.collector.count;
    const isTaken = this.sink.takeRule(host, flags, this.lines, line);
    if (isTaken && mark !== 0) this.#marks.add(entry, mark, this.lines);
    return isTaken;
  }

  #takeData(value: string, line: string): void {
    const record = value
      .replace(/^(["'])(.*)\1$/, "$2")
      .trim()
      .split(/[ \t]+/);
    const [owner = "", ...rest] = record;
    // The class and the TTL may stand in either order before the type.
    while (/^(?:\d+|in)$/i.test(rest[0] ?? "")) rest.shift();
    const [type = "", target = ""] = rest;
    const address = /^(?:a|aaaa)$/i.test(type) ? parseAddress(target) : undefined;
    const host = hostOf(owner);
    if (type === "") this.sink.reject("bad-syntax", this.lines, line);
    else if (host.kind === "reject") this.sink.reject(host.reason, this.lines, line);
    else if (address !== undefined && isNullAddress(address)) {
      this.#keepData(host.key, toNullAddress);
      this.sink.takeRule(host, flag.blockSelf, this.lines, line);
    } else if (this.sink.role === "allow") {
      this.sink.reject("maps-address", this.lines, line);
    } else {
      this.#keepData(host.key, toElsewhere);
      this.#takeHost(host, flag.exemptSelf, awaitsZone, line);
    }
  }

  #keepData(key: Uint8Array, bits: number): void {
    this.#localData.add(key, bits);
    this.#dataLines.push(this.lines);
  }

  /** Decides on what depends on lines that may come later: a zone and its data stand in either order. */
  protected override takeEnd(): void {
    if (this.#marks.size === 0 && this.#localData.size === 0) {
      this.#rules.settle();
      return;
    }
    const { collector } = this.sink;
    this.#dataZones.forEach((entry) => this.#dataZoneKeys.add(collector.keyOf(entry), 1));
    this.#rules.settle((entry, flags) => this.#judge(entry, flags));
  }

  /** The flags that an entry keeps, knowing all data. */
  #judge(entry: number, flags: number): number {
    const key = this.sink.collector.keyOf(entry);
    const mark = this.#marks.bitsOf(entry);
    let given = 0;
    let elsewhereLine = 0;
    this.#localData.forEach(key, (number, bits) => {
      given |= bits;
      if (bits === toElsewhere) elsewhereLine = this.#dataLines[number] as number;
    });
    if (mark & awaitsZone) {
      if (this.#liesBeneathZone(key)) return flags;
      this.sink.rejects.add("maps-address", this.#marks.lineOf(entry), keyToText(key));
      return 0;
    }
    // A name that is answered with something else is not blocked, whatever else is said of it.
    if ((flags & blockSubtree) !== 0 && elsewhereLine !== 0) {
      this.sink.rejects.add("maps-address", elsewhereLine, keyToText(key));
      return 0;
    }
    if (mark & awaitsNullAddress && (given & toNullAddress) === 0) {
      this.sink.rejects.add("redirect-without-sinkhole", this.#marks.lineOf(entry), keyToText(key));
      return 0;
    }
    return mark & yieldsToNullAddress && (given & toNullAddress) !== 0 ? 0 : flags;
  }

  /** Whether a zone strictly above the name denies what has no data. */
  #liesBeneathZone(key: Uint8Array): boolean {
    let found = false;
    for (const end of labelEnds(key)) {
      if (end < key.length) this.#dataZoneKeys.forEach(key.subarray(0, end), () => (found = true));
    }
    return found;
  }
}

function hostOf(octets: string): Item {
  const text = decodeOctets(octets);
  const host = text === undefined ? rejected("not-utf8") : readHost(text);
  return host.kind === "address" ? rejected("address-for-name") : host;
}
