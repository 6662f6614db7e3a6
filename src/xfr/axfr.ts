/**
 * AXFR (RFC 5936): the order of a full transfer. Not implemented: glue (policy zones delegate nothing) and AXFR over
 * UDP, which section 4.2 leaves undefined.
 */
import type { Plan } from "./transfer-stream.ts";
import type { ZoneVersion } from "./zone-source.ts";

/**
 * RFC 5936 2.2: "The first and last RRs of the answer are the zone's SOA", and "AXFR server MUST NOT" send it between.
 * All of it is of one version, whatever is published meanwhile (2.2: "a consistent set of RRs").
 */
export function planFullZone(version: ZoneVersion): Plan {
  return {
    parts: [
      { kind: "apex", records: [version.soa, ...version.ns] },
      { kind: "stored", messages: version.blocks() },
      { kind: "apex", records: [version.soa] },
    ],
    bytes: version.bytes,
  };
}
