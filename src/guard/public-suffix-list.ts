/**
 * Reads the Public Suffix List in its own format (https://github.com/publicsuffix/list/wiki/Format) into entries of a
 * guard list. What is done with a rule for a suffix is `judge()`'s.
 */
import { equalBytes } from "../base/bytes.ts";
import { nameToAscii } from "../dns/idna.ts";
import { keyOfText, NameError } from "../dns/name.ts";
import { Collector } from "../indicator/entry/collector.ts";
import { sortEntries } from "../indicator/entry/sort.ts";
import { guardFlag } from "./class.ts";

/** A name with bits of `guardFlag`. */
export interface SuffixEntry {
  readonly key: Uint8Array;
  readonly flags: number;
}

export interface PublicSuffixes {
  /** In key order, each name once. */
  readonly entries: readonly SuffixEntry[];
  readonly lines: number;
  /** Lines that are no rule. */
  readonly rejects: readonly { readonly line: number; readonly text: string }[];
}

const beginsSection = /===BEGIN (ICANN|PRIVATE) DOMAINS===/;
const endsSection = /===END (?:ICANN|PRIVATE) DOMAINS===/;

/**
 * Reads a whole list: a rule a line, up to the first blank; `//` or `#` before comments, some of which tell the section.
 * Rules outside the private section count as ICANN's, which is the stricter reading. Names are UTF-8 or A-labels.
 */
export function readPublicSuffixes(text: string): PublicSuffixes {
  const found = new Collector();
  const rejects: { line: number; text: string }[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  let isPrivate = false;
  lines.forEach((line, i) => {
    const rule = /^\s*(\S*)/.exec(line)?.[1] ?? "";
    if (rule.startsWith("//") || rule.startsWith("#")) {
      const section = beginsSection.exec(line)?.[1];
      if (section !== undefined) isPrivate = section === "PRIVATE";
      else if (endsSection.test(line)) isPrivate = false;
    } else if (rule !== "") {
      const entry = entryOfRule(rule);
      if (entry === undefined) rejects.push({ line: i + 1, text: line });
      else found.add(entry.key, entry.flags | (isPrivate ? guardFlag.privateSuffix : 0));
    }
  });
  return { entries: joinEqual(found), lines: lines.length, rejects };
}

function entryOfRule(rule: string): SuffixEntry | undefined {
  const isException = rule.startsWith("!");
  const isWildcard = rule.startsWith("*.");
  const ascii = nameToAscii(rule.slice(isException ? 1 : isWildcard ? 2 : 0));
  if (ascii === undefined || !/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(ascii)) return undefined;
  const flags = isException ? guardFlag.suffixException : isWildcard ? guardFlag.suffixWildcard : guardFlag.name;
  try {
    return { key: keyOfText(ascii), flags };
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/**
 * Sorts entries and joins those of one name. A name that is ICANN's in one rule and private in another (`x` and `*.x`)
 * is ICANN's in both, since there is one bit for both and this is the stricter reading.
 */
function joinEqual(found: Collector): SuffixEntry[] {
  const entries: { key: Uint8Array; flags: number }[] = [];
  for (const number of sortEntries(found)) {
    const key = found.keyOf(number);
    const flags = found.flags[number] as number;
    const last = entries.at(-1);
    if (last === undefined || !equalBytes(last.key, key)) {
      entries.push({ key: key.slice(), flags });
      continue;
    }
    const isPrivate = last.flags & flags & guardFlag.privateSuffix;
    last.flags = ((last.flags | flags) & ~guardFlag.privateSuffix) | isPrivate;
  }
  return entries;
}
