/** What tables and objects have in common: which column holds the items, which rows count, which must never block. */

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

/** What sources write beside names that must not be blocked. */
const legitimateMarks: ReadonlySet<string> = new Set([
  "legitimate",
  "legit",
  "benign",
  "harmless",
  "clean",
  "safe",
  "goodware",
  "allow",
  "allowed",
  "allowlist",
  "allowlisted",
  "whitelist",
  "whitelisted",
  "false_positive",
  "not_malicious",
]);

/** Names of arrays and columns that list what must not be blocked. */
const legitimateNames: ReadonlySet<string> = new Set([
  ...legitimateMarks,
  "allow_list",
  "white_list",
  "allowed_domains",
  "exceptions",
  "exclude",
  "excluded",
  "false_positives",
  "fuzzylist",
  "tolerance",
]);

/** A header in the form in which headers are compared: lower case, without BOM, with `_` for blanks and hyphens. */
export function normaliseHeader(header: string): string {
  return header
    .trim()
    .toLowerCase()
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

/** Whether a cell is the source's word that the row must not be blocked. */
export function isLegitimateMark(cell: string): boolean {
  return cell.length < 32 && legitimateMarks.has(normaliseHeader(cell));
}

/** Whether a cell by itself or one of several words in it (`phishing|benign`, `["benign"]`) is such a mark. */
export function hasLegitimateMark(cell: string): boolean {
  if (isLegitimateMark(cell)) return true;
  if (cell.length > tagsTextMax || !/[,;|[]/.test(cell)) return false;
  // Words, as against a sentence in which one of them happens to stand between commas.
  const tags = cell.split(/[,;|[\]"']+/).map((tag) => tag.trim());
  return tags.every((tag) => /^[\w:.-]{0,64}$/.test(tag)) && tags.some(isLegitimateMark);
}
const tagsTextMax = 1024;

const yes: ReadonlySet<string> = new Set(["true", "yes", "y", "t", "1"]);
const no: ReadonlySet<string> = new Set(["false", "no", "n", "f", "0"]);
/** Columns that often hold how many programs say so. */
const countColumns: ReadonlySet<string> = new Set(["harmless", "clean"]);
/** Columns in which a "no" says that the row must not be used against anyone (MISP's flag for detection). */
const neededColumns: ReadonlySet<string> = new Set(["to_ids", "malicious", "is_malicious"]);

/** Whether a column of this name (normalised) says by a yes or no that the row must not be blocked. */
export function isLegitimateFlag(column: string, cell: string): boolean {
  const value = cell.trim().toLowerCase();
  if (neededColumns.has(column)) return no.has(value);
  // How many programs found nothing is no word on the name.
  if (countColumns.has(column) && value === "1") return false;
  return yes.has(value) && legitimateNames.has(column.replace(/^is_/, ""));
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
