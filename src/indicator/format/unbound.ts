/**
 * Unbound configuration as lists have it: `local-zone` of a type that denies the name and all beneath, or redirects it
 * to a null address given by `local-data`; `local-data` with a null address alone is about the name itself.
 */
import { keyToText } from "../../dns/name.ts";
import { parseAddress } from "../../rpz/address.ts";
import { blockSubtree, exemptSubtree, flag } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { SortedKeys } from "../entry/sorted-keys.ts";
import { decodeOctets, type Item, readHost, rejected } from "../item.ts";
import { NameScan } from "../name-scan.ts";
import { isNullAddress } from "./hosts.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { hasAt, octetsOf, skipBlanks } from "./octets.ts";

/** Zone types after which nobody reaches the name (unbound.conf(5), local-zone). */
const denyingTypes: ReadonlySet<string> = new Set(
  `always_nxdomain always_nodata always_null always_deny always_refuse deny inform_deny refuse static`.split(" "),
);
const denyingOctets: readonly Uint8Array[] = [...denyingTypes].map(octetsOf);
const zoneClause = octetsOf("local-zone:");
const quote = 0x22;
/** Types that answer from `local-data`, so that it decides what they mean. */
const redirectingTypes: ReadonlySet<string> = new Set(["redirect", "inform_redirect"]);
/** Types that let a name through beneath a zone that denies it. */
const openTypes: ReadonlySet<string> = new Set(["always_transparent", "inform", "transparent", "typetransparent"]);

/** Bits beside those of `flag`, until the end of the list decides on the entry. */
const awaitsNullAddress = 0x20;
const yieldsToNullAddress = 0x40;
const pendingBits = awaitsNullAddress | yieldsToNullAddress;
/** What `local-data` gives a name. */
const toNullAddress = 1;
const toElsewhere = 2;

export class UnboundParser extends LineParser {
  readonly #names = new NameScan();
  readonly #first: number;
  /** Flags of a zone that denies, narrowed. */
  readonly #zoneFlags: number;
  readonly #localData = new SortedKeys();
  #hasPending = false;
  /** Lines of the local data, in their order. */
  readonly #dataLines: number[] = [];
  /** Lines of the redirecting zones, in their order. */
  readonly #redirectLines: number[] = [];

  constructor(sink: EntrySink) {
    super(sink);
    this.#first = sink.collector.count;
    this.#zoneFlags = sink.narrow(blockSubtree, "name");
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    if (!hasAt(bytes, at, zoneClause)) return -1;
    const quoteAt = skipBlanks(bytes, at + zoneClause.length);
    if (bytes[quoteAt] !== quote) return -1;
    const nameEnd = this.#names.read(bytes, quoteAt + 1);
    if (nameEnd === -1 || bytes[nameEnd] !== quote) return -1;
    const typeAt = skipBlanks(bytes, nameEnd + 1);
    if (typeAt === nameEnd + 1) return -1;
    for (const type of denyingOctets) {
      if (!hasAt(bytes, typeAt, type) || !isLineEnd(bytes, typeAt + type.length)) continue;
      this.#names.commit(bytes, this.sink.collector, this.#zoneFlags);
      return typeAt + type.length;
    }
    return -1;
  }

  protected takeText(octets: string): void {
    const line = cutComment(` ${trimOctets(octets)}`, /[ \t]#/);
    const clause = /^([a-z0-9-]+)[ \t]*:(.*)$/.exec(trimOctets(line));
    if (line === "" || line === " ") return;
    if (isBinary(line)) this.sink.reject("binary", this.lines, line);
    else if (clause === null)
      this.sink.reject(/[ \t]/.test(trimOctets(line)) ? "free-text" : "bad-syntax", this.lines, line);
    else this.#takeClause(clause[1] as string, trimOctets(clause[2] as string), line);
  }

  #takeClause(name: string, value: string, line: string): void {
    // `server:` and the like only say where the lines after them belong.
    if (value === "") return;
    if (name === "local-zone") this.#takeZone(value, line);
    else if (name === "local-data") this.#takeData(value, line);
    else this.sink.reject(name === "include" ? "directive" : "unsupported-rule", this.lines, line);
  }

  #takeZone(value: string, line: string): void {
    const [, quoted, single, bare, type = ""] =
      /^(?:"([^"]*)"|'([^']*)'|([^ \t"']+))[ \t]+"?([a-z_]+)"?$/.exec(value) ?? [];
    const written = quoted ?? single ?? bare;
    if (written === undefined) this.sink.reject("bad-syntax", this.lines, line);
    else if (denyingTypes.has(type)) this.#takeHost(written, blockSubtree, line);
    else if (openTypes.has(type)) this.#takeHost(written, exemptSubtree | yieldsToNullAddress, line);
    else if (redirectingTypes.has(type)) this.#takeHost(written, blockSubtree | awaitsNullAddress, line);
    else this.sink.reject("unsupported-rule", this.lines, line);
  }

  #takeHost(written: string, flags: number, line: string): void {
    const before = this.sink.collector.count;
    this.sink.takeRule(hostOf(written), flags, this.lines, line);
    if (this.sink.collector.count === before) return;
    this.#hasPending ||= (flags & pendingBits) !== 0;
    if (flags & awaitsNullAddress) this.#redirectLines.push(this.lines);
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
    } else {
      this.#keepData(host.key, toElsewhere);
      this.sink.reject("maps-address", this.lines, line);
    }
  }

  #keepData(key: Uint8Array, bits: number): void {
    this.#localData.add(key, bits);
    this.#dataLines.push(this.lines);
  }

  /** Decides on what depends on lines that may come later: a zone and its data stand in either order. */
  protected override takeEnd(): void {
    if (!this.#hasPending && this.#localData.size === 0) return;
    const { collector } = this.sink;
    let redirects = 0;
    collector.revise(this.#first, (entry) => {
      const flags = collector.flags[entry] as number;
      const key = collector.keyOf(entry);
      let given = 0;
      let elsewhereLine = 0;
      this.#localData.forEach(key, (number, bits) => {
        given |= bits;
        if (bits === toElsewhere) elsewhereLine = this.#dataLines[number] as number;
      });
      const line = flags & awaitsNullAddress ? (this.#redirectLines[redirects++] as number) : 0;
      // A name that is answered with something else is not blocked, whatever else is said of it.
      if ((flags & blockSubtree) !== 0 && elsewhereLine !== 0) {
        this.sink.rejects.add("maps-address", elsewhereLine, keyToText(key));
        return 0;
      }
      if (flags & awaitsNullAddress && (given & toNullAddress) === 0) {
        this.sink.rejects.add("redirect-without-sinkhole", line, keyToText(key));
        return 0;
      }
      return flags & yieldsToNullAddress && (given & toNullAddress) !== 0 ? 0 : flags & ~pendingBits;
    });
  }
}

function hostOf(octets: string): Item {
  const text = decodeOctets(octets);
  return text === undefined ? rejected("not-utf8") : readHost(text);
}
