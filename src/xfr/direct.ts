/**
 * Answers to plain queries: SOA and NS at the apex, and whatever is stored beneath it, as RFC 1034 4.3.2 has it: names
 * that a wildcard covers are answered from it. A CNAME is not followed, for the client wants to see the rule itself. Not
 * implemented: DNSSEC, referrals, glue.
 */
import type { Question } from "../dns/message.ts";
import { readUint32 } from "../dns/message.ts";
import { keyOfName, keyOfText, labelEnds } from "../dns/name.ts";
import type { Rr } from "../dns/rr.ts";
import { rcode, typeAny, typeCname } from "../dns/types.ts";
import type { Zone, ZoneVersion } from "./zone-source.ts";

/** What to say to a plain query. */
export interface DirectAnswer {
  readonly rcode: 0 | 3;
  /** Records at the name asked for. */
  readonly answers: readonly Rr[];
  /** Records at the apex. */
  readonly authorities: readonly Rr[];
}

/** The key of the label `*`, which ends that of a wildcard (RFC 4592 2.1.1). */
const asterisk = keyOfText("*");

/** Looks the question's name up in a version; the name lies in the zone. */
export function answerDirectly(zone: Zone, version: ZoneVersion, question: Question): DirectAnswer {
  const apexKey = keyOfName(zone.apex);
  // A name's key starts with the key of the apex.
  const ownerKey = keyOfName(question.name).subarray(apexKey.length);
  const found: readonly Rr[] | undefined =
    ownerKey.length === 0 ? [version.soa, ...version.ns] : recordsAt(version, ownerKey);
  if (found === undefined) return { rcode: rcode.nxDomain, answers: [], authorities: [negativeSoa(version)] };
  const answers = found.filter(
    // RFC 1034 4.3.2 3a: a CNAME answers every type.
    (record) => question.type === typeAny || record.type === question.type || record.type === typeCname,
  );
  return { rcode: rcode.noError, answers, authorities: answers.length > 0 ? [] : [negativeSoa(version)] };
}

/** The records at a name: none at an empty non-terminal, undefined where neither it nor a wildcard for it exists. */
function recordsAt(version: ZoneVersion, ownerKey: Uint8Array): readonly Rr[] | undefined {
  const lookup = version.lookup(ownerKey);
  if (lookup.kind === "records") return lookup.records;
  if (lookup.kind === "empty") return [];
  // RFC 1034 4.3.2 3c: the wildcard right beneath the closest encloser, and no other. Where that has no records itself, but
  // names beneath it, it exists all the same.
  const wildcard = version.lookup(Buffer.concat([closestEncloser(version, ownerKey), asterisk]));
  if (wildcard.kind === "absent") return undefined;
  return wildcard.kind === "records" ? wildcard.records : [];
}

/**
 * The deepest name that exists above one that does not (RFC 4592 3.3.1), the apex at least. Where a name exists, all
 * above it do, so that halving finds it: seven looks for a name of 127 labels.
 */
function closestEncloser(version: ZoneVersion, ownerKey: Uint8Array): Uint8Array {
  const ends = labelEnds(ownerKey);
  let exists = 0;
  let isAbsent = ends.length;
  while (isAbsent - exists > 1) {
    const middle = (exists + isAbsent) >> 1;
    if (version.lookup(ownerKey.subarray(0, ends[middle - 1])).kind === "absent") isAbsent = middle;
    else exists = middle;
  }
  return ownerKey.subarray(0, exists === 0 ? 0 : ends[exists - 1]);
}

/** RFC 2308 section 3: "the TTL of this record is set from the minimum of the MINIMUM field of the SOA and its TTL". */
function negativeSoa({ soa }: ZoneVersion): Rr {
  const minimum = readUint32(soa.rdata, soa.rdata.length - 4);
  return { ...soa, ttl: Math.min(soa.ttl, minimum) };
}
