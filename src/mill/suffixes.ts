/**
 * The public-suffix guard: which names are public suffixes, ICANN's or private, or have one beneath them. tldts has the
 * last word on a name; its tables are only walked to know, in key order, which names are worth asking about, since asking
 * for each of ten million would cost more than all the rest of a build.
 */
import { createRequire } from "node:module";
import { parse } from "tldts";
import { compareBytes, compareStarts } from "../base/bytes.ts";
import { nameToAscii } from "../dns/idna.ts";
import { keyOfText, keyToText } from "../dns/name.ts";

/** What a rule for a name would touch. */
export type SuffixVerdict = "none" | "icann" | "private" | "above";

/** tldts's compiled tables: nodes with outgoing edges, labels as slices of one text. */
interface Tables {
  readonly nodeFlags: Uint8Array;
  readonly edgeStart: Uint16Array;
  readonly edgeLength: Uint8Array;
  readonly edgeChild: Uint16Array;
  readonly labelText: string;
  readonly rulesRoot: number;
}

const load = createRequire(import.meta.url);
const version = (load("tldts/package.json") as { version: string }).version;

/** Names the list in force, for fingerprints. */
export const suffixListVersion = `tldts ${version}`;

function suffixRules(): string[] {
  const tables = load("tldts/dist/cjs/src/data/trie.js") as Tables;
  const { nodeFlags, edgeStart, edgeLength, edgeChild, labelText, rulesRoot } = tables;
  const offsets = new Uint32Array(edgeLength.length + 1);
  for (let i = 0; i < edgeLength.length; i++) offsets[i + 1] = (offsets[i] as number) + (edgeLength[i] as number);
  const rules: string[] = [];
  const walk = (node: number, suffix: string): void => {
    for (let edge = edgeStart[node] as number; edge < (edgeStart[node + 1] as number); edge++) {
      const label = labelText.slice(offsets[edge], offsets[edge + 1]);
      const name = suffix === "" ? label : `${label}.${suffix}`;
      const child = edgeChild[edge] as number;
      if (nodeFlags[child] !== 0) rules.push(name);
      walk(child, name);
    }
  };
  walk(rulesRoot, "");
  return rules;
}

let sorted: readonly Uint8Array[] | undefined;

/** Keys of all rules in key order; a wildcard rule keeps its `*` label. */
function suffixKeys(): readonly Uint8Array[] {
  if (sorted === undefined) {
    const ascii = suffixRules().map((rule) => nameToAscii(rule) ?? rule);
    if (ascii.length < 5000) throw new Error(`Only ${ascii.length} public suffixes in ${suffixListVersion}`);
    sorted = ascii.map(keyOfText).sort(compareBytes);
  }
  return sorted;
}

let parents: readonly Uint8Array[] | undefined;

/** Keys of the names that a wildcard rule stands beneath, in key order. */
function wildcardParents(): readonly Uint8Array[] {
  parents ??= suffixKeys()
    .filter((key) => key.at(-2) === 0x2a && (key.length === 2 || key.at(-3) === 0))
    .map((key) => key.subarray(0, -2));
  return parents;
}

/** Gets the list ready, a tenth of a second that is better spent while the lists are read than between them and a publish. */
export function readySuffixes(): void {
  wildcardParents();
}

/** Judges names; quick where they come in key order. */
export class SuffixGuard {
  readonly #keys = suffixKeys();
  #position = 0;
  readonly #parent = new Uint8Array(256);
  #parentBytes = -1;
  #parentHasWildcard = false;
  /** Names right above a wildcard rule, in key order, and the first of them at or after the last parent. */
  readonly #wildcards = wildcardParents();
  #wildcard = 0;

  judge(key: Uint8Array, keyBytes: number): SuffixVerdict {
    this.#moveTo(key, keyBytes);
    const next = this.#keys[this.#position];
    const atOrAbove = next !== undefined && next.length >= keyBytes && startsWithKey(next, key, keyBytes);
    if (!atOrAbove && !this.#wildcardOverParent(key, keyBytes)) return "none";
    const name = keyToText(key.subarray(0, keyBytes));
    const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
    if (publicSuffix === name && (isIcann === true || isPrivate === true))
      return isIcann === true ? "icann" : "private";
    return atOrAbove ? "above" : "none";
  }

  /** Puts the position at the first rule at or after the key: a short walk on, or a search. */
  #moveTo(key: Uint8Array, keyBytes: number): void {
    const keys = this.#keys;
    const before = keys[this.#position - 1];
    if (before !== undefined && compareStarts(before, before.length, key, keyBytes) >= 0) this.#position = 0;
    for (let steps = 0; steps < 4; steps++) {
      const here = keys[this.#position];
      if (here === undefined || compareStarts(here, here.length, key, keyBytes) >= 0) return;
      this.#position += 1;
    }
    let low = this.#position;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const rule = keys[middle] as Uint8Array;
      if (compareStarts(rule, rule.length, key, keyBytes) < 0) low = middle + 1;
      else high = middle;
    }
    this.#position = low;
  }

  /**
   * Whether a rule `*.parent` stands for this name's parent. Wildcard rules are few and names come in key order, so the
   * position among them seldom moves; siblings come in a row and are answered from memory.
   */
  #wildcardOverParent(key: Uint8Array, keyBytes: number): boolean {
    let end = keyBytes - 1;
    while (end > 0 && key[end - 1] !== 0) end--;
    if (end !== this.#parentBytes || !startsWithKey(this.#parent, key, end)) {
      for (let i = 0; i < end; i++) this.#parent[i] = key[i] as number;
      this.#parentBytes = end;
      const wildcards = this.#wildcards;
      const before = wildcards[this.#wildcard - 1];
      if (before !== undefined && compareStarts(before, before.length, key, end) >= 0) this.#wildcard = 0;
      let at = this.#wildcard;
      let found = wildcards[at];
      while (found !== undefined && compareStarts(found, found.length, key, end) < 0) found = wildcards[++at];
      this.#wildcard = at;
      this.#parentHasWildcard = found !== undefined && found.length === end && startsWithKey(found, key, end);
    }
    return this.#parentHasWildcard;
  }
}

function startsWithKey(bytes: Uint8Array, key: Uint8Array, keyBytes: number): boolean {
  for (let i = 0; i < keyBytes; i++) if (bytes[i] !== key[i]) return false;
  return true;
}

/** All rules of the list as text, for tests that hold this file against tldts. */
export function listedSuffixes(): string[] {
  return suffixKeys().map((key) => keyToText(key));
}
