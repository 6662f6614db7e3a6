/**
 * Policy zones as sources: a zone file, the text of a transfer, or bare rules. Owner `x` is about the name, `*.x` about
 * everything beneath, `….rpz-ip` about an answer's address; each rule keeps its trigger.
 */
import { keyToText } from "../../dns/name.ts";
import { addressKey, prefixFault, prefixOfOwner } from "../../rpz/address.ts";
import { type AddressTrigger, isAddressTrigger, labelOfTrigger, triggerByLabel } from "../../rpz/label.ts";
import { keyInSection } from "../../rpz/section.ts";
import { entryKeyBytesMax, flag } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { type Item, readHost, rejected } from "../item-host.ts";
import { decodeOctets } from "../item-text.ts";
import { NameScan } from "../name-scan.ts";
import type { RejectReason } from "../rejects.ts";
import type { LocalDataMeaning, Role } from "../role.ts";
import { FilterRules } from "./filter-rules.ts";
import { isBinary, isLineEnd, LineParser, lineBytesMax, trimOctets } from "./line-parser.ts";
import { hasLettersAt, octetsOf, skipBlanks, skipDigits } from "./octets.ts";
import { isRecordType, type RpzAction, rpzActionOf } from "./rpz-action.ts";
import { tokensOf, type ZoneLine } from "./zone-tokens.ts";

const star = 0x2a;
const dot = 0x2e;
const internet = octetsOf("in");
const cname = octetsOf("cname");
const classes: ReadonlySet<string> = new Set(["IN", "CH", "HS", "CS", "ANY"]);
const timeToLive = /^\d+(?:[SMHDW](?:\d+[SMHDW])*\d*)?$/i;

/** A line that waits for the end of a record: for the parentheses of its own, or of a line before it. */
interface WaitingLine extends ZoneLine {
  readonly octets: string;
  readonly number: number;
  /** Why it is no part of a record. */
  readonly fault: RejectReason | undefined;
}

/** Lines of the longest record; it bounds how often a line is looked at where parentheses do not end. */
const recordLinesMax = 100;

/** An owner name as far as it can be told: without the apex, or the apex itself. */
type Owner = { readonly kind: "rule"; readonly name: string } | { readonly kind: "apex" | "outside" };

