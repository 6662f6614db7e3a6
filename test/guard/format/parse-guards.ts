/** Runs a guard list through its parser and shows what came out, in words that tables of vectors can hold. */
import { keyToText } from "../../../src/dns/name.ts";
import { guardFlag } from "../../../src/guard/class.ts";
import type { GuardParseOptions } from "../../../src/guard/format/format.ts";
import { createGuardParser } from "../../../src/guard/format/parser.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";
import { prefixOfKey, prefixToText } from "../../../src/rpz/address.ts";

export type GuardOptions = Partial<GuardParseOptions> & Pick<GuardParseOptions, "format">;

/** Parses octets that come cut at `cuts`. */
export function collectGuards(options: GuardOptions, bytes: Uint8Array, cuts: readonly number[] = []) {
  const collector = new Collector();
  const rejects = new Rejects();
  const parser = createGuardParser({ role: "guard", scope: "exact", ...options }, collector, rejects);
  let from = 0;
  for (const cut of [...[...cuts].sort((a, b) => a - b), bytes.length]) {
    const to = Math.max(from, Math.min(cut, bytes.length));
    parser.write(bytes.slice(from, to));
    from = to;
  }
  parser.end();
  const { lines, isCutShort = false, refusal } = parser;
  return { collector, rejects, lines, isCutShort, refusal };
}

const letters: readonly [number, string][] = [
  [guardFlag.name, "name"],
  [guardFlag.urlHost, "urlHost"],
  [guardFlag.beneath, "beneath"],
  [guardFlag.suffixWildcard, "wildcard"],
  [guardFlag.suffixException, "exception"],
  [guardFlag.privateSuffix, "private"],
];

/** Entries as `bank.example name beneath`, rejects as `reason@line`, and why the list was refused. */
export function parseGuards(options: GuardOptions, list: string | Uint8Array, cuts: readonly number[] = []) {
  const bytes = typeof list === "string" ? new Uint8Array(Buffer.from(list, "utf8")) : list;
  const { collector, rejects, lines, isCutShort, refusal } = collectGuards(options, bytes, cuts);
  const entries = Array.from({ length: collector.count }, (_, entry) => {
    const key = collector.keyOf(entry).slice();
    const prefix = prefixOfKey(key);
    const flags = collector.flags[entry] as number;
    const words = letters.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
    return [prefix === undefined ? keyToText(key) : prefixToText(prefix), ...words].join(" ");
  });
  const refused = Object.entries(rejects.samples).flatMap(([reason, samples]) =>
    samples.map(({ line }) => `${reason}@${line}`),
  );
  return { entries, rejects: refused, lines, isCutShort, why: refusal?.why, remedy: refusal?.remedy };
}
