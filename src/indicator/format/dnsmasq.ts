/**
 * dnsmasq configuration as lists have it: `address=/name/` with a null address or nothing, `server=/name/` and
 * `local=/name/` with nothing. Each is about the name and all beneath it.
 */
import { parseAddress } from "../../rpz/address.ts";
import { blockSubtree, exemptSubtree } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { decodeOctets, readHost, rejected } from "../item.ts";
import { NameScan } from "../name-scan.ts";
import type { RejectReason } from "../rejects.ts";
import { isNullAddress } from "./hosts.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { hasAt, octetsOf } from "./octets.ts";

const slash = 0x2f;
const starts = ["address=/", "local=/", "server=/"].map(octetsOf);
const zeroAddress = octetsOf("0.0.0.0");
const inlineComment = /[ \t]#/;

export class DnsmasqParser extends LineParser {
  readonly #names = new NameScan();
  readonly #flags: number;

  constructor(sink: EntrySink) {
    super(sink);
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
    const rule = isBinary(line) ? "binary" : readRule(cutComment(line, inlineComment));
    if (typeof rule === "string") {
      this.sink.reject(rule, this.lines, line);
      return;
    }
    for (const name of rule.names) {
      const text = decodeOctets(name);
      // A dot in front changes nothing: a name is with all beneath anyway.
      const host = text === undefined ? rejected("not-utf8") : readHost(text.replace(/^\./, ""));
      this.sink.takeRule(name === "#" ? rejected("wildcard") : host, rule.flags, this.lines, line);
    }
  }
}

/** The names of a rule with what it says of them, or why it says nothing. */
function readRule(line: string): { readonly names: readonly string[]; readonly flags: number } | RejectReason {
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
    return address === undefined || isNullAddress(address) ? { names, flags: blockSubtree } : "maps-address";
  }
  // `#` asks the usual servers: an exception beneath a wider rule. Any other server answers as it likes.
  if (target === "#") return { names, flags: exemptSubtree };
  return target === "" ? { names, flags: blockSubtree } : "unsupported-rule";
}
