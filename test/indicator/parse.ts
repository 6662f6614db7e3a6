/** Runs a list through a parser and shows what came out, in words that tables of vectors can hold. */

import { blockSelfBits, Collector, flag } from "../../src/indicator/entry/collector.ts";
import { shownKey } from "../../src/indicator/entry/shown-key.ts";
import { createParser, type ParseOptions } from "../../src/indicator/format/parser.ts";
import { type RejectReason, Rejects } from "../../src/indicator/rejects.ts";

/** What a list said: entries as `+name` (itself), `+*.name` (beneath), `-name` and `-*.name` for exceptions. */
export interface Said {
  readonly entries: string[];
  /** Reasons with the lines they were given for, as `reason@1`. */
  readonly rejects: string[];
  readonly lines: number;
}

export type VectorOptions = Omit<ParseOptions, "role"> & { role?: ParseOptions["role"] };

export function parse(options: VectorOptions, list: string | Uint8Array, cuts: readonly number[] = []): Said {
  const bytes = typeof list === "string" ? Buffer.from(list, "utf8") : list;
  const { collector, rejects, lines } = collect(options, bytes, cuts);
  return { entries: entriesOf(collector), rejects: rejectsOf(rejects), lines };
}

export function collect(options: VectorOptions, bytes: Uint8Array, cuts: readonly number[] = []) {
  const collector = new Collector();
  const rejects = new Rejects();
  const parser = createParser({ role: "block", ...options }, collector, rejects);
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    parser.write(bytes.slice(from, Math.max(from, Math.min(cut, bytes.length))));
    from = Math.max(from, Math.min(cut, bytes.length));
  }
  parser.write(bytes.slice(from));
  parser.end();
  return { collector, rejects, lines: parser.lines };
}

/** Keys of a collector's entries. */
export function keysOf(collector: Collector): Uint8Array[] {
  return Array.from({ length: collector.count }, (_, entry) => {
    const start = collector.starts[entry] as number;
    return collector.bytes.slice(start, start + (collector.keyBytes[entry] as number));
  });
}

export function entriesOf(collector: Collector): string[] {
  return keysOf(collector).map((key, entry) => {
    const flags = collector.flags[entry] as number;
    const name = shownKey(key);
    const said: string[] = [];
    if (flags & blockSelfBits) said.push(`+${name}`);
    if (flags & flag.blockBeneath) said.push(`+*.${name}`);
    if (flags & flag.exemptSelf) said.push(`-${name}`);
    if (flags & flag.exemptBeneath) said.push(`-*.${name}`);
    return said.join(" ");
  });
}

function rejectsOf(rejects: Rejects): string[] {
  return Object.entries(rejects.samples).flatMap(([reason, samples]) =>
    samples.map((sample) => `${reason as RejectReason}@${sample.line}`),
  );
}
