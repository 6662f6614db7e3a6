/** Makes the next copy of MISP events of the one there is and of events that were read anew, both by UUID, in one pass. */
import type { CopyLine, LineHead } from "./copy-lines.ts";
import { emptyLine, withHead } from "./copy-lines.ts";

/** An event that was asked for. */
export interface FreshEvent {
  readonly uuid: string;
  /** Its line; a head where it could not be had, so that what the copy has of it stays under that. */
  readonly outcome: Buffer | LineHead;
}

export interface MergeOptions {
  readonly old: AsyncIterable<CopyLine>;
  readonly fresh: AsyncIterable<FreshEvent> | Iterable<FreshEvent>;
  /** What becomes of the line of an event that was not read anew: it stays, goes, or has another head. */
  readonly decide: (head: LineHead) => "keep" | "drop" | LineHead;
  /** Told of each line that goes and each that comes, with its line feed. */
  readonly onChange: (kind: "went" | "came", octets: Buffer) => void;
  /** Told of each line of the new copy. */
  readonly onLine: (head: LineHead | undefined) => void;
}

/** Octets that are gathered before they are given on. */
const chunkBytes = 256 * 1024;

/** The octets of the new copy. */
export async function* mergeLines(options: MergeOptions): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const octets of merged(options)) {
    parts.push(octets);
    bytes += octets.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

async function* merged({
  old,
  fresh,
  decide,
  onLine,
  onChange,
}: MergeOptions): AsyncGenerator<Buffer, void, undefined> {
  const lines = old[Symbol.asyncIterator]();
  const events = asyncIteratorOf(fresh);
  let line = await lines.next();
  let event = await events.next();
  while (line.done !== true || event.done !== true) {
    const uuid = line.done === true ? undefined : line.value.head.uuid;
    if (event.done === true || (uuid !== undefined && uuid < event.value.uuid)) {
      const kept = line.value as CopyLine;
      const decided = decide(kept.head);
      if (decided !== "drop") {
        onLine(decided === "keep" ? kept.head : decided);
        const octets = decided === "keep" ? kept.octets : withHead(kept, decided);
        note(onChange, kept.octets, octets);
        yield octets;
      } else onChange("went", kept.octets);
      line = await lines.next();
      continue;
    }
    const { outcome } = event.value;
    const before = uuid === event.value.uuid ? (line.value as CopyLine) : undefined;
    onLine(Buffer.isBuffer(outcome) ? undefined : outcome);
    const octets = Buffer.isBuffer(outcome)
      ? outcome
      : before === undefined
        ? emptyLine(outcome)
        : withHead(before, outcome);
    note(onChange, before?.octets, octets);
    yield octets;
    if (before !== undefined) line = await lines.next();
    event = await events.next();
  }
}

function note(onChange: MergeOptions["onChange"], before: Buffer | undefined, after: Buffer): void {
  if (before?.equals(after) === true) return;
  if (before !== undefined) onChange("went", before);
  onChange("came", after);
}

async function* asyncIteratorOf<T>(values: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* values;
  return undefined;
}
