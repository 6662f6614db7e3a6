/** The Public Suffix List as a guard list: gathers the text, which is small, and reads it as a whole at its end. */
import type { Parser, Refusal } from "../../indicator/format/line-parser.ts";
import { decodeOctets } from "../../indicator/item-text.ts";
import { readPublicSuffixes } from "../public-suffix-list.ts";
import type { GuardSink } from "./guard-sink.ts";

/** Fifty times the list of today; more is some other file, and is not gathered. */
const bytesMax = 16 * 1024 * 1024;

export class PublicSuffixesParser implements Parser {
  readonly #sink: GuardSink;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  lines = 0;
  refusal: Refusal | undefined;

  constructor(sink: GuardSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= bytesMax) this.#chunks.push(Buffer.from(chunk));
    else this.#chunks.length = 0;
  }

  end(): void {
    const remedy = "Get it from https://publicsuffix.org/list/, or set `format` to what the list is";
    if (this.#bytes > bytesMax) {
      this.refusal = { why: `it has more than ${bytesMax} octets, which no list of public suffixes has`, remedy };
      return;
    }
    const text = decodeOctets(Buffer.concat(this.#chunks).toString("latin1"));
    if (text === undefined) {
      this.refusal = { why: "it is not UTF-8 text", remedy };
      return;
    }
    const why = faultOf(text);
    if (why !== undefined) {
      this.refusal = { why, remedy };
      return;
    }
    const { entries, lines, rejects } = readPublicSuffixes(text);
    this.lines = lines;
    for (const { key, flags } of entries) this.#sink.collector.add(key, flags);
    for (const { line, text: rule } of rejects) {
      this.#sink.reject("bad-syntax", line, Buffer.from(rule, "utf8").toString("latin1"));
    }
  }
}

/** Why a text is not the whole list: any list of names could pass for it, and would guard every name in it as a suffix. */
function faultOf(text: string): string | undefined {
  if (!text.includes("===BEGIN ICANN DOMAINS===")) return "it has no section of ICANN domains";
  const open = ["ICANN", "PRIVATE"].find(
    (section) => text.includes(`===BEGIN ${section} DOMAINS===`) && !text.includes(`===END ${section} DOMAINS===`),
  );
  return open === undefined ? undefined : `it is cut short: its section of ${open} domains has no end`;
}
