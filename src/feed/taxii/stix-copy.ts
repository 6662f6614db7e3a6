/**
 * The copy of a collection: one STIX object a line, sorted by id, of each its newest version, and of it the fields that are looked at.
 * What comes is gathered in memory up to a bound, then in sorted files that are merged at the end.
 */
import { createReadStream } from "node:fs";
import type { JsonObject, JsonValue, SeenObject } from "../../indicator/format/json-objects.ts";
import { textIn } from "../../indicator/format/json-objects.ts";
import { stixFields, stixTypes, supersedes, type Versioned, versionedIn } from "../../indicator/stix/records.ts";
import { temporaryFor, type WrittenFile, writeBeside } from "../fetch/copy-writer.ts";
import { tooMuchExpanded } from "../http/expand.ts";

/** Characters of lines that are gathered in memory. */
const gatheredMaxDefault = 64 * 1024 * 1024;

const types: ReadonlySet<string> = new Set(stixTypes);
/** What stands in front of each line, so that it can be sorted; then what versions are told apart by. */
const firstFields = ["type", "id", "modified", "created", "revoked"];
const lineFields: readonly string[] = [
  ...firstFields,
  ...[...stixFields].filter((field) => !firstFields.includes(field)),
];

interface Line extends Versioned {
  readonly id: string;
  readonly text: string;
}

/** A line of a copy that none of ours wrote. */
export class DamagedCopy extends Error {}

export class StixCopy {
  readonly #file: string;
  readonly #bytesMax: number;
  readonly #gatheredMax: number;
  readonly #gathered = new Map<string, Line>();
  #gatheredText = 0;
  readonly #runs: WrittenFile[] = [];
  /** Objects of the types that are kept. */
  objects = 0;

  /** `gatheredMax` characters of lines are kept in memory; the default is right for all but tests. */
  constructor(file: string, bytesMax: number, gatheredMax: number = gatheredMaxDefault) {
    this.#file = file;
    this.#gatheredMax = gatheredMax;
    this.#bytesMax = bytesMax;
  }

  /** Takes an object; gives what tells its version from others, undefined where it is none. */
  add(object: JsonObject, { isCut }: Pick<SeenObject, "isCut">): string | undefined {
    const type = textIn(object, "type");
    const id = textIn(object, "id");
    if (type === undefined || id?.startsWith(`${type}--`) !== true || !/^[!-~]{1,300}$/.test(id)) return undefined;
    const versioned = versionedIn(object);
    const version = `${id} ${versioned.version}`;
    if (!types.has(type)) return version;
    this.objects += 1;
    const line = { ...versioned, id, text: lineOf(object, isCut) };
    const known = this.#gathered.get(id);
    if (known !== undefined && !supersedes(line, known)) return version;
    this.#gatheredText += line.text.length - (known?.text.length ?? 0);
    this.#gathered.set(id, line);
    return version;
  }

  /** Puts what is gathered in a file where it is too much for memory. */
  async spill(): Promise<void> {
    if (this.#gatheredText <= this.#gatheredMax) return;
    const file = `${this.#file}.run${this.#runs.length}`;
    this.#runs.push(await writeBeside(file, octetsOf(this.#sorted(), Number.POSITIVE_INFINITY)));
    this.#gathered.clear();
    this.#gatheredText = 0;
  }

  #sorted(): Line[] {
    return [...this.#gathered.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * Writes the copy, of what came alone or together with the copy that there is.
   * @throws DamagedCopy, FetchFailure where it is too large
   */
  write(isAddition: boolean): Promise<WrittenFile> {
    // Later ones count before earlier ones where both are of the same time.
    const inputs: (AsyncIterable<Line> | Iterable<Line>)[] = [
      ...(isAddition ? [linesOf(this.#file)] : []),
      ...this.#runs.map((_, i) => linesOf(temporaryFor(`${this.#file}.run${i}`))),
      this.#sorted(),
    ];
    return writeBeside(this.#file, octetsOf(merged(inputs), this.#bytesMax));
  }

  /** Deletes what was written on the way. */
  discard(): void {
    for (const run of this.#runs) run.discard();
  }
}

function lineOf(object: JsonObject, isCut: boolean): string {
  const plain: Record<string, unknown> = {};
  for (const field of lineFields) if (object.has(field)) plain[field] = plainValue(object.get(field)) ?? notText;
  if (isCut) plain["pattern"] = notText;
  return JSON.stringify(plain);
}

/** Stands for what is no text, or too long: null would say that there is nothing. */
const notText = 0;

function plainValue(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plainValue(inner)]));
  return Array.isArray(value) ? value.map(plainValue) : value;
}

/** Lines by id, of each id the one that counts. */
async function* merged(
  inputs: readonly (AsyncIterable<Line> | Iterable<Line>)[],
): AsyncGenerator<Line, void, undefined> {
  const readers = inputs.map((input) =>
    Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator](),
  );
  try {
    const heads = await Promise.all(readers.map((reader) => reader.next()));
    for (;;) {
      let best: Line | undefined;
      for (const head of heads) {
        if (head.done !== true && (best === undefined || head.value.id < best.id)) best = head.value;
      }
      if (best === undefined) return;
      const { id } = best;
      for (const [i, head] of heads.entries()) {
        if (head.done === true || head.value.id !== id) continue;
        if (supersedes(head.value, best)) best = head.value;
        const next = readers[i]?.next();
        if (next !== undefined) heads[i] = next instanceof Promise ? await next : next;
      }
      yield best;
    }
  } finally {
    for (const reader of readers) await reader.return?.();
  }
}

const chunkText = 256 * 1024;

async function* octetsOf(
  lines: AsyncIterable<Line> | Iterable<Line>,
  bytesMax: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let text = "";
  let bytes = 0;
  const flush = (): Uint8Array => {
    const chunk = Buffer.from(text, "utf8");
    text = "";
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooMuchExpanded(bytesMax);
    return chunk;
  };
  for await (const line of lines) {
    text += `${line.text}\n`;
    if (text.length >= chunkText) yield flush();
  }
  if (text !== "") yield flush();
}

/** Lines of a file of ours. @throws DamagedCopy */
async function* linesOf(file: string): AsyncGenerator<Line, void, undefined> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8", highWaterMark: chunkText })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield readLine(text);
  }
  if (rest !== "") throw new DamagedCopy();
}

function readLine(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DamagedCopy();
  }
  if (typeof value !== "object" || value === null) throw new DamagedCopy();
  const object: JsonObject = new Map(Object.entries(value) as [string, JsonValue][]);
  const id = textIn(object, "id");
  if (id === undefined) throw new DamagedCopy();
  return { ...versionedIn(object), id, text };
}
