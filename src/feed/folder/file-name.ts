/** Names of files as they are kept and shown, and which of them are no lists yet: nothing of a name reaches a terminal as it is. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Characters that steer a terminal, end a line or turn the text around them. */
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\\]/u;

/**
 * The name of a file as text that is another for each name: octets that are not UTF-8 are `\xNN`, characters that would not be seen
 * are `\u{N}`, and a backslash is `\\`.
 */
export function shownFileName(name: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(name);
  } catch {
    return Array.from(name, (octet) => (isPlain(octet) ? String.fromCharCode(octet) : hex(octet))).join("");
  }
  if (!steering.test(text)) return text;
  return Array.from(text, (character) => {
    if (character === "\\") return "\\\\";
    return steering.test(character) ? `\\u{${(character.codePointAt(0) as number).toString(16)}}` : character;
  }).join("");
}

const backslash = 0x5c;

function isPlain(octet: number): boolean {
  return octet >= 0x20 && octet < 0x7f && octet !== backslash;
}

function hex(octet: number): string {
  return `\\x${octet.toString(16).padStart(2, "0")}`;
}

/** Whether a file is still being written, or kept by a program for itself, by the name that it has. */
export function isUnfinishedName(shown: string): boolean {
  return /^[.~]/.test(shown) || /\.(?:part|tmp|swp)$/i.test(shown);
}
