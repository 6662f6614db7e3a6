/**
 * Answers to plain queries: SOA and NS at the apex, and whatever is stored beneath it. What is stored is what is
 * answered: wildcards are not expanded and a CNAME is not followed, for the client wants to see the rule itself. Not
 * implemented: DNSSEC, referrals, glue.
 */
import type { Question } from "../dns/message.ts";
import { readUint32 } from "../dns/message.ts";
import { keyOfName } from "../dns/name.ts";
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

/** The records at a name: none at an empty non-terminal, undefined where the name does not exist. */
function recordsAt(version: ZoneVersion, ownerKey: Uint8Array): readonly Rr[] | undefined {
  const lookup = version.lookup(ownerKey);
  switch (lookup.kind) {
    case "records":
      return lookup.records;
    case "empty":
      return [];
    case "absent":
      return undefined;
  }
}

/** RFC 2308 section 3: "the TTL of this record is set from the minimum of the MINIMUM field of the SOA and its TTL". */
function negativeSoa({ soa }: ZoneVersion): Rr {
  const minimum = readUint32(soa.rdata, soa.rdata.length - 4);
  return { ...soa, ttl: Math.min(soa.ttl, minimum) };
}
