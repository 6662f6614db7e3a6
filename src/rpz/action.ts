/**
 * What a resolver does when a rule matches, and the records that say so (draft-vixie-dnsop-dns-rpz section 3).
 * Owners and zones are left to others: an action here is the RRs that stand at an owner.
 */
import { equalBytes } from "../base/bytes.ts";
import { nameFromText, nameToText } from "../dns/name.ts";
import { encodeRr, type Rr } from "../dns/rr.ts";
import { typeA, typeAaaa, typeCname, typeTxt } from "../dns/types.ts";
import { parseAddress, prefixToText } from "./address.ts";

/** Answers that replace the real ones (draft section 3.6). A CNAME stands alone. */
export interface LocalData {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** `garden.example.net`, or `*.garden.example.net`: the query name is put in front of the target. */
  readonly cname?: string;
  /** Each at most 255 octets. */
  readonly txt?: readonly string[];
}

export const plainActions = ["nxdomain", "nodata", "passthru", "drop", "tcp-only"] as const;
export type PlainAction = (typeof plainActions)[number];
export type Action = PlainAction | LocalData;

/** CNAME targets of the plain actions (draft sections 3.1 to 3.5), in lower case with the final dot. */
export const actionTargets: Readonly<Record<PlainAction, string>> = {
  nxdomain: ".",
  nodata: "*.",
  passthru: "rpz-passthru.",
  drop: "rpz-drop.",
  "tcp-only": "rpz-tcp-only.",
};

/** The RRs of an action, by type and then by RDATA, so that equal actions give equal bytes. */
export function encodeAction(action: Action, ttl: number): Uint8Array {
  if (typeof action === "string") return encodeRr(typeCname, ttl, nameFromText(actionTargets[action]));
  const rrs: Uint8Array[] = [];
  for (const address of action.a ?? []) rrs.push(encodeRr(typeA, ttl, octetsOf(address, 4)));
  if (action.cname !== undefined) rrs.push(encodeRr(typeCname, ttl, nameFromText(action.cname.toLowerCase())));
  for (const text of action.txt ?? []) {
    const octets = Buffer.from(text, "utf8");
    rrs.push(encodeRr(typeTxt, ttl, Buffer.concat([Buffer.of(octets.length), octets])));
  }
  for (const address of action.aaaa ?? []) rrs.push(encodeRr(typeAaaa, ttl, octetsOf(address, 16)));
  const distinct = new Map(rrs.map((rr) => [Buffer.from(rr).toString("hex"), rr]));
  return new Uint8Array(Buffer.concat([...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rr]) => rr)));
}

/** The action that RRs of `encodeAction` say. */
export function decodeAction(records: readonly Rr[]): Action {
  const plain = plainActions.find((action) =>
    records.some(({ type, rdata }) => type === typeCname && equalBytes(rdata, nameFromText(actionTargets[action]))),
  );
  if (plain !== undefined) return plain;
  const dataOf = <T>(type: number, read: (rdata: Uint8Array) => T): readonly T[] =>
    records.filter((rr) => rr.type === type).map(({ rdata }) => read(rdata));
  const addressText = (octets: Uint8Array): string => prefixToText({ octets, length: 8 * octets.length });
  const a = dataOf(typeA, addressText);
  const aaaa = dataOf(typeAaaa, addressText);
  const [cname] = dataOf(typeCname, (rdata) => nameToText(rdata).replace(/(?<=.)\.$/, ""));
  const txt = dataOf(typeTxt, (rdata) => Buffer.from(rdata.subarray(1)).toString("utf8"));
  return {
    ...(a.length === 0 ? {} : { a }),
    ...(aaaa.length === 0 ? {} : { aaaa }),
    ...(cname === undefined ? {} : { cname }),
    ...(txt.length === 0 ? {} : { txt }),
  };
}

/** A short name of an action for people and JSON: the plain name, or `local-data`. */
export function nameOfAction(action: Action): string {
  return typeof action === "string" ? action : "local-data";
}

/** An address as the RDATA of A or AAAA. @throws RangeError where it is none of that family */
function octetsOf(text: string, length: 4 | 16): Uint8Array {
  const octets = parseAddress(text)?.octets;
  if (octets?.length !== length) throw new RangeError(`Not an address of ${length} octets: ${text}`);
  return octets;
}
