/**
 * dnsmasq configuration as lists have it: `address=/name/` with a null address or nothing, `server=/name/` and
 * `local=/name/` with nothing. Each is about the name and all beneath it, and of several the more specific one counts: a
 * name that is given another address or server beneath a blocked one is the list's own exception.
 */
import { keyToText, labelEnds } from "../../dns/name.ts";
import { parseAddress } from "../../rpz/address.ts";
import { blockSubtree, exemptSubtree } from "../entry/collector.ts";
import { EntryMarks } from "../entry/entry-marks.ts";
import type { EntrySink } from "../entry/sink.ts";
import { SortedView } from "../entry/sorted-view.ts";
import { readHost, rejected } from "../item-host.ts";
import { decodeOctets } from "../item-text.ts";
import { NameScan } from "../name-scan.ts";
import type { RejectReason } from "../rejects.ts";
import { FilterRules } from "./filter-rules.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { isNullAddress } from "./null-address.ts";
import { hasAt, octetsOf } from "./octets.ts";

const slash = 0x2f;
const starts = ["address=/", "local=/", "server=/"].map(octetsOf);
const zeroAddress = octetsOf("0.0.0.0");
const inlineComment = /[ \t]#/;

/** Why a line that gives names something else is a reject where it stands beneath no blocked name, by mark. */
const elsewhereReasons: readonly RejectReason[] = ["maps-address", "unsupported-rule"];

interface Rule {
  readonly names: readonly string[];
  readonly flags: number;
  /** The names go to an address or server of their own: an exception where something blocks them, else nothing. */
  readonly elsewhere?: RejectReason;
}

export class DnsmasqParser extends LineParser {
  readonly #names = new NameScan();
  readonly #rules: FilterRules;
  readonly #flags: number;
  /** Entries of names that go elsewhere, marked with 1 and the number of the reason. */
  readonly #elsewhere = new EntryMarks();

  constructor(sink: EntrySink) {
    super(sink);
    this.#rules = new FilterRules(sink);
    this.#flags = sink.narrow(blockSubtree, "name");
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    const start = starts.find((expected) => bytes[at] === expected[0]);
    if (start === undefined || !hasAt(bytes, at, start)) return -1;
    const nameEnd = this.#names.read(bytes, at + start.length);
    if (nameEnd === -1 || bytes[nameEnd] !== slash) return -1;
    let end = nameEnd + 1;
    if (start === starts[0] && hasAt(bytes, end, zeroAddress)) end += zeroAddress.length;
    if (!isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, this.#flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || line.startsWith("#")) return;
    if (line.startsWith("@@") && !isBinary(line)) {
      this.#rules.take(line, this.lines);
      return;
    }
    const rule = isBinary(line) ? "binary" : readRule(cutComment(line, inlineComment));
    if (typeof rule === "string") this.sink.reject(rule, this.lines, line);
    else if (rule.elsewhere !== undefined && this.sink.role === "allow") {
      this.sink.reject(rule.elsewhere, this.lines, line);
    } else for (const name of rule.names) this.#takeName(name, rule, line);
  }

  #takeName(name: string, { flags, elsewhere }: Rule, line: string): void {
    const text = decodeOctets(name);
    // A dot in front changes nothing: a name is with all beneath anyway.
    const host = text === undefined ? rejected("not-utf8") : readHost(text.replace(/^\./, ""));
    const item = host.kind === "address" ? rejected("address-for-name") : host;
    const entry = this.sink.collector.count;
    const isTaken = this.sink.takeRule(name === "#" ? rejected("wildcard") : item, flags, this.lines, line);
    if (isTaken && elsewhere !== undefined) {
      this.#elsewhere.add(entry, 1 + elsewhereReasons.indexOf(elsewhere), this.lines);
    }
  }

  protected override takeEnd(): void {
    if (this.#elsewhere.size === 0) {
      this.#rules.settle();
      return;
    }
    const { collector, rejects } = this.sink;
    const view = new SortedView(collector);
    this.#rules.settle((entry, flags) => {
      const reason = elsewhereReasons[this.#elsewhere.bitsOf(entry) - 1];
      if (reason === undefined) return flags;
      const key = collector.keyOf(entry);
      if (labelEnds(key).some((end) => view.has(key.subarray(0, end), blockSubtree))) return flags;
      rejects.add(reason, this.#elsewhere.lineOf(entry), keyToText(key));
      return 0;
    });
  }
}

/** The names of a rule with what it says of them, or why it says nothing. */
function readRule(line: string): Rule | RejectReason {
  const setting = /^([a-z0-9-]+)[ \t]*(?:=[ \t]*|$)/.exec(line);
  if (setting === null) return /[ \t]/.test(line) ? "free-text" : "bad-syntax";
  const [start, key] = setting;
  if (key !== "address" && key !== "server" && key !== "local") return "unsupported-rule";
  const parts = line.slice(start.length).split("/");
  // Without names the line is about everything.
  if (parts[0] !== "") return "unsupported-rule";
  if (parts.length < 3) return "bad-syntax";
  const target = trimOctets(parts.at(-1) as string);
  const names = parts.slice(1, -1);
  if (key === "address") {
    const address = parseAddress(target);
    if (target !== "" && target !== "#" && address === undefined) return "bad-syntax";
    const blocks = address === undefined || isNullAddress(address);
    return blocks ? { names, flags: blockSubtree } : { names, flags: exemptSubtree, elsewhere: "maps-address" };
  }
  // `#` asks the usual servers: an exception beneath a wider rule. Any other server answers as it likes.
  if (target === "#") return { names, flags: exemptSubtree };
  if (target === "") return { names, flags: blockSubtree };
  return names.some((name) => name === "")
    ? "unsupported-rule"
    : { names, flags: exemptSubtree, elsewhere: "unsupported-rule" };
}
