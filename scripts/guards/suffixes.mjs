/**
 * guards/public-suffixes.txt, written from the tables of the installed tldts. The tables are no public interface: they are
 * read here and not at run time, and nothing is written where a rule is not what the public parse() says.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { domainToASCII } from "node:url";
import { fail } from "./fail.mjs";
import { byKey, canonicalKey, replaceFile } from "./files.mjs";

const load = createRequire(import.meta.url);

/** A label that no suffix rule has. */
const madeUpLabel = "a-made-up-label";

/** Rewrites the suffix rules; nothing is written where one of them is not what parse() says. */
export function writeSuffixes(folder, givenDate) {
  const { version } = load("tldts/package.json");
  const file = join(folder, "public-suffixes.txt");
  const rules = suffixRules();
  checkSuffixes(rules);
  const lines = (kind) => rules.filter((rule) => rule.kind === kind).map((rule) => rule.text);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const date = givenDate ?? new RegExp(`tldts ${version} \\((\\d{4}-\\d\\d-\\d\\d)\\)`).exec(before)?.[1];
  if (date === undefined || !/^\d{4}-\d\d-\d\d$/.test(date))
    fail(`Cannot date the suffixes of tldts ${version}: give the day it was published with --date YYYY-MM-DD`);
  const text = `# Public suffixes: names under which anyone may register, or gets a name from a provider.
# Class: public-suffix.
# Source: the Public Suffix List (https://publicsuffix.org/list/), as the npm package tldts ${version} (${date}) has it.
# Licence: Mozilla Public License 2.0 (https://mozilla.org/MPL/2.0/). This Source Code Form is subject to its terms;
#   the list is an adaptation: comments left out, names as A-labels, each section in canonical DNS order (RFC 4034 6.1).
# Review: none by hand; each rule was held against tldts's parse().
# Refresh: update tldts, then node scripts/refresh-guards.mjs --date YYYY-MM-DD.
#
# One rule a line: a suffix; "*." before it means each name right beneath; "!" before a name means it is none.

# ===BEGIN ICANN DOMAINS===
${lines("icann").join("\n")}
# ===END ICANN DOMAINS===

# ===BEGIN PRIVATE DOMAINS===
${lines("private").join("\n")}
# ===END PRIVATE DOMAINS===
`;
  replaceFile(file, text);
}

/** All rules of tldts's tables with their kinds, as `{text, name, wildcard, exception, kind}` in canonical order. */
function suffixRules() {
  const tables = load("tldts/dist/cjs/src/data/trie.js");
  const { nodeFlags, edgeStart, edgeLength, edgeChild, labelText, rulesRoot, exceptionsRoot } = tables;
  const offsets = new Uint32Array(edgeLength.length + 1);
  for (let i = 0; i < edgeLength.length; i++) offsets[i + 1] = offsets[i] + edgeLength[i];
  const found = new Map();
  const walk = (node, suffix, mark) => {
    for (let edge = edgeStart[node]; edge < edgeStart[node + 1]; edge++) {
      const label = labelText.slice(offsets[edge], offsets[edge + 1]);
      const name = suffix === "" ? label : `${label}.${suffix}`;
      const child = edgeChild[edge];
      // The tables hold a name in Unicode and as A-labels; both become one.
      const ascii = /^[\x20-\x7e]+$/.test(name) ? name : domainToASCII(name);
      if (nodeFlags[child] !== 0) found.set(mark + ascii, ascii);
      walk(child, name, mark);
    }
  };
  walk(rulesRoot, "", "");
  walk(exceptionsRoot, "", "!");
  const { parse } = load("tldts");
  return [...found]
    .map(([text, ascii]) => {
      const exception = text.startsWith("!");
      const wildcard = ascii.startsWith("*.");
      const name = wildcard ? ascii.slice(2) : ascii;
      const { isIcann, isPrivate } = parse(wildcard ? `${madeUpLabel}.${name}` : name, { allowPrivateDomains: true });
      if (isIcann === isPrivate) fail(`Cannot tell the kind of the suffix rule "${text}": parse() knows none`);
      return { text, name, wildcard, exception, kind: isIcann ? "icann" : "private", key: canonicalKey(ascii) };
    })
    .sort(byKey);
}

/** Stops unless parse() gives, for each rule, the suffix that the rule means. */
function checkSuffixes(rules) {
  if (rules.length < 5000) fail(`Cannot take the suffixes over: ${rules.length} rules are too few`);
  const { parse } = load("tldts");
  const texts = new Set(rules.map((rule) => rule.text));
  const suffixOf = (name) => parse(name, { allowPrivateDomains: true });
  const expectSuffix = (rule, name, suffix) => {
    const found = suffixOf(name);
    const kind = found.isIcann ? "icann" : "private";
    if (found.publicSuffix !== suffix || (suffix !== undefined && !rule.exception && kind !== rule.kind))
      fail(
        `Cannot take the suffixes over: by "${rule.text}" the suffix of ${name} is ${suffix}, parse() says ${found.publicSuffix}`,
      );
  };
  for (const rule of rules) {
    const beneath = `${madeUpLabel}.${rule.name}`;
    if (rule.exception) {
      const parent = rule.name.slice(rule.name.indexOf(".") + 1);
      expectSuffix(rule, rule.name, parent);
      expectSuffix(rule, beneath, parent);
      if (!texts.has(`*.${parent}`)) fail(`Cannot take the suffixes over: "${rule.text}" is no exception to any rule`);
    } else if (rule.wildcard) {
      expectSuffix(rule, beneath, beneath);
      expectSuffix(rule, `x.${beneath}`, beneath);
    } else {
      expectSuffix(rule, rule.name, rule.name);
      if (!texts.has(`*.${rule.name}`)) expectSuffix(rule, beneath, rule.name);
    }
  }
}
