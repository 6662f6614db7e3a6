/** What tables and objects have in common: which column holds the items, which rows count, which must never block. */

import { yesOrNo } from "../yes-no.ts";

/** A row counts only where each of these columns has one of the values; both without regard to letter case. */
export type Where = Readonly<Record<string, readonly string[]>>;

/** Headers that hold URLs, with a scheme or without. */
const urlColumns: readonly string[] = ["url", "urls", "uri", "malicious_url", "phishing_url"];

/** Headers that hold names, addresses or URLs, the more telling first. */
const itemColumns: readonly string[] = [
  "domain",
  "domains",
  "domain_name",
  "domainname",
  "hostname",
  "host",
  "fqdn",
  "indicator",
  "indicator_value",
  "ioc_value",
  "ioc",
  "value",
  ...urlColumns,
];

/** Other words that headers are made of. */
const headerWords: ReadonlySet<string> = new Set([
  ...itemColumns,
  ..."id no nr number name names site sites website page server address ip item items entry entries list allow allowed".split(
    " ",
  ),
  ..."allowlist allow_list whitelist white_list exception exceptions comment comments note notes description reason".split(
    " ",
  ),
  ..."owner by date added since expires type kind category class status state".split(" "),
]);

/** Whether a word (normalised) is one that headers are made of, and surely no name that somebody mistyped. */
export function isHeaderWord(word: string): boolean {
  return headerWords.has(word);
}

/** What sources write beside names that must not be blocked. */
const legitimateMarks: ReadonlySet<string> = new Set([
  "legitimate",
  "legit",
  "benign",
  "likely_benign",
  "probably_benign",
  "harmless",
  "clean",
  "safe",
  "verified_safe",
  "goodware",
  "known_good",
  "allow",
  "allowed",
  "allowlist",
  "allow_list",
  "allowlisted",
  "whitelist",
  "white_list",
  "whitelisted",
  "fp",
  "false_positive",
  "false_positives",
  "falsepositive",
  "falsepositives",
  "not_malicious",
  "non_malicious",
  "nonmalicious",
  "not_phishing",
  "no_threat",
  "not_a_threat",
  "delisted",
  "exclude",
  "excluded",
  "exception",
]);

/** Words that say so in a column of verdicts, and something else elsewhere (`tlp: white`, `reporter: trusted`). */
const verdictMarks: ReadonlySet<string> = new Set(["trusted", "good", "white", "removed"]);

/** Columns of verdicts; one without a header may be one. */
const verdictColumns: ReadonlySet<string> = new Set([
  "",
  ..."verdict classification class status state type category list reputation disposition result assessment".split(" "),
  ..."judgement judgment decision rating action note notes comment comments".split(" "),
]);

/** Names of arrays and columns that list what must not be blocked. */
const legitimateNames: ReadonlySet<string> = new Set([
  ...legitimateMarks,
  ...verdictMarks,
  "allowed_domains",
  "exceptions",
  "fuzzylist",
  "tolerance",
]);

/** A header in the form in which headers are compared: lower case, without BOM, with `_` for blanks and hyphens. */
export function normaliseHeader(header: string): string {
  return header
    .trim()
    .toLowerCase()
    .normalize("NFC")
    .replace(/[\s-]+/g, "_");
}

/** Index of the column that holds the items by its header; -1 where no header is known. */
export function guessColumn(header: readonly string[]): number {
  for (const name of itemColumns) {
    const index = header.indexOf(name);
    if (index !== -1) return index;
  }
  return -1;
}

