/**
 * Domain names in their three shapes: wire (RFC 1035 3.1, uncompressed), text (RFC 1035 5.1 escapes) and key.
 *
 * A key is the name as bytes whose plain byte order is the canonical order of RFC 4034 6.1: labels from the root down,
 * in lower case, each ended by 0x00; inside a label 0x00 is written 0x01 0x01 and 0x01 is written 0x01 0x02. A name's
 * key is a byte prefix of the key of every name beneath it, and of no other. The root's key is empty.
 */

/** Octets of a name on the wire, the root's length octet included (RFC 1035 2.3.4). */
export const nameBytesMax = 255;
/** Octets of one label (RFC 1035 2.3.4). */
export const labelBytesMax = 63;
/** Labels of the longest name: 127 of one octet in 255 octets. */
export const labelsMax = 127;

export type NameFault = "empty-name" | "empty-label" | "label-too-long" | "name-too-long" | "bad-escape" | "not-ascii";

/** A text that is no domain name. */
export class NameError extends Error {
  readonly fault: NameFault;
  constructor(fault: NameFault, text: string) {
    super(`Cannot read "${text.length > 300 ? `${text.slice(0, 300)}…` : text}" as a domain name: ${fault}`);
    this.name = "NameError";
    this.fault = fault;
  }
}

/** ASCII lower case of one octet. */
function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

/**
 * Reads master-file text (`\.`, `\065`; a final dot changes nothing) as an uncompressed wire name.
 * Letter case is kept. @throws NameError
 */
export function nameFromText(text: string): Uint8Array {
  if (text === ".") return Uint8Array.of(0);
  if (text === "") throw new NameError("empty-name", text);
  const wire: number[] = [];
  let lengthAt = 0;
  wire.push(0);
  const endLabel = (last: boolean): void => {
    const length = wire.length - lengthAt - 1;
    if (length === 0) {
      if (last && lengthAt > 0) return;
      throw new NameError("empty-label", text);
    }
    if (length > labelBytesMax) throw new NameError("label-too-long", text);
    wire[lengthAt] = length;
    lengthAt = wire.length;
    wire.push(0);
    if (wire.length > nameBytesMax) throw new NameError("name-too-long", text);
  };
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 0x2e) {
      endLabel(false);
      continue;
    }
    if (code === 0x5c) {
      const digits = /^\d{3}/.exec(text.slice(i + 1, i + 4))?.[0];
      if (digits !== undefined) {
        code = Number(digits);
        i += 3;
      } else {
        i += 1;
        code = i < text.length ? text.charCodeAt(i) : 256;
      }
      if (code > 255) throw new NameError("bad-escape", text);
    } else if (code > 0x7f) {
      throw new NameError("not-ascii", text);
    }
    wire.push(code);
  }
  endLabel(true);
  return Uint8Array.from(wire);
}

/** One label as master-file text. */
function labelToText(wire: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) {
    const octet = wire[i] as number;
    if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, "0")}`;
    // The characters that mean something in a master file: . \ " ( ) ; @ $
    else if ('.\\"();@$'.includes(String.fromCharCode(octet))) text += `\\${String.fromCharCode(octet)}`;
    else text += String.fromCharCode(octet);
  }
  return text;
}

/** Master-file text of an uncompressed wire name, with a final dot. */
export function nameToText(wire: Uint8Array): string {
  if (wire[0] === 0) return ".";
  let text = "";
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
    text += `${labelToText(wire, at + 1, at + 1 + (wire[at] as number))}.`;
  }
  return text;
}

/** The key of an uncompressed wire name; letter case is folded. */
export function keyOfName(wire: Uint8Array): Uint8Array {
  const starts: number[] = [];
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) starts.push(at);
  const key: number[] = [];
  for (let i = starts.length - 1; i >= 0; i--) {
    const start = starts[i] as number;
    const end = start + 1 + (wire[start] as number);
    for (let at = start + 1; at < end; at++) {
      const octet = lower(wire[at] as number);
      if (octet <= 1) key.push(1, octet + 1);
      else key.push(octet);
    }
    key.push(0);
  }
  return Uint8Array.from(key);
}

/** The key of a name in text. @throws NameError */
export function keyOfText(text: string): Uint8Array {
  return keyOfName(nameFromText(text));
}

/** Byte offsets just past each label of a key, from the top down; its length is the number of labels. */
export function labelEnds(key: Uint8Array): number[] {
  const ends: number[] = [];
  for (let i = 0; i < key.length; i++) if (key[i] === 0) ends.push(i + 1);
  return ends;
}

/** The key of `*.name`. */
export function wildcardKey(key: Uint8Array): Uint8Array {
  const wildcard = new Uint8Array(key.length + 2);
  wildcard.set(key);
  wildcard[key.length] = 0x2a;
  return wildcard;
}

/** A name in text as names are compared: in lower case and without the final dot. */
export function foldName(text: string): string {
  return text.toLowerCase().replace(/(?<=.)\.$/, "");
}

/** The wire name of a key, in lower case. */
export function nameOfKey(key: Uint8Array): Uint8Array {
  const ends = labelEnds(key);
  const wire: number[] = [];
  for (let i = ends.length - 1; i >= 0; i--) {
    const lengthAt = wire.length;
    wire.push(0);
    const end = (ends[i] as number) - 1;
    for (let at = i === 0 ? 0 : (ends[i - 1] as number); at < end; at++) {
      const octet = key[at] as number;
      if (octet === 1) wire.push((key[++at] as number) - 1);
      else wire.push(octet);
    }
    wire[lengthAt] = wire.length - lengthAt - 1;
  }
  wire.push(0);
  return Uint8Array.from(wire);
}

/** Text of a key without the final dot (`.` for the root), as people write names in lists. */
export function keyToText(key: Uint8Array): string {
  const text = nameToText(nameOfKey(key));
  return text === "." ? text : text.slice(0, -1);
}

/** Octets that a key's name takes on the wire without the root's length octet. */
export function wireBytesOfKey(key: Uint8Array, length: number = key.length): number {
  let bytes = length;
  // Each label swaps its end mark for a length octet; each escape is one octet too many.
  for (let i = 0; i < length; i++) if (key[i] === 1) (bytes -= 1), (i += 1);
  return bytes;
}

/** The first key after every name at or beneath `key`; undefined for the root, beneath which everything is. */
export function endOfSubtree(key: Uint8Array): Uint8Array | undefined {
  if (key.length === 0) return undefined;
  // A key ends in 0x00 and whatever lies beneath goes on after it, so the next sibling differs in that octet.
  // A copy, which `slice()` of a Buffer is not.
  const end = Uint8Array.from(key);
  end[key.length - 1] = 1;
  return end;
}
