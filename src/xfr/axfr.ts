/**
 * AXFR (RFC 5936): the order of a full transfer. Not implemented: glue (policy zones delegate nothing) and AXFR over
 * UDP, which section 4.2 leaves undefined.
 */
import { CountedMessages, requireCount } from "./counted-messages.ts";
import type { Part, Plan } from "./transfer-stream.ts";
import type { ZoneVersion } from "./zone-source.ts";

/**
 * RFC 5936 2.2: "The first and last RRs of the answer are the zone's SOA", and "AXFR server MUST NOT" send it between.
 * All of it is of one version, whatever is published meanwhile (2.2: "a consistent set of RRs").
 */
export function planFullZone(version: ZoneVersion): Plan {
  return { parts: wholeZone(version), bytes: version.bytes };
}

/** The last SOA says that all came: it is only given once the counts agree. */
function* wholeZone(version: ZoneVersion): Generator<Part> {
  const { soa, ns, records, bytes } = version;
  const rules = new CountedMessages(version.blocks());
  yield { kind: "apex", records: [soa, ...ns] };
  yield { kind: "stored", messages: rules };
  requireCount("records of rules", rules.records, records - 1 - ns.length);
  requireCount("stored octets", rules.octets, bytes);
  yield { kind: "apex", records: [soa] };
}
