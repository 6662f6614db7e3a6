/** RDATA as master-file text (RFC 1035 5.1) for the types that policy zones hold; any other type in RFC 3597's form. */
import { nameToText } from "./name.ts";
import { typeA, typeAaaa, typeCname, typeNs, typeSoa, typeTxt } from "./types.ts";

const typeNames: Readonly<Record<number, string>> = {
  [typeA]: "A",
  [typeNs]: "NS",
  [typeCname]: "CNAME",
  [typeSoa]: "SOA",
  [typeTxt]: "TXT",
  [typeAaaa]: "AAAA",
};

/** The mnemonic of an RR type, or `TYPE123` (RFC 3597 5). */
export function typeToText(type: number): string {
  return typeNames[type] ?? `TYPE${type}`;
}

/** `rdata` is uncompressed wire. */
export function rdataToText(type: number, rdata: Uint8Array): string {
  const view = new DataView(rdata.buffer, rdata.byteOffset, rdata.byteLength);
  switch (type) {
    case typeA:
      return rdata.join(".");
    case typeAaaa:
      return Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16)).join(":");
    case typeNs:
    case typeCname:
      return nameToText(rdata);
    case typeSoa: {
      const rname = nameBytes(rdata, 0);
      const numbers = rname + nameBytes(rdata, rname);
      const fields = Array.from({ length: 5 }, (_, i) => view.getUint32(numbers + 4 * i));
      return [nameToText(rdata), nameToText(rdata.subarray(rname)), ...fields].join(" ");
    }
    case typeTxt:
      return [...characterStrings(rdata)].map(quote).join(" ");
    default:
      return `\\# ${rdata.length} ${Buffer.from(rdata).toString("hex")}`;
  }
}

/** Octets of the uncompressed wire name at `start`. */
function nameBytes(wire: Uint8Array, start: number): number {
  let at = start;
  while (wire[at] !== 0) at += (wire[at] as number) + 1;
  return at + 1 - start;
}

function* characterStrings(rdata: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < rdata.length; at += (rdata[at] as number) + 1) {
    yield rdata.subarray(at + 1, at + 1 + (rdata[at] as number));
  }
}

function quote(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) {
    if (octet < 0x20 || octet > 0x7e) text += `\\${String(octet).padStart(3, "0")}`;
    else text += octet === 0x22 || octet === 0x5c ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
  }
  return `"${text}"`;
}
