/** Runs a table of vectors: a list (usually one line) and what it says, entries first and then `!reason` of rejects. */
import { expect, it } from "vitest";
import { parse, type VectorOptions } from "./parse.ts";

export type Vector = readonly [name: string, list: string | Uint8Array, said: string];

/** Entries and rejects in one line, as in `+evil.example !single-label`. */
export function shown(options: VectorOptions, list: string | Uint8Array): string {
  const said = parse(options, list);
  return [...said.entries, ...said.rejects.map((reject) => `!${reject.replace(/@\d+$/, "")}`)].join(" ");
}

/** Each list is read as it stands and with a line feed at its end. */
export function takes(options: VectorOptions, vectors: readonly Vector[]): void {
  it.each(vectors)("%s: %j", (_, list, expected) => {
    expect(shown(options, list)).toBe(expected);
    expect(shown(options, Buffer.concat([Buffer.from(list), Buffer.from("\n")]))).toBe(expected);
  });
}
