/** Paths of keys and list indexes into the plain values of a file. */

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}

/** The path without the steps into a list of one that the file writes as its only entry. */
export function pathAsWritten(value: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] {
  const written: PropertyKey[] = [];
  for (const step of path) {
    const at = valueAt(value, written);
    const isAlone = step === 0 && at !== undefined && at !== null && typeof at !== "object";
    if (!isAlone) written.push(step);
  }
  return written;
}

/** A key path as people write it: `sources[0].format`. */
export function keyPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? String(step) : `.${String(step)}`;
  }
  return text;
}
