/** Looks at the first lines of a list for a table, and for the column that holds its items. */

import { readCell, readItems } from "../item.ts";
import { type Item } from "../item-host.ts";
import { decodeOctets } from "../item-text.ts";
import { CsvRecords, guessSeparator, separatorLine } from "./csv-records.ts";
import type { Detection, Refuse } from "./format.ts";
import { guessColumn, hasLegitimateMark, isUrlColumn, normaliseHeader } from "./table.ts";

/** Share of rows that must have the same number of cells, and of cells that must be items. */
const shareMin = 0.8;

/** The column of the items; undefined where the lines are no table. Refuses a table that must be explained. */
export function surveyCsv(lines: readonly string[], refuse: Refuse): Omit<Detection, "format"> | undefined {
  const rows = rowsOf(lines);
  const width = rows[0]?.length ?? 0;
  const even = rows.filter((row) => row.length === width);
  if (width < 2 || even.length < shareMin * rows.length) return undefined;
  const marked = even.find((row) => row.some((cell) => hasLegitimateMark(cell)));
  const header = (even[0] as string[]).map(normaliseHeader);
  if (marked !== undefined) {
    const index = marked.findIndex((cell) => hasLegitimateMark(cell));
    const isHeader = (even[0] as string[]).every((cell) => readCell(cell).every(({ kind }) => kind === "reject"));
    refuse(
      `some of its rows say "${marked[index]}", and what is legitimate must not be blocked`,
      isHeader
        ? `Set format: csv with column, and where with the values of "${header[index] ?? ""}" that are to be taken`
        : "Set format: csv and column, to its number from 1; rows that are so marked never block",
    );
  }
  const named = guessColumn(header);
  if (
    named !== -1 &&
    itemShare(even.slice(1), named, isUrlColumn(header[named] as string) ? readCell : readItems) >= shareMin
  ) {
    const column = header[named] as string;
    return { options: { column }, why: `it is a table with a column "${column}"` };
  }
  const columnsOf = (read: Reading): number[] =>
    header.map((_, i) => i).filter((i) => itemShare(even, i, read) >= shareMin);
  const plain = columnsOf(readItems);
  // URLs count where nothing is plainer: many tables give each name its page as well.
  const columns = plain.length > 0 ? plain : columnsOf(readCell);
  if (columns.length === 1) {
    const column = (columns[0] as number) + 1;
    return { options: { column }, why: `it is a table whose column ${column} holds names` };
  }
  return refuse(
    columns.length === 0 ? "it is a table without a column of names" : "it is a table with several columns of names",
    "Set format: csv and column, to its header or its number from 1",
  );
}

function rowsOf(lines: readonly string[]): string[][] {
  const rows: string[][] = [];
  const stated = separatorLine(lines[0]?.replace(/\r$/, "") ?? "");
  const table = stated === undefined ? lines : lines.slice(1);
  const records = new CsvRecords(stated ?? guessSeparator(table[0] ?? ""), {
    record: (cells) => {
      if (cells.some((cell) => cell !== "")) rows.push(cells.map((cell) => decodeOctets(cell) ?? cell));
    },
    broken: () => {},
  });
  for (const [i, line] of table.entries()) records.push(line.replace(/\r$/, ""), i + 1);
  return rows;
}

type Reading = (cell: string) => readonly Item[];

/** Share of a column's filled cells that are items. */
function itemShare(rows: readonly (readonly string[])[], index: number, read: Reading): number {
  const cells = rows.map((row) => row[index] ?? "").filter((cell) => cell !== "");
  if (cells.length === 0) return 0;
  return cells.filter((cell) => read(cell).some(({ kind }) => kind !== "reject")).length / cells.length;
}
