/** Policy rules as the tests write them, and the records that carry them in a zone (RPZ draft section 3). */

/** What a rule does. Local data is one A record. */
export type Action = "nxdomain" | "nodata" | "passthru" | "drop" | "tcp-only" | { readonly a: string };

/**
 * Rules by owner name: relative to the policy zone's apex, lower case, no final dot, `*.` in front for a wildcard, as in
 * `bad.example` and `*.bad.example`.
 */
export type Rules = ReadonlyMap<string, Action>;

/** The record data of an action, type first. */
export function rdataOf(action: Action): string {
  if (typeof action === "object") return `A ${action.a}`;
  switch (action) {
    case "nxdomain":
      return "CNAME .";
    case "nodata":
      return "CNAME *.";
    case "passthru":
      return "CNAME rpz-passthru.";
    case "drop":
      return "CNAME rpz-drop.";
    case "tcp-only":
      return "CNAME rpz-tcp-only.";
  }
}

/** A policy zone as a zone file. Refresh and retry are a second, so that secondaries follow without being told. */
export function zoneFile(apex: string, serial: number, rules: Rules): string {
  const lines = [...rules].map(([owner, action]) => `${owner} ${rdataOf(action)}\n`);
  return `$ORIGIN ${apex}.
$TTL 60
@ SOA localhost. hostmaster.${apex}. ${serial} 1 1 86400 60
@ NS localhost.
${lines.join("")}`;
}
