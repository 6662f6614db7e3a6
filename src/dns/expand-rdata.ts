/** RDATA without compression, for the types whose names may be compressed (RFC 1035 3.3, RFC 3597 4). */
import { lowerName, readName } from "./message.ts";
import { typeCname, typeDname, typeMx, typeNs, typePtr, typeSoa } from "./types.ts";

type Layout = readonly [before: number, names: number];
const oneName: Layout = [0, 1];
const twoNames: Layout = [0, 2];
const nameBehindNumber: Layout = [2, 1];

/** By type, octets before its names and how many names follow; what is behind them is copied. */
const layouts: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [typeNs, oneName],
  [typeCname, oneName],
  [typeSoa, twoNames],
  [typePtr, oneName],
  [typeMx, nameBehindNumber],
  [typeDname, oneName],
  // MD, MF, MB, MG, MR
  ...[3, 4, 7, 8, 9].map((type): [number, Layout] => [type, oneName]),
  // MINFO, RP
  ...[14, 17].map((type): [number, Layout] => [type, twoNames]),
  // AFSDB, RT, KX
  ...[18, 21, 36].map((type): [number, Layout] => [type, nameBehindNumber]),
  // PX
  [26, [2, 2]],
  // SRV
  [33, [6, 1]],
]);

/** The RDATA at `start…end` of a message, letter case kept. @throws MessageError */
export function expandRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  return expand(message, type, start, end, (name) => name);
}

/** The same with names in lower case, as they are compared (RFC 4034 6.2). @throws MessageError */
export function canonicalRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  return expand(message, type, start, end, lowerName);
}

function expand(
  message: Uint8Array,
  type: number,
  start: number,
  end: number,
  change: (name: Uint8Array) => Uint8Array,
): Uint8Array {
  const layout = layouts.get(type);
  if (layout === undefined) return message.subarray(start, end);
  const [before, names] = layout;
  const within = message.subarray(0, end);
  const parts = [message.subarray(start, start + before)];
  let at = start + before;
  for (let i = 0; i < names; i++) {
    const name = readName(within, at);
    parts.push(change(name.wire));
    at = name.end;
  }
  parts.push(message.subarray(at, end));
  return Buffer.concat(parts);
}
