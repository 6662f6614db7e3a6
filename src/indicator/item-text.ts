/** The text of an item of a list, before it is read as a name, an address or a URL: decoded, trimmed, refanged. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of octets that are kept one per character; undefined where they are not UTF-8. */
export function decodeOctets(octets: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(octets)) return octets;
  try {
    return utf8.decode(Buffer.from(octets, "latin1"));
  } catch {
    return undefined;
  }
}

/** Takes spaces and the invisible marks that other programs leave off both ends: BOM and zero-width space. */
export function trimItem(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isInvisible(text, from)) from += 1;
  while (to > from && isInvisible(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isInvisible(text: string, at: number): boolean {
  return /[\s\u200B]/.test(text.charAt(at));
}

/** Puts defanged dots back. No name, address or scheme has such brackets, so nothing else can be meant. */
export function refangDots(text: string): string {
  return /[[({]/.test(text) ? text.replace(/\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}/gi, ".") : text;
}

/** A scheme in front, defanged (`hxxps[:]//`, `hXXp[://]`) or not; the name `hxxp.example` has no `://`. */
const schemeInFront = /^([a-z][a-z0-9+.-]*)(?::\/\/|\[:\]\/\/|\[:\/\/\])/i;
const defangedScheme: Readonly<Record<string, string>> = { hxxp: "http", hxxps: "https", fxp: "ftp", fxps: "ftps" };

/** The scheme that an item starts with, in lower case and refanged, and what follows it. */
export function splitScheme(text: string): { readonly scheme: string; readonly rest: string } | undefined {
  const match = schemeInFront.exec(text);
  if (match === null) return undefined;
  const written = (match[1] as string).toLowerCase();
  const scheme = Object.hasOwn(defangedScheme, written) ? (defangedScheme[written] as string) : written;
  return { scheme, rest: text.slice(match[0].length) };
}
