/**
 * The octets of a list as they were meant, of the octets that came: content encodings taken off, then gzip where the file
 * itself is one. Each step is bounded, since a step may expand a thousandfold; nothing is held but a chunk at each step.
 */
import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { FetchFailure } from "../fetch/failure.ts";

export interface ByteBounds {
  /** Octets as they come. */
  readonly fetchedBytesMax: number;
  /** Octets after any step that expands. */
  readonly expandedBytesMax: number;
}

/** More than one encoding is rare, more than two an attack. */
const encodingsMax = 2;

/** A body without its content encodings. `onBytes` is told of the octets of each chunk that came. */
export function decodedBody(
  body: AsyncIterable<Uint8Array>,
  contentEncoding: string | undefined,
  bounds: ByteBounds,
  onBytes: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  const encodings = (contentEncoding ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "" && word !== "identity");
  if (encodings.length > encodingsMax) {
    throw new FetchFailure("it is encoded more than twice", "Its operator must fix it");
  }
  const { fetchedBytesMax } = bounds;
  let decoded = bounded(body, fetchedBytesMax, () => tooMuchFetched(fetchedBytesMax), onBytes);
  // What was put on last comes off first (RFC 9110 8.4).
  for (const encoding of encodings.reverse()) decoded = expandedBound(decode(encoding, decoded), bounds);
  return decoded;
}

/** Whether octets begin a gzip file. */
export function isGzipStart(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Whether octets begin a zip archive: with a file, or at once with its end. */
export function isZipStart(head: Uint8Array): boolean {
  const isFile = head[2] === 3 && head[3] === 4;
  return head[0] === 0x50 && head[1] === 0x4b && (isFile || (head[2] === 5 && head[3] === 6));
}

export function gunzipped(body: AsyncIterable<Uint8Array>, bounds: ByteBounds): AsyncIterable<Uint8Array> {
  return expandedBound(through(body, createGunzip()), bounds);
}

function decode(encoding: string, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return through(body, createGunzip());
    case "br":
      return through(body, createBrotliDecompress());
    case "deflate":
      return inflated(body);
    default:
      throw new FetchFailure(
        `it comes in an encoding that was not asked for (${/^[\w-]{1,20}$/.test(encoding) ? encoding : "…"})`,
        "Its operator must fix it",
      );
  }
}

/** `deflate` with or without the header of zlib: servers send both (RFC 9110 8.4.1.2). */
async function* inflated(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, all } = await peek(body, 1);
  yield* through(all, ((head[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw());
}

/** The octets of an iterable through a step; an error in either reaches whoever reads. */
function through(body: AsyncIterable<Uint8Array>, step: Transform): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(body, { objectMode: false }), step, () => {});
}

/** The same octets, up to a bound that a step which expands must keep to. */
export function expandedBound(body: AsyncIterable<Uint8Array>, { expandedBytesMax }: ByteBounds) {
  return bounded(body, expandedBytesMax, () => tooMuchExpanded(expandedBytesMax));
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
  failure: () => FetchFailure,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    onBytes?.(chunk.length);
    if (bytes > bytesMax) throw failure();
    yield chunk;
  }
}

function tooMuchFetched(bytesMax: number): FetchFailure {
  return new FetchFailure(
    `it has more than ${bytesMax} octets`,
    "Check that it is what you expect, then raise `fetchedBytesMax` of the source",
  );
}

export function tooMuchExpanded(bytesMax: number): FetchFailure {
  return new FetchFailure(
    `it has more than ${bytesMax} octets once expanded`,
    "Check that it is what you expect, then raise `expandedBytesMax` of the source; guard lists have a fixed bound",
  );
}

/** The first octets of an iterable, as many as there are up to `bytes`, and all of it, these included. */
export async function peek(
  body: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < bytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  return { head: Buffer.concat(chunks).subarray(0, bytes), all: restOf(chunks, iterator) };
}

async function* restOf(
  chunks: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