export class RpzParser extends LineParser {
  readonly #names = new NameScan();
  /** Flags of a wildcard, narrowed; 0 where the scope leaves none. */
  readonly #beneathFlags: number;
  /** The entry whose name is the owner, where the hot path took it; -1 where `#owner` says it. */
  #plainOwner = -1;
  /** Without a final dot, `""` for the root; undefined where the file does not say. */
  #origin: string | undefined;
  #apex: string | undefined;
  /** The SOA stands at `@` and nothing says what that is: absolute owners cannot be told from rules. */
  #isApexUnknown = false;
  #owner: Owner | undefined;
  /** The owner as written, to compare targets with. */
  #written = "";
  /** Lines from the first one on whose parentheses are open. */
  #waiting: WaitingLine[] = [];
  /** The line on which the record at hand starts, and whether that leaves its owner out. */
  #line = 0;
  #startsBlank = false;
  readonly #rules: FilterRules;
  readonly #localData: LocalDataMeaning;

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    // Whatever a rule does to a name, in a list of names to allow it says that nothing is to be done.
    this.#localData = sink.role === "allow" ? "block" : sink.localData;
    this.#beneathFlags = sink.narrow(flag.blockBeneath, "name");
  }

  /** `name [TTL] [IN] CNAME .` where nothing has to be told about the owner. */
  protected takePlain(bytes: Uint8Array, at: number): number {
    // An origin other than the apex lengthens relative owners.
    if (this.#waiting.length > 0 || this.#origin !== this.#apex) return -1;
    const isBeneath = bytes[at] === star && bytes[at + 1] === dot;
    const flags = isBeneath ? this.#beneathFlags : flag.blockSelf;
    const nameEnd = this.#names.read(bytes, isBeneath ? at + 2 : at);
    // A name with a final dot is absolute, and may lie in the zone or not.
    if (flags === 0 || nameEnd === -1 || bytes[nameEnd - 1] === dot) return -1;
    const target = skipToTarget(bytes, nameEnd);
    if (target === -1 || bytes[target] !== dot || !isLineEnd(bytes, target + 1)) return -1;
    this.#plainOwner = this.sink.collector.count;
    this.#names.commit(bytes, this.sink.collector, flags);
    return target + 1;
  }

  protected takeText(octets: string): void {
    const line = tokensOf(octets);
    const fault = isBinary(octets) ? "binary" : line.isBroken ? "bad-syntax" : undefined;
    this.#waiting.push({ octets, number: this.lines, fault, ...line });
    this.#takeWaiting(false);
  }

  protected override takeEnd(): void {
    this.#takeWaiting(true);
    this.#rules.settle();
  }

  /**
   * Takes the records that are whole. A parenthesis that does not end costs the line it stands on; those after it are then
   * looked at on their own.
   */
  #takeWaiting(isEnd: boolean): void {
    const waiting = this.#waiting;
    let at = 0;
    while (at < waiting.length) {
      const lines = this.#recordAt(at);
      if (lines === undefined && !isEnd) break;
      const { octets, number } = waiting[at] as WaitingLine;
      if (Array.isArray(lines)) this.#takeLines(lines);
      else this.sink.reject(lines ?? "bad-syntax", number, octets);
      at += Array.isArray(lines) ? lines.length : 1;
    }
    if (at > 0) waiting.splice(0, at);
  }

  /** The lines of the record that starts at a waiting line, why there is none, or undefined while its end may come. */
  #recordAt(start: number): WaitingLine[] | RejectReason | undefined {
    let depth = 0;
    let bytes = 0;
    for (let at = start; at < this.#waiting.length; at++) {
      const line = this.#waiting[at] as WaitingLine;
      const { fault } = line;
      if (at === start && fault !== "binary" && line.octets.startsWith("@@")) return [line];
      if (fault !== undefined) return at === start ? fault : "bad-syntax";
      depth = Math.max(0, depth + line.depth);
      if (depth === 0) return this.#waiting.slice(start, at + 1);
      bytes += line.octets.length + 1;
      if (bytes > lineBytesMax || at - start >= recordLinesMax) return "bad-syntax";
    }
    return undefined;
  }

  #takeLines(lines: readonly WaitingLine[]): void {
    const [first] = lines as [WaitingLine];
    this.#line = first.number;
    this.#startsBlank = first.startsBlank;
    if (first.octets.startsWith("@@")) {
      this.#rules.take(trimOctets(first.octets), first.number);
      return;
    }
    const tokens = lines.length === 1 ? first.tokens : lines.flatMap((line) => line.tokens);
    if (tokens.length > 0) this.#takeRecord(tokens, lines.map(({ octets }) => octets).join("\n"));
  }

  #takeRecord(tokens: readonly string[], line: string): void {
    const [first = "", ...others] = tokens;
    if (!this.#startsBlank && first.startsWith("$")) {
      this.#takeDirective(first.toUpperCase(), others[0] ?? "", line);
      return;
    }
    const rest = this.#startsBlank ? [...tokens] : others;
    while (rest.length > 0 && (timeToLive.test(rest[0] as string) || classes.has((rest[0] as string).toUpperCase()))) {
      rest.shift();
    }
    const [type = "", ...rdata] = rest;
    if (!this.#startsBlank) this.#takeOwner(first, type.toUpperCase() === "SOA");
    else if (this.#plainOwner !== -1) this.#takeOwner(this.#plainOwnerText(), false);
    this.#takeRule(type.toUpperCase(), rdata, line);
  }

  #takeDirective(directive: string, value: string, line: string): void {
    if (directive === "$TTL") return;
    if (directive !== "$ORIGIN") {
      this.sink.reject("directive", this.#line, line);
      return;
    }
    this.#origin = this.#absolute(lowerCase(value)) ?? lowerCase(value);
    // A file without SOA that starts with its origin is a part of that zone.
    if (this.#apex === undefined && this.#origin !== "") this.#apex = this.#origin;
  }

  /** An owner or target as an absolute name without its final dot; undefined where it hangs on an unknown origin. */
  #absolute(name: string): string | undefined {
    if (name.endsWith(".") && !name.endsWith("\\.")) return name.slice(0, -1);
    if (this.#origin === undefined) return undefined;
    if (name === "@") return this.#origin;
    return this.#origin === "" ? name : `${name}.${this.#origin}`;
  }

  /** The owner that the hot path took, for a line that leaves it out. */
  #plainOwnerText(): string {
    const { collector } = this.sink;
    const isBeneath = (collector.flags[this.#plainOwner] as number) === flag.blockBeneath;
    return `${isBeneath ? "*." : ""}${keyToText(collector.keyOf(this.#plainOwner))}`;
  }

  #takeOwner(written: string, isSoa: boolean): void {
    this.#plainOwner = -1;
    const name = lowerCase(written);
    const absolute = this.#absolute(name);
    this.#written = name;
    if (isSoa) {
      this.#isApexUnknown = absolute === undefined;
      this.#apex = absolute;
      this.#owner = { kind: "apex" };
    } else if (absolute === undefined) {
      this.#owner = name === "@" ? { kind: "apex" } : { kind: "rule", name };
    } else {
      this.#owner = this.#beneathApex(absolute);
    }
  }

  #beneathApex(absolute: string): Owner {
    if (this.#isApexUnknown) return { kind: "outside" };
    if (this.#apex === undefined || this.#apex === "") return { kind: "rule", name: absolute };
    if (absolute === this.#apex) return { kind: "apex" };
    if (!absolute.endsWith(`.${this.#apex}`)) return { kind: "outside" };
    return { kind: "rule", name: absolute.slice(0, -this.#apex.length - 1) };
  }

  #takeRule(type: string, rdata: readonly string[], line: string): void {
    const owner = this.#owner;
    if (owner === undefined || type === "") this.sink.reject("bad-syntax", this.#line, line);
    else if (owner.kind === "outside") this.sink.reject("outside-zone", this.#line, line);
    else if (owner.kind === "rule") {
      const target = lowerCase(rdata[0] ?? "");
      const self = [`${owner.name}.`, this.#written];
      const action = rpzActionOf(type, target, rdata.length, self, this.#localData, this.sink.actions);
      const isAllowed = action === "unknown-action" && this.sink.role === "allow";
      this.#takeTrigger(owner.name, isAllowed ? "block" : action, line);
    }
    // What stands at the apex is about the zone; but for an alias, which no apex has, and what is no record of a zone.
    else if (type === "CNAME") this.sink.reject("bad-syntax", this.#line, line);
    else if (!isRecordType(type)) this.sink.reject("free-text", this.#line, line);
  }

  #takeTrigger(owner: string, action: RpzAction | RejectReason, line: string): void {
    const trigger = readTrigger(owner, this.sink.role);
    if (trigger.item.kind === "reject") {
      this.sink.reject(trigger.item.reason, this.#line, line);
    } else if (action !== "block" && action !== "except") {
      this.sink.reject(action, this.#line, line);
    } else if (trigger.isBeneath) {
      this.sink.takeRule(trigger.item, action === "block" ? flag.blockBeneath : flag.exemptBeneath, this.#line, line);
    } else {
      this.sink.takeRule(trigger.item, action === "block" ? flag.blockSelf : flag.exemptSelf, this.#line, line);
    }
  }
}

/** Where the target of a CNAME stands after `[TTL] [IN] CNAME` behind an owner; -1 where something else stands there. */
function skipToTarget(bytes: Uint8Array, ownerEnd: number): number {
  let at = skipBlanks(bytes, ownerEnd);
  if (at === ownerEnd) return -1;
  const ttlEnd = skipDigits(bytes, at);
  if (ttlEnd !== at) {
    at = skipBlanks(bytes, ttlEnd);
    if (at === ttlEnd) return -1;
  }
  if (hasLettersAt(bytes, at, internet)) {
    const classEnd = at + internet.length;
    at = skipBlanks(bytes, classEnd);
    if (at === classEnd) return -1;
  }
  if (!hasLettersAt(bytes, at, cname)) return -1;
  const typeEnd = at + cname.length;
  at = skipBlanks(bytes, typeEnd);
  return at === typeEnd ? -1 : at;
}

/** ASCII lower case; octets beyond are parts of UTF-8 and must stay. */
function lowerCase(octets: string): string {
  return octets.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The trigger of an owner name relative to the apex, in lower case. */
function readTrigger(owner: string, role: Role): { readonly item: Item; readonly isBeneath: boolean } {
  const text = unescape(owner);
  if (typeof text !== "string") return { item: text, isBeneath: false };
  const top = text.slice(text.lastIndexOf(".") + 1);
  const trigger = triggerByLabel(top) ?? "qname";
  // A trigger that is misspelt or not known yet; as a name it would be a rule that hits nothing.
  if (trigger === "qname" && top.startsWith("rpz-")) return { item: rejected("reserved-label"), isBeneath: false };
  if (isAddressTrigger(trigger)) return { item: readAddressRule(text, trigger, role), isBeneath: false };
  const isBeneath = text.startsWith("*.");
  const name = isBeneath ? text.slice(2) : text;
  if (trigger === "nsdname") return { item: readServerRule(name), isBeneath };
  return { item: readNameRule(name), isBeneath };
}

function readAddressRule(owner: string, trigger: AddressTrigger, role: Role): Item {
  const prefix = prefixOfOwner(owner, trigger);
  if (prefix === undefined) return rejected("bad-address");
  const fault = role === "allow" ? undefined : prefixFault(prefix, trigger);
  return fault === undefined ? { kind: "address", key: addressKey(prefix, trigger) } : rejected(fault);
}

/** The name of a rule is never an address, whatever it looks like. */
function readNameRule(name: string): Item {
  const item = readHost(name);
  return item.kind === "address" ? rejected("bad-address") : item;
}

/** A rule on the name of a name server: what stands before the trigger's label. */
function readServerRule(owner: string): Item {
  const item = readNameRule(owner.slice(0, -labelOfTrigger.nsdname.length - 1));
  if (item.kind !== "name") return item;
  const key = keyInSection("nsdname", item.key);
  return key.length > entryKeyBytesMax ? rejected("name-too-long") : { ...item, key };
}

/** Puts escaped octets (RFC 1035 5.1) back where the result is still plain text of a name. */
function unescape(octets: string): string | Item {
  const text = decodeOctets(octets);
  if (text === undefined) return rejected("not-utf8");
  if (!text.includes("\\")) return text;
  let isPlain = true;
  const plain = text.replace(/\\(?:(\d{3})|(.?))/gu, (_, code: string | undefined, character: string | undefined) => {
    const octet = code === undefined ? (character as string) : String.fromCharCode(Number(code));
    isPlain &&= /^[a-z0-9_*-]$/i.test(octet);
    return octet;
  });
  return isPlain ? plain.toLowerCase() : rejected("bad-character");
}
