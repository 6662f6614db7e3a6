/**
 * MISP warninglists: one JSON object `{name, version, type, matching_attributes, list}`, the list an array of text or an
 * object whose keys are the entries and whose values are comments. A dot in front of a name is that format's own mark
 * and widens nothing: whether everything beneath is guarded is the scope's to say.
 */
import { JsonReader, type JsonTaker } from "../../indicator/format/json-reader.ts";
import { isBinary, type Parser, type Refusal } from "../../indicator/format/line-parser.ts";
import type { GuardSink } from "./guard-sink.ts";

/** Types whose entries are names or addresses. */
const readTypes: readonly string[] = ["string", "hostname", "cidr"];
/** Types whose entries are parts of names or patterns. */
const patternTypes: readonly string[] = ["substring", "regex"];

/** Levels of nesting: inside the document, and inside its list. */
const documentDepth = 1;
const listDepth = 2;

export class WarninglistParser implements Parser, JsonTaker {
  readonly #sink: GuardSink;
  readonly #flags: number;
  readonly #reader: JsonReader = new JsonReader(this);
  #depth = 0;
  /** The key of the document whose value comes next or is being read. */
  #key = "";
  /** What the list that is being read is; undefined outside. */
  #list: "object" | "array" | undefined;
  #lists = 0;
  /** Values outside any other: a warninglist is one object. */
  #documents = 0;
  #isObject = false;
  readonly #types: string[] = [];
  #lastOctet = 0x0a;
  isCutShort = false;
  refusal: Refusal | undefined;

  constructor(sink: GuardSink) {
    this.#sink = sink;
    this.#flags = sink.flagsOfName();
  }

  get lines(): number {
    return this.#reader.lines + (this.#lastOctet === 0x0a ? 0 : 1);
  }

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#reader.write(chunk);
    this.#lastOctet = chunk[chunk.length - 1] as number;
  }

  end(): void {
    const isWhole = this.#reader.end();
    this.isCutShort = !isWhole && !this.#reader.isBroken;
    if (!this.isCutShort) this.refusal = this.#reasonAgainst();
  }

  #reasonAgainst(): Refusal | undefined {
    if (this.#reader.isBroken) {
      const line = this.#reader.brokenLine || this.#reader.lines + 1;
      return { why: `it is no JSON from line ${line} on`, remedy: "Set `format` to what the list is, or get it again" };
    }
    const remedy = "Name a file that is one MISP warninglist, an object with `type` and `list`, or set `format`";
    if (this.#documents === 0) return { why: "it is empty", remedy };
    if (this.#documents > 1) return { why: "it holds more than one JSON document", remedy };
    if (!this.#isObject) return { why: "its JSON is no object", remedy };
    if (this.#lists === 0) return { why: "it has no `list` that is an array or an object", remedy };
    if (this.#types.length === 0) return { why: "it has no `type`", remedy };
    const other = this.#types.find((type) => !readTypes.includes(type));
    if (other === undefined) return this.#reasonAgainstLabels();
    const shown = JSON.stringify(other.slice(0, 80));
    if (!patternTypes.includes(other)) return { why: `its type ${shown} is none of ${readTypes.join(", ")}`, remedy };
    return {
      why:
        `its type is ${shown}: such entries have no place in the order of names, so each would have to be tried on ` +
        "every name of every source, and each change would merge every zone anew",
      remedy: "Leave it out, or make a list of the names that are meant",
    };
  }

  /** A list of nothing but top-level domains, which cannot guard anything. */
  #reasonAgainstLabels(): Refusal | undefined {
    const { collector, rejects } = this.#sink;
    const labels = rejects.counts["single-label"] ?? 0;
    if (collector.count > 0 || labels === 0 || labels < rejects.total) return undefined;
    const [first] = rejects.samples["single-label"] ?? [];
    return {
      why: `its entries are single labels, such as "${first?.text ?? ""}", each of which would guard a whole registry`,
      remedy: "Leave it out: the built-in guard public-suffixes keeps top-level domains from being blocked",
    };
  }

  open(kind: "object" | "array"): void {
    if (this.#depth === 0) {
      this.#documents += 1;
      this.#isObject = kind === "object";
    } else if (this.#depth === documentDepth && this.#isObject && this.#key === "list") {
      this.#list = kind;
      this.#lists += 1;
    } else if (this.#isItem) {
      this.#reject("not-text", "");
    }
    this.#depth += 1;
  }

  close(): void {
    this.#depth -= 1;
    if (this.#depth === documentDepth) this.#list = undefined;
  }

  key(text: string | undefined): void {
    if (this.#depth === documentDepth) this.#key = text ?? "";
    else if (this.#depth === listDepth && this.#list === "object") {
      if (text === undefined) this.#reject("not-text", "");
      else this.#takeItem(Buffer.from(text, "utf8").toString("latin1"), text);
    }
  }

  text(octets: string, text: string | undefined): void {
    if (this.#isItem) {
      if (text === undefined) this.#reject("not-utf8", octets);
      else this.#takeItem(Buffer.from(text, "utf8").toString("latin1"), text);
    } else this.#takeScalar(text ?? "");
  }

  longText(octets: string): void {
    if (this.#isItem) this.#reject("line-too-long", octets);
    else this.#takeScalar("");
  }

  literal(word: string): void {
    if (this.#isItem) this.#reject("not-text", word);
    else this.#takeScalar(word);
  }

  /** Takes a value that is no entry: the type, or a document of its own. */
  #takeScalar(text: string): void {
    if (this.#depth === 0) this.#documents += 1;
    else if (this.#depth === documentDepth && this.#isObject && this.#key === "type") this.#types.push(text);
  }

  /** Whether a value that comes now is an entry of an array. */
  get #isItem(): boolean {
    return this.#depth === listDepth && this.#list === "array";
  }

  #takeItem(octets: string, text: string): void {
    const line = this.#reader.lines + 1;
    if (text === "") this.#sink.reject("empty-item", line, octets);
    else if (isBinary(octets) || isBinary(text)) this.#sink.reject("binary", line, octets);
    else this.#sink.takeGuarded(octets, line, this.#flags);
  }

  #reject(reason: "not-text" | "not-utf8" | "line-too-long", octets: string): void {
    this.#sink.reject(reason, this.#reader.lines + 1, octets);
  }
}
