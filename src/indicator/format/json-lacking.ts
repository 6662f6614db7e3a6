/** Rows that lack vital facts, kept until the objects around them, which may have these, have ended. */
import type { FactField } from "../facts/columns.ts";
import { withWhy } from "../rejects.ts";

/** Rows that lack the same facts. */
export interface LackingGroup {
  readonly fields: readonly FactField[];
  readonly rows: number;
  /** Where the first of them is, from 1, and its octets. */
  readonly line: number;
  readonly octets: string;
}

export class LackingRows {
  /** By the facts, so that there are no more than these can be combined. */
  readonly #groups = new Map<string, LackingGroup>();

  add(group: LackingGroup): void {
    const name = group.fields.join(", ");
    const before = this.#groups.get(name);
    this.#groups.set(name, before === undefined ? group : { ...before, rows: before.rows + group.rows });
  }

  /** The rows that still lack something, where the object around them lacks these facts and has the others. */
  leftWith(lacking: readonly FactField[]): LackingGroup[] {
    if (this.#groups.size === 0) return [];
    return [...this.#groups.values()]
      .map((group) => ({ ...group, fields: group.fields.filter((field) => lacking.includes(field)) }))
      .filter(({ fields }) => fields.length > 0);
  }
}

/** Leaves rows to the object around them; where there is none, each is a reject. */
export function leaveTo(
  outer: LackingRows | undefined,
  groups: readonly LackingGroup[],
  reject: (line: number, octets: string) => void,
): void {
  for (const group of groups) {
    if (outer !== undefined) outer.add(group);
    else {
      const shown = withWhy(`${group.fields.join(", ")} not there; `, group.octets);
      for (let i = 0; i < group.rows; i++) reject(group.line, shown);
    }
  }
}