/** Characters of the longest cell in which such a word is looked for. */
const markTextMax = 64;
/** A word, and what people write behind it: more in brackets, behind a dash or a slash, a question mark, a full stop. */
const punctuatedMark =
  /^([a-z][a-z _-]*?)[ \t]*(?:[([].*|[ \t](?:[-\u2013\u2014]|\u00e2\u0080[\u0093\u0094])[ \t].*|\/[\w -]+|\?+(?:[ \t].*)?|[.;!]+)$/;

/** How all these words start: a first look at cells, of which tables have many. */
const markStart =
  /^\s*(?:legit|benign|likely|probably|harmless|clean|safe|verified|good|known|allow|white|fp|false|no|delisted|exclude|exception|trusted|removed)/i;

/** The word that a cell is, or starts with, as headers are compared; undefined where it is no such word. */
function markOf(cell: string): string | undefined {
  if (cell.length > markTextMax || !markStart.test(cell)) return undefined;
  const text = normaliseHeader(cell);
  if (legitimateMarks.has(text) || verdictMarks.has(text)) return text;
  const word = punctuatedMark.exec(cell.trim().toLowerCase())?.[1];
  return word === undefined ? undefined : normaliseHeader(word);
}

/** Whether a cell is the source's word that the row must not be blocked. */
export function isLegitimateMark(cell: string): boolean {
  const word = markOf(cell);
  return word !== undefined && legitimateMarks.has(word);
}

/** Whether a cell says so where it stands in a column of this name (normalised). */
function isVerdictMark(column: string, cell: string): boolean {
  const word = verdictColumns.has(column) ? markOf(cell) : undefined;
  return word !== undefined && verdictMarks.has(word);
}

/** A tag with a namespace, as in `false-positive:risk="high"` or `verdict:benign`. */
const machineTag = /^[\w.-]{1,64}:([\w .-]{1,64})(?:="?([^"]{0,64})"?)?$/;
/** The taxonomy of MISP that says how likely a tagged value is harmless. */
const falsePositive = /^false[-_ ]positive:/i;
const falsePositiveTags: ReadonlySet<string> = new Set(["risk=high", "confirmed=true"]);

/** Whether a tag is the source's word that what has it must not be blocked. */
export function isLegitimateTag(tag: string): boolean {
  if (isLegitimateMark(tag)) return true;
  const valueAt = 1 + Math.max(tag.indexOf(":"), tag.lastIndexOf("="));
  if (valueAt === 0) return false;
  const isOnFalsePositives = falsePositive.test(tag);
  if (!isOnFalsePositives && !isLegitimateMark(tag.slice(valueAt).replaceAll('"', ""))) return false;
  const [, predicate = "", value] = machineTag.exec(tag) ?? [];
  if (isOnFalsePositives) return falsePositiveTags.has(`${predicate}=${value ?? ""}`.toLowerCase());
  return isLegitimateMark(value ?? predicate);
}

/** Whether a cell is such a tag, or one of several in it is (`phishing|benign`, `["benign"]`). */
export function hasLegitimateMark(cell: string): boolean {
  if (!tagSign.test(cell)) return isLegitimateMark(cell);
  if (isLegitimateTag(cell)) return true;
  if (cell.length > tagsTextMax || !/[,;|[]/.test(cell)) return false;
  // Words, as against a sentence in which one of them happens to stand between commas.
  const tags = cell.split(/[,;|[\]]+/).map((tag) => tag.trim().replace(/^(["'])(.*)\1$/, "$2"));
  return tags.every((tag) => wordTag.test(tag)) && tags.some(isLegitimateTag);
}
/** What stands in every tag that has a namespace, and in every cell of several tags. */
const tagSign = /[:=,;|[]/;
const tagsTextMax = 1024;
const wordTag = /^[\w:.-]{0,128}(?:="?[\w .-]{0,64}"?)?$/;

/** Fields whose values are tags, by themselves or as objects with a name. */
const tagFields: ReadonlySet<string> = new Set(["tag", "tags", "label", "labels"]);
/** Fields of a tag that is an object in which the tag itself stands. */
const tagNames: ReadonlySet<string> = new Set(["name", "value", "tag", "label", "text"]);
/** Fields whose value is an object that says more of the object it stands in. */
const metaFields: ReadonlySet<string> = new Set(
  "meta metadata attributes properties details info context verdict analysis classification flags result scan report".split(
    " ",
  ),
);

/** Whether a field of this name (normalised) has tags. */
export function isTagField(name: string): boolean {
  return tagFields.has(name);
}

/** Whether a field of this name (normalised) has the name of a tag that is an object. */
export function isNameField(name: string): boolean {
  return tagNames.has(name);
}

/** Whether a field of this name (normalised) has more facts about its object. */
export function isMetaField(name: string): boolean {
  return metaFields.has(name);
}

/** Columns that often hold how many programs say so. */
const countColumns: ReadonlySet<string> = new Set(["harmless", "clean"]);
/** Columns in which a "yes" says that the source took the row back. */
const goneColumns: ReadonlySet<string> = new Set(["deleted"]);
/** Columns in which a "no" says that the row must not be used against anyone (MISP's flag for detection). */
const neededColumns: ReadonlySet<string> = new Set(["to_ids", "malicious", "is_malicious"]);

/** Whether `isLegitimateFlag` is true of any cell of a column. */
export function mayFlag(column: string): boolean {
  const name = lastName(column);
  return verdictColumns.has(column) || neededColumns.has(name) || mayBeYes(name);
}

/** Whether a column of this name (normalised, `meta.safe` as `safe`) says by its yes, no or verdict that the row must not be blocked. */
export function isLegitimateFlag(column: string, cell: string): boolean {
  if (isVerdictMark(column, cell)) return true;
  const value = cell.trim().toLowerCase();
  const name = lastName(column);
  if (neededColumns.has(name)) return yesOrNo(value) === false || /^0\.0+$/.test(value);
  // How many programs found nothing is no word on the name.
  if (countColumns.has(name) && value === "1") return false;
  return mayBeYes(name) && yesOrNo(value) === true;
}

/** Whether a column says by a yes that the row must not be blocked. */
function mayBeYes(name: string): boolean {
  const bare = name.replace(/^is_/, "");
  return legitimateNames.has(bare) || goneColumns.has(bare);
}

function lastName(column: string): string {
  return column.slice(column.lastIndexOf(".") + 1);
}

/** Whether a column of this name (normalised) holds URLs. */
export function isUrlColumn(column: string): boolean {
  return urlColumns.includes(column);
}

/** Whether an array or column of this name lists what must not be blocked. */
export function isLegitimateName(name: string): boolean {
  return legitimateNames.has(normaliseHeader(name));
}

/** Whether a row counts; `cellOf` gives the cell of a column, undefined where the row has none. */
export function matchesWhere(where: Where, cellOf: (column: string) => string | undefined): boolean {
  return Object.entries(where).every(([column, values]) => {
    const cell = cellOf(column)?.trim().toLowerCase();
    return cell !== undefined && values.some((value) => value.trim().toLowerCase() === cell);
  });
}
