/**
 * The lines of a copy of MISP events: one event each, by UUID. What the fetch must know of an event stands at the start of its line, so that
 * a line is looked at and copied without parsing the event.
 */
import { createReadStream } from "node:fs";
import type { ReducedEvent } from "../../indicator/format/misp-reduce.ts";

/** What is known of an event besides what it says. */
export interface LineHead {
  /** In lower case. */
  readonly uuid: string;
  /** What its source says of when it changed: another one calls for another reading. */
  readonly stamp: string;
  /** Unix seconds: since when it has been found unpublished. What it says is what was published last. */
  readonly unpublishedSince?: number;
  /** Why it could not be fetched, in words. What it says is what came before, if anything did. */
  readonly fault?: string;
  /** Attributes that are not in it. */
  readonly others?: number;
}

export interface CopyLine {
  readonly head: LineHead;
  /** All its octets with the line feed. */
  readonly octets: Buffer;
  /** Where the members of the event start that its source wrote. */
  readonly membersAt: number;
}

/** Octets in which a head has room. */
const headBytesMax = 1000;
const faultTextMax = 200;
const lineStart = /^\{"Event":\{"uuid":"([0-9a-f-]{36})","copy":(\{[^{}]*\}),/;
const lineEnd = "}}\n";

export function writeLine(head: LineHead, { members, others }: ReducedEvent): Buffer {
  return Buffer.from(`${startOf(others === 0 ? head : { ...head, others })}${members}${lineEnd}`);
}

/** The line of an event of which nothing is known yet. */
export function emptyLine(head: LineHead): Buffer {
  return writeLine(head, { members: `"Attribute":[]`, others: 0 });
}

/** A line with another head. */
export function withHead({ octets, membersAt }: CopyLine, head: LineHead): Buffer {
  return Buffer.concat([Buffer.from(startOf(head)), octets.subarray(membersAt)]);
}

function startOf({ uuid, fault, ...head }: LineHead): string {
  const shown = fault?.replaceAll(/[{}]/g, "").slice(0, faultTextMax);
  return `{"Event":{"uuid":"${uuid}","copy":${JSON.stringify({ ...head, fault: shown })},`;
}

/** Reads a line; undefined where it is none of a copy. */
export function readLine(octets: Buffer): CopyLine | undefined {
  const [start, uuid, copy] = lineStart.exec(octets.toString("utf8", 0, headBytesMax)) ?? [];
  if (start === undefined || uuid === undefined || copy === undefined) return undefined;
  try {
    const head = { ...(JSON.parse(copy) as Omit<LineHead, "uuid">), uuid };
    return typeof head.stamp === "string" ? { head, octets, membersAt: Buffer.byteLength(start) } : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of a copy; none where there is no file. What is no line of a copy is passed over. */
export async function* linesOf(file: string): AsyncGenerator<CopyLine, undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
        const last = chunk.subarray(from, end + 1);
        from = end + 1;
        const octets = parts.length === 0 ? last : Buffer.concat([...parts, last]);
        parts.length = 0;
        const line = readLine(octets);
        if (line !== undefined) yield line;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return undefined;
}
