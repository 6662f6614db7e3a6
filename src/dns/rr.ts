/**
 * RRs that stand at one owner, as runs of octets: TYPE (2), TTL (4), RDLENGTH (2), RDATA, repeated, in network order.
 * RDATA is uncompressed and class IN understood. Blocks, actions and the store's apex records all have this form.
 */

/** One RR without its owner. RDATA is uncompressed wire. */
export interface Rr {
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** What stands at an owner name. */
export type Lookup =
  | { readonly kind: "records"; readonly records: readonly Rr[] }
  /** An empty non-terminal: nothing here, something beneath. */
  | { readonly kind: "empty" }
  | { readonly kind: "absent" };

/** Octets of TYPE, TTL and RDLENGTH. */
const fixedBytes = 8;

/** Where the RR at `at` ends; past the run where it is cut short. */
function endOfRr(rrs: Uint8Array, at: number): number {
  return at + fixedBytes + (((rrs[at + 6] as number) << 8) | (rrs[at + 7] as number));
}

/** One RR. `rdata` has at most 65,535 octets. */
export function encodeRr(type: number, ttl: number, rdata: Uint8Array): Uint8Array {
  return encodeRrs([{ type, ttl, rdata }]);
}

/** A run of RRs in the order given. */
export function encodeRrs(records: readonly Rr[]): Uint8Array {
  const rrs = new Uint8Array(records.reduce((sum, { rdata }) => sum + fixedBytes + rdata.length, 0));
  const view = new DataView(rrs.buffer);
  let at = 0;
  for (const { type, ttl, rdata } of records) {
    view.setUint16(at, type);
    view.setUint32(at + 2, ttl);
    view.setUint16(at + 6, rdata.length);
    rrs.set(rdata, at + fixedBytes);
    at += fixedBytes + rdata.length;
  }
  return rrs;
}

/** The RRs of a run, each with RDATA of its own. @throws RangeError where the run is cut short */
export function decodeRrs(rrs: Uint8Array): Rr[] {
  return splitRrs(rrs).map((rr) => {
    const type = ((rr[0] as number) << 8) | (rr[1] as number);
    return { type, ttl: ttlOfRrs(rr), rdata: rr.slice(fixedBytes) };
  });
}

/** The single RRs of a run, as views into it. @throws RangeError where the run is cut short */
export function splitRrs(rrs: Uint8Array): Uint8Array[] {
  const single: Uint8Array[] = [];
  for (let at = 0; at < rrs.length; ) {
    const end = endOfRr(rrs, at);
    if (end > rrs.length) throw cutShort();
    single.push(rrs.subarray(at, end));
    at = end;
  }
  return single;
}

/** How many RRs stand in `rrs[0…bytes)`. @throws RangeError where the run is cut short */
export function countRrs(rrs: Uint8Array, bytes: number = rrs.length): number {
  let count = 0;
  let at = 0;
  for (; at < bytes; at = endOfRr(rrs, at)) count++;
  if (at > bytes) throw cutShort();
  return count;
}

function cutShort(): RangeError {
  return new RangeError("A run of RRs is cut short");
}

/** Whether two runs say the same, TTLs aside. @throws RangeError where one is cut short */
export function equalButTtl(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; ) {
    const end = endOfRr(a, at);
    if (end > a.length) throw cutShort();
    for (let i = at; i < end; i++) if (a[i] !== b[i] && (i < at + 2 || i >= at + 6)) return false;
    at = end;
  }
  return true;
}

/** TTL of a single RR, or of the first of a run. */
export function ttlOfRrs(rrs: Uint8Array): number {
  return new DataView(rrs.buffer, rrs.byteOffset).getUint32(2);
}
