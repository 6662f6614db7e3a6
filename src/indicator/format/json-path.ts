/** Keys that lead through a JSON document, as `path` and `fields` have them: joined by dots. */
import { fieldName } from "./json-frame.ts";

/** Stands for any key in a path: objects may be kept by ids of their own. */
export const anyKey = "*";

/** The keys of a path; `$`, `[]` and `[*]` may be written and change nothing. */
export function keysOfPath(path: string): string[] {
  return path
    .replace(/^\$/, "")
    .split(".")
    .map((key) => key.replace(/(?:\[\*?\])+$/, ""))
    .filter((key) => key !== "");
}

/** The keys of a fact without those that lead along the path to the object that has it. */
export function ownKey(column: string, path: readonly string[]): string {
  const keys = column.split(".");
  let at = 0;
  for (; at < keys.length - 1 && at < path.length; at++) {
    const wanted = path[at] as string;
    if (wanted !== anyKey && fieldName(wanted) !== keys[at]) break;
  }
  return keys.slice(at).join(".");
}
