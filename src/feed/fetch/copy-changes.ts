/**
 * What changed between one copy of a list and the next, where its lines stand alone: a file of lines beside the copy, so that whoever read the
 * copy before reads only these. It is never needed: one that is missing, damaged or does not reach back far enough means that all is read.
 *
 * The file has sections, one for each fetch that brought a new copy: a line `= FROM TO COUNT` with the SHA-256 of both copies, then each line that
 * went, with `-` in front, and each that came, with `+`.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";

/** A file of changes may have so many octets, or this share of its copy, whichever is more. */
const bytesMaxAlways = 256 * 1024;
const shareMax = 0.2;

/** The file of changes of a copy. */
export function changesFileOf(copyFile: string): string {
  return copyFile.replace(/\.list$/, ".changes");
}

/** A line as it stands in a copy, without its line feed. */
export interface CopyChange {
  readonly kind: "went" | "came";
  readonly line: Uint8Array;
}

/** Gathers what changes while a new copy is written. */
export class CopyChanges {
  readonly #file: string;
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #lines = 0;
  #isTooMuch = false;

  /** `copyBytes` is the size of the copy that there is. */
  constructor(copyFile: string, copyBytes: number) {
    this.#file = changesFileOf(copyFile);
    this.#bytesMax = Math.max(bytesMaxAlways, copyBytes * shareMax);
  }

  add(kind: CopyChange["kind"], line: Uint8Array): void {
    if (this.#isTooMuch) return;
    this.#bytes += line.length + 2;
    if (this.#bytes > this.#bytesMax) {
      this.#isTooMuch = true;
      this.#parts = [];
      return;
    }
    this.#lines += 1;
    this.#parts.push(kind === "went" ? minus : plus, Uint8Array.from(line), lineFeed);
  }

  /**
   * Writes them behind those of earlier fetches, before the new copy takes its place. Where all together are too much, the file goes, and the next
   * reading is a full one.
   */
  write(fromSha256: string, toSha256: string): void {
    const before = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    const section = Buffer.concat([Buffer.from(`= ${fromSha256} ${toSha256} ${this.#lines}\n`), ...this.#parts]);
    if (this.#isTooMuch || before + section.length > 2 * this.#bytesMax) {
      rmSync(this.#file, { force: true });
      return;
    }
    try {
      appendFileSync(this.#file, section);
      const handle = openSync(this.#file, "r");
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch {
      // A section that is cut short would hide those behind it.
      try {
        truncateSync(this.#file, before);
      } catch {
        rmSync(this.#file, { force: true });
      }
    }
  }
}

const minus = Buffer.from("-");
const plus = Buffer.from("+");
const lineFeed = Buffer.from("\n");

/** Lines that went and came, as octets of a list each. */
export interface ChangedLines {
  readonly went: Uint8Array;
  readonly came: Uint8Array;
}

/**
 * What changed between a copy that `isKnown` knows by its SHA-256 and the one with `sha256`; undefined where that is not known. What
 * came and went again in between is left out.
 */
export function changedSince(
  copyFile: string,
  sha256: string,
  isKnown: (sha256: string) => boolean,
): ChangedLines | undefined {
  const sections = readSections(changesFileOf(copyFile));
  // From the last section back: one whose copy never took its place is passed over, since none goes on from it.
  const chain: Section[] = [];
  let wanted = sha256;
  for (const section of sections.toReversed()) {
    if (section.to !== wanted) continue;
    chain.unshift(section);
    wanted = section.from;
    if (isKnown(wanted)) return netOf(chain);
  }
  return undefined;
}

interface Section {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
}

function readSections(file: string): Section[] {
  let text: string;
  try {
    // One unit a octet, so that any octets come back as they were.
    text = readFileSync(file, "latin1");
  } catch {
    return [];
  }
  const sections: { from: string; to: string; count: number; lines: string[] }[] = [];
  const lines = text.split("\n");
  // What no line feed ends was cut.
  lines.pop();
  for (const line of lines) {
    const [, from, to, count] = /^= ([0-9a-f]{64}) ([0-9a-f]{64}) (\d+)$/.exec(line) ?? [];
    if (from !== undefined && to !== undefined) sections.push({ from, to, count: Number(count), lines: [] });
    else if (line.startsWith("+") || line.startsWith("-")) sections.at(-1)?.lines.push(line);
    else return [];
  }
  return sections.filter(({ count, lines: { length } }) => length === count);
}

function netOf(chain: readonly Section[]): ChangedLines {
  const counts = new Map<string, number>();
  for (const { lines } of chain) {
    for (const line of lines) {
      const text = line.slice(1);
      counts.set(text, (counts.get(text) ?? 0) + (line.startsWith("+") ? 1 : -1));
    }
  }
  const octetsOf = (isWanted: (count: number) => boolean): Uint8Array => {
    const wanted = [...counts].filter(([, count]) => isWanted(count)).map(([text]) => `${text}\n`);
    return new Uint8Array(Buffer.from(wanted.join(""), "latin1"));
  };
  return { went: octetsOf((count) => count < 0), came: octetsOf((count) => count > 0) };
}
