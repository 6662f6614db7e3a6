/**
 * Applies sorted changes to the lines of a copy in one pass. Lines between two changes are copied as they are and never
 * looked at, so that a thousand changes of a million records cost a thousand searches.
 */
import { nameOfKey } from "../dns/name.ts";
import {
  type ChangeCursor,
  compareChanges,
  endOfChange,
  isDeletionAt,
  keyBytesAt,
  keyStartOf,
  ttlAt,
} from "./changes.ts";
import { LineReader, startOfLine } from "./copy-lines.ts";
import { inconsistent } from "./fault.ts";
import { lineBytesMax, writeNumber, writeOwner } from "./record-text.ts";

export interface MergeOptions {
  /** Pieces of whole lines, in order. */
  readonly lines: AsyncIterable<Uint8Array>;
  readonly changes: ChangeCursor;
  /** Whether records that are added must not be there, and those that are deleted must. */
  readonly isStrict: boolean;
}

const lineEnd = 0x0a;
const pieceBytes = 1_048_576;
/** Spans from this length on are handed on where they stand. */
const spanBytesMin = 65_536;

/** The text of the copy with the changes. A piece is valid until the next is asked for. @throws TransferFault where they do not fit */
export async function* mergeCopy({ lines, changes, isStrict }: MergeOptions): AsyncGenerator<Uint8Array> {
  const reader = new LineReader();
  const out = new Uint8Array(pieceBytes + lineBytesMax);
  let used = 0;
  let hasChange = changes.next();
  for await (const text of lines) {
    let at = 0;
    const last = startOfLine(text, text.length - 1, 0);
    while (hasChange && reader.compare(text, last, text.length - 1, changes.bytes, changes.at) >= 0) {
      const found = reader.find(text, at, text.length, changes.bytes, changes.at);
      if (found - at < spanBytesMin) {
        out.set(text.subarray(at, found), used);
        used += found - at;
      } else {
        yield out.subarray(0, used);
        used = 0;
        yield text.subarray(at, found);
      }
      const end = text.indexOf(lineEnd, found);
      const isThere = reader.compare(text, found, end, changes.bytes, changes.at) === 0;
      const applied = applyTo(isThere, changes, isStrict);
      hasChange = applied.hasChange;
      at = isThere ? end + 1 : found;
      if (applied.line !== undefined) {
        out.set(applied.line, used);
        used += applied.line.length;
      } else if (isThere && applied.isKept) {
        out.set(text.subarray(found, at), used);
        used += at - found;
      }
      if (used >= pieceBytes - spanBytesMin) {
        yield out.subarray(0, used);
        used = 0;
      }
    }
    yield out.subarray(0, used);
    used = 0;
    if (at < text.length) yield text.subarray(at);
  }
  while (hasChange) {
    const applied = applyTo(false, changes, isStrict);
    hasChange = applied.hasChange;
    if (applied.line !== undefined) {
      out.set(applied.line, used);
      used += applied.line.length;
    }
    if (used >= pieceBytes) {
      yield out.subarray(0, used);
      used = 0;
    }
  }
  yield out.subarray(0, used);
}

interface Applied {
  /** The line to be written in the place of what is there. */
  readonly line: Uint8Array | undefined;
  /** Whether what is there stays as it is. */
  readonly isKept: boolean;
  readonly hasChange: boolean;
}

/** Goes past all changes to the record at hand. @throws TransferFault */
function applyTo(isThere: boolean, changes: ChangeCursor, isStrict: boolean): Applied {
  // The next change may be in another buffer.
  const record = Uint8Array.from(changes.bytes.subarray(changes.at, endOfChange(changes.bytes, changes.at)));
  let isPresent = isThere;
  let ttl: number | undefined;
  let hasChange = true;
  do {
    const isDeletion = isDeletionAt(changes.bytes, changes.at);
    if (isStrict && isDeletion !== isPresent) {
      throw inconsistent(
        isDeletion ? "differences delete a record that is not there" : "differences add a record that is there",
      );
    }
    if (isDeletion) ttl = undefined;
    else if (!isPresent) ttl = ttlAt(changes.bytes, changes.at);
    isPresent = !isDeletion;
    hasChange = changes.next();
  } while (hasChange && compareChanges(changes.bytes, changes.at, record, 0) === 0);
  const line = isPresent && ttl !== undefined ? lineOf(record, ttl) : undefined;
  return { line, isKept: isPresent && line === undefined, hasChange };
}

function lineOf(record: Uint8Array, ttl: number): Uint8Array {
  const keyStart = keyStartOf(0);
  const keyEnd = keyStart + keyBytesAt(record, 0);
  const wire = nameOfKey(record.subarray(keyStart, keyEnd));
  const rest = record.subarray(keyEnd);
  const line = new Uint8Array(4 * wire.length + 16 + rest.length);
  let at = writeOwner(line, 0, wire, wire.length - 1);
  line[at++] = 0x20;
  at = writeNumber(line, at, ttl);
  line[at++] = 0x20;
  line.set(rest, at);
  at += rest.length;
  line[at] = lineEnd;
  return line.subarray(0, at + 1);
}
