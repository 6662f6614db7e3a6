/**
 * One file out of a zip archive, by its central directory, so that what stands between its parts never counts. It does not
 * read archives of several volumes or with passwords, and no other compression than deflate.
 */
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { messageOf } from "../../base/errors.ts";
import { FetchFailure } from "../fetch/failure.ts";
import { type ByteBounds, tooMuchExpanded } from "./expand.ts";

/** Files that are looked at for the one by name. */
const entriesMax = 100_000;
const notRight = "Open it with another program; its operator must fix it";

/** The octets of a member, the first file where none is named. @throws FetchFailure */
export async function* zipMember(
  file: string,
  member: string | undefined,
  { expandedBytesMax }: ByteBounds,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Names are compared and never used as paths; archives made on Windows have backslashes in them.
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, strictFileNames: false }).catch(broken);
  try {
    const entry = await find(zip, member);
    if (entry.isEncrypted()) throw new FetchFailure("its zip archive has a password", "Ask for one without");
    if (!entry.canDecodeFileData()) {
      throw new FetchFailure(
        `its zip archive has a compression other than deflate (${entry.compressionMethod})`,
        notRight,
      );
    }
    if (entry.uncompressedSize > expandedBytesMax) throw tooMuchExpanded(expandedBytesMax);
    const stream = await zip.openReadStreamPromise(entry).catch(broken);
    let bytes = 0;
    let crc = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > expandedBytesMax) throw tooMuchExpanded(expandedBytesMax);
        crc = crc32(chunk, crc);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof FetchFailure) throw error;
      broken(error);
    }
    if (crc !== entry.crc32) throw new FetchFailure("its zip archive is broken: the checksum is another", notRight);
  } finally {
    zip.close();
  }
}

async function find(zip: ZipFile, member: string | undefined): Promise<Entry> {
  let looked = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      looked += 1;
      if (looked > entriesMax) break;
      if (member === undefined ? !entry.fileName.endsWith("/") : entry.fileName === member) return entry;
    }
  } catch (error) {
    broken(error);
  }
  if (member === undefined) throw new FetchFailure("its zip archive has no file in it", notRight);
  throw new FetchFailure(`its zip archive has no "${member}"`, "Set `member` to the name of the file in the archive");
}

/** @throws FetchFailure for what the reader of archives complains of, and anything else as it is */
function broken(error: unknown): never {
  if (error instanceof Error && "code" in error && /^E[A-Z]+$/.test(String(error.code))) throw error;
  // The reader's words name places in the archive and at most the name of a member.
  const why = messageOf(error)
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 120);
  throw new FetchFailure(`its zip archive is broken (${why})`, notRight);
}
