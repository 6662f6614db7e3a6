/**
 * The copy of a policy zone: a line that says the apex, then its records in canonical order, one a line. The SOA is not
 * among them but in the state beside it, since its serial changes though no rule does, and then nothing is to be read again.
 */
import { open } from "node:fs/promises";
import { type Serial, serial } from "../../dns/serial.ts";
import type { Changes } from "../../transfer/changes.ts";
import { wholeLines } from "../../transfer/copy-lines.ts";
import { mergeCopy } from "../../transfer/merge.ts";
import type { Soa } from "../../transfer/request.ts";
import type { Transfer } from "../../transfer/transfer.ts";
import { WholeZone } from "../../transfer/whole-zone.ts";
import type { CopyFacts, CopyMarks } from "../fetch/copy-state.ts";
import { temporaryFor, type WrittenFile, writeBeside } from "../fetch/copy-writer.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { RunFiles } from "./run-files.ts";

const pieceBytes = 1_048_576;

/** An answer under way. */
type Answering = Pick<Transfer, "next">;

export interface CopyTask {
  /** Absolute path of the copy. */
  readonly file: string;
  /** Text, without the final dot. */
  readonly apex: string;
  /** Octets that the copy may have. */
  readonly expandedBytesMax: number;
}

/** What is kept of an SOA. */
export function marksOf({ serial: number, refresh, retry, expire }: Soa): CopyMarks {
  return { serial: number, refresh, retry, expire };
}

/** The SOA of a copy; undefined where its state does not say it. */
export function soaOf(copy: Pick<CopyFacts, "marks"> | undefined): Soa | undefined {
  const { serial: number, refresh, retry, expire } = copy?.marks ?? {};
  const isWhole = isNumber(number) && isNumber(refresh) && isNumber(retry) && isNumber(expire);
  return isWhole ? { serial: serial(number) as Serial, refresh, retry, expire } : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** Writes a zone that comes whole, beside its copy. @throws TransferFault, FetchFailure */
export async function writeWhole(
  task: CopyTask,
  transfer: Answering,
  changes: Changes,
  runs: RunFiles,
): Promise<WrittenFile> {
  const { file } = task;
  const inOrder = await writeBeside(file, bounded(wholeText(task, transfer, changes, runs), task));
  if (changes.count === 0 && runs.isEmpty) return inOrder;
  try {
    const lines = linesOf(temporaryFor(file));
    const merged = textWith(task, mergeCopy({ lines, changes: runs.sorted(changes), isStrict: false }));
    return await writeBeside(file, bounded(merged, task), ".sorted");
  } finally {
    inOrder.discard();
  }
}

async function* wholeText(
  { apex }: CopyTask,
  transfer: Answering,
  changes: Changes,
  runs: RunFiles,
): AsyncGenerator<Uint8Array> {
  const zone = new WholeZone(changes);
  yield headOf(apex);
  while (await transfer.next(zone)) {
    yield* zone.takeFull();
    if (changes.isFull) runs.spill(changes);
  }
  yield* zone.takeFull();
  yield zone.takeRest();
}

/** Writes the copy with differences, beside it. @throws TransferFault, FetchFailure */
export async function writeChanged(
  task: CopyTask,
  transfer: Answering,
  changes: Changes,
  runs: RunFiles,
): Promise<WrittenFile> {
  while (await transfer.next(changes)) if (changes.isFull) runs.spill(changes);
  const lines = linesOf(task.file);
  const merged = textWith(task, mergeCopy({ lines, changes: runs.sorted(changes), isStrict: true }));
  return await writeBeside(task.file, bounded(merged, task));
}

function headOf(apex: string): Uint8Array {
  return Buffer.from(`$ORIGIN ${apex}.\n`);
}

async function* textWith({ apex }: CopyTask, text: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield headOf(apex);
  yield* text;
}

/** The records of a copy, in pieces of whole lines, each valid until the next is asked for. */
async function* linesOf(file: string): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const lines of wholeLines(piecesOf(file))) {
    const records = isFirst ? lines.subarray(lines.indexOf(0x0a) + 1) : lines;
    isFirst = false;
    if (records.length > 0) yield records;
  }
}

async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, piece.length);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* bounded(text: AsyncIterable<Uint8Array>, { expandedBytesMax }: CopyTask): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of text) {
    bytes += piece.length;
    if (bytes > expandedBytesMax) {
      throw new FetchFailure(
        `the zone has more than ${expandedBytesMax} octets as text`,
        "Raise `expandedBytesMax` if it is as large as that",
        { code: "SOURCE_TOO_LARGE" },
      );
    }
    yield piece;
  }
}
