/** What tables and objects have in common: which column holds the items, which rows count, which must never block. */

/** A row counts only where each of these columns has one of the values; both without regard to letter case. */
export type Where = Readonly<Record<string, readonly string[]>>;

/** Headers that hold names or addresses, the more telling first. */
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
