/** Looks for a name that a list had in a line that the list has now. */

/** Whether a name stands in a line by itself, as against in a longer name; `*.` in front is a mark. */
export function standsIn(name: string, line: string): boolean {
  const text = line.toLowerCase();
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const before = text.slice(0, at).replace(/(?:^|[^a-z0-9_-])[*+]?\.$/, "");
    if (!/[a-z0-9_.-]$/.test(before) && !/^\.?[a-z0-9_-]/.test(text.slice(at + name.length))) return true;
  }
  return false;
}
