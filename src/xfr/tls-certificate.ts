/** The certificate that a client showed, as the access lists ask for it. */
import type { X509Certificate } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import type { ClientCertificate } from "./query.ts";

/** RFC 6125 section 6.4: SAN dNSName alone, and a wildcard only as a whole label. */
const rules = { subject: "never", wildcards: true, partialWildcards: false, multiLabelWildcards: false } as const;

/** `x509` leads to one of our certificate authorities; a connection may last longer than it is valid. */
export function clientCertificate(x509: X509Certificate, clock: Clock): ClientCertificate {
  const endsMs = Date.parse(x509.validTo);
  /** Only names of the configuration are asked for. */
  const known = new Map<string, boolean>();
  return {
    shownNames: x509.subjectAltName ?? "",
    isFor(name) {
      if (clock.nowMs() > endsMs) return false;
      let is = known.get(name);
      if (is === undefined) known.set(name, (is = x509.checkHost(name, rules) !== undefined));
      return is;
    },
  };
}
