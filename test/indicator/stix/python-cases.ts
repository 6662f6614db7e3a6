/** String literals in Python source, as the cases of the pattern validator have them: neighbours are one string. */
export function pythonStrings(source: string): string[] {
  const strings: string[] = [];
  const token = /#[^\n]*|(r?)"((?:[^"\\]|\\.)*)"|[^\s#"]/g;
  let isOpen = false;
  for (const [whole, raw, body] of source.matchAll(token)) {
    if (whole.startsWith("#")) continue;
    if (body === undefined) {
      isOpen = false;
      continue;
    }
    const text = raw === "r" ? body : body.replaceAll(/\\(.)/g, "$1");
    if (isOpen) strings.push(`${strings.pop()}${text}`);
    else strings.push(text);
    isOpen = true;
  }
  return strings;
}
