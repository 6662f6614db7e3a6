/** Takes an answer with a list into a file beside its copy: decoded, unpacked, bounded, and refused where it is no list. */
import { rmSync } from "node:fs";
import { shownUrl } from "../../base/shown-url.ts";
import { refuseForeign } from "../../indicator/format/detect.ts";
import { temporaryFor, type WrittenFile, writeBeside } from "../fetch/copy-writer.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { ListTask } from "../fetch/task.ts";
import { decodedBody, expandedBound, gunzipped, isGzipStart, isZipStart, peek } from "./expand.ts";
import { type Answer, textOf } from "./session.ts";
import { zipMember } from "./zip.ts";

/** Octets that are looked at to tell what came. */
const headBytes = 64 * 1024;

/** Writes the list of an answer. @throws FetchFailure, OperatorError SOURCE_NOT_A_LIST */
export async function receive(
  task: ListTask,
  { headers, body }: Answer,
  onBytes: (bytes: number) => void,
): Promise<WrittenFile> {
  const decoded = decodedBody(body, textOf(headers["content-encoding"]), task, onBytes);
  const { head, all } = await peek(decoded, 4);
  if (isZipStart(head)) return receiveZip(task, all);
  const list = isGzipStart(head) ? gunzipped(all, task) : expandedBound(all, task);
  const isLabelledHtml = /^\s*(?:text\/html|application\/xhtml)/i.test(textOf(headers["content-type"]) ?? "");
  return writeBeside(task.file, await listOnly(list, task, isLabelledHtml));
}

/** An archive has its directory at its end, so that it is written whole before anything is read of it. */
async function receiveZip(task: ListTask, archive: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  const packed = temporaryFor(`${task.file}.zip`);
  try {
    await writeBeside(`${task.file}.zip`, archive);
    return await writeBeside(task.file, await listOnly(zipMember(packed, task.member, task), task, false));
  } finally {
    rmSync(packed, { force: true });
  }
}

/** The same octets, where they may be those of a list. @throws FetchFailure, OperatorError SOURCE_NOT_A_LIST */
async function listOnly(
  octets: AsyncIterable<Uint8Array>,
  { url }: ListTask,
  isLabelledHtml: boolean,
): Promise<AsyncIterable<Uint8Array>> {
  const { head, all } = await peek(octets, headBytes);
  // What line ends its format has is looked at where it is read.
  refuseForeign(head, shownUrl(url), false);
  // Programs that write lists often leave the label at text/html, and no list has tags.
  if (isLabelledHtml && /<[a-z!/]/i.test(Buffer.from(head).toString("latin1"))) {
    throw new FetchFailure(
      "a web page came in its place",
      "Open its address in a browser; it may have moved, want a login or be an error page",
      { code: "SOURCE_NOT_A_LIST" },
    );
  }
  return all;
}
