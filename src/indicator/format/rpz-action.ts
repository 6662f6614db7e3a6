/** What a policy zone's record does to the name it stands at, as far as a source of indicators is concerned. */
import { actionTargets } from "../../rpz/action.ts";
import { parseAddress } from "../../rpz/address.ts";
import type { RejectReason } from "../rejects.ts";
import type { LocalDataMeaning, TargetMeaning } from "../role.ts";
import { isNullAddress } from "./null-address.ts";

/** Types that zone files have beside those that act here; a line with any other word in this place is no record. */
const recordTypes: ReadonlySet<string> = new Set(
  `NS SOA TXT DNAME MX PTR SRV HINFO RP AFSDB LOC NAPTR CAA CERT DS DNSKEY RRSIG NSEC NSEC3 NSEC3PARAM SSHFP SPF TLSA
  SMIMEA OPENPGPKEY CDS CDNSKEY CSYNC ZONEMD SVCB HTTPS URI EUI48 EUI64 IPSECKEY DHCID APL KEY SIG NXT WKS MINFO`.split(
    /\s+/,
  ),
);

/** Whether a word (upper case) is a record type. */
export function isRecordType(word: string): boolean {
  return word === "CNAME" || word === "A" || word === "AAAA" || recordTypes.has(word) || /^TYPE\d+$/.test(word);
}

/** What the configuration says of a target, as what becomes of the rule. */
const meant = { block: "block", allow: "except", reject: "maps-address" } as const;

function isAction(type: string): boolean {
  return type === "CNAME" || type === "A" || type === "AAAA";
}

export type RpzAction = "block" | "except";

/**
 * The meaning of a record. `target` is the first field of its data in lower case; `self` are the ways to write the owner,
 * which as a target is the old form of passthru. `actions` are what the configuration says of targets, before all else. `localData` is what answers of its own mean (a walled garden, an address).
 */
export function rpzActionOf(
  type: string,
  target: string,
  fields: number,
  self: readonly string[],
  localData: LocalDataMeaning,
  actions: ReadonlyMap<string, TargetMeaning>,
): RpzAction | RejectReason {
  const meaning = fields === 1 && isAction(type) ? actions.get(target.replace(/\.$/, "")) : undefined;
  if (meaning !== undefined) return meant[meaning];
  const given = localData === "block" ? "block" : "maps-address";
  if (type === "A" || type === "AAAA") {
    const address = parseAddress(target);
    if (address === undefined || fields !== 1) return "bad-syntax";
    return isNullAddress(address) ? "block" : given;
  }
  if (type !== "CNAME") return isRecordType(type) ? "unsupported-trigger" : "free-text";
  if (fields !== 1) return "bad-syntax";
  if (self.includes(target)) return "except";
  switch (target) {
    case actionTargets.nxdomain:
    case actionTargets.nodata:
    case actionTargets.drop:
    // It makes a client ask again over TCP; who lists a name so holds it to be malicious.
    case actionTargets["tcp-only"]:
      return "block";
    // Without its final dot it is no passthru to a resolver, and yet cannot have been meant as anything else.
    case actionTargets.passthru:
    case actionTargets.passthru.slice(0, -1):
      return "except";
    default:
      return mayBeGarden(target) ? given : "unknown-action";
  }
}

/** A target in which somebody tried to write passthru. */
const likePassthru = /pass?[-_]?th?r/;
/** One that starts as actions do and is no longer than they are. */
const likeAction = /^rpz[-_.][^.]*\.?$/;

/** Whether a CNAME may lead to a walled garden: to a host, and to nothing that looks like an action gone wrong. */
function mayBeGarden(target: string): boolean {
  if (likePassthru.test(target) || likeAction.test(target)) return false;
  return target === "localhost." || target.replace(/\.$/, "").includes(".");
}
