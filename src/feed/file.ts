/**
 * List files: what tells one state of a file from another, where a large one may be cut, and its octets in chunks,
 * gunzipped where need be. Only regular files are read, since anything else may never end.
 */
import { createHash } from "node:crypto";
import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { messageOf, OperatorError } from "../base/errors.ts";

const chunkBytes = 1024 * 1024;

/** A run of octets of a file: [start, end). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface FileState {
  readonly bytes: number;
  /** Changes whenever the file may have. */
  readonly stamp: string;
}

/** Looks at a list file. @throws OperatorError SOURCE_UNREADABLE */
export function stateOfFile(file: string): FileState {
  try {
    const stat = statSync(file, { bigint: true });
    if (!stat.isFile()) throw new Error("it is not a regular file");
    const marks = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs];
    return { bytes: Number(stat.size), stamp: createHash("sha256").update(marks.join(" ")).digest("hex") };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The error for a list file that cannot be read, whatever was thrown. */
export function unreadable(file: string, error: unknown): OperatorError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [why, remedy] = code.startsWith("Z_")
    ? [`its gzip stream is broken: ${messageOf(error)}`, "Fetch the file anew; one that is no gzip must not end in .gz"]
    : [messageOf(error), "Check that the file exists and that this user may read it"];
  return new OperatorError("SOURCE_UNREADABLE", `Cannot read "${file}": ${why}`, remedy, { cause: error });
}

export function isGzip(file: string): boolean {
  return file.endsWith(".gz");
}

/** The first octets of a list, expanded where it is gzip. */
export async function headOfFile(file: string, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOfFile(file, undefined, Number.POSITIVE_INFINITY)) {
    chunks.push(chunk.slice());
    length += chunk.length;
    if (length >= bytes) break;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, bytes));
}

/**
 * The octets of a file or of a range of it; the array yielded may be overwritten by the next.
 * @throws OperatorError SOURCE_UNREADABLE, SOURCE_TOO_LARGE
 */
export async function* chunksOfFile(
  file: string,
  range: ByteRange | undefined,
  expandedBytesMax: number,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of isGzip(file) ? gunzipped(file) : plain(file, range)) {
    total += chunk.length;
    if (total > expandedBytesMax) {
      throw new OperatorError(
        "SOURCE_TOO_LARGE",
        `Cannot read "${file}": it holds more than ${expandedBytesMax} octets${isGzip(file) ? " once expanded" : ""}`,
        "Check that it is what you expect, then raise `expandedBytesMax` of that source; guard lists have a fixed bound",
      );
    }
    yield chunk;
  }
}

function* plain(file: string, range: ByteRange | undefined): Generator<Uint8Array> {
  let handle: number | undefined;
  try {
    handle = openSync(file, "r");
    const end = range?.end ?? fstatSync(handle).size;
    let at = range?.start ?? 0;
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, end - at)));
    while (at < end) {
      const read = readSync(handle, buffer, 0, Math.min(buffer.length, end - at), at);
      if (read === 0) throw new Error("it was cut short while it was read");
      yield buffer.subarray(0, read);
      at += read;
    }
  } catch (error) {
    throw error instanceof OperatorError ? error : unreadable(file, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

async function* gunzipped(file: string): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(file);
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  packed.on("error", (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

/**
 * Cuts a file of lines, which has `fileBytes` octets, into about `parts` ranges at line ends; fewer where lines are too long
 * to find ends. @throws OperatorError SOURCE_UNREADABLE
 */
export function cutAtLines(file: string, fileBytes: number, parts: number): ByteRange[] {
  const cuts = [0];
  let handle: number | undefined;
  try {
    handle = openSync(file, "r");
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let part = 1; part < parts; part++) {
      const from = Math.floor((part * fileBytes) / parts);
      const read = readSync(handle, buffer, 0, buffer.length, from);
      const end = buffer.subarray(0, read).indexOf(0x0a);
      if (end >= 0 && from + end + 1 > (cuts.at(-1) as number)) cuts.push(from + end + 1);
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
  return cuts.map((start, i) => ({ start, end: cuts[i + 1] ?? fileBytes }));
}
