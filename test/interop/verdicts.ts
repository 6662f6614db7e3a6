/** What a resolver's reply says of the rule behind it. */
import type { Action } from "../model/rules.ts";
import type { Reply } from "./harness/dns-client.ts";
import { untouchedA } from "./harness/upstream.ts";

/**
 * What one can see of an action from outside: passthru and no rule look alike. Other outcomes (SERVFAIL, two addresses)
 * are told in words, so that they equal no verdict.
 */
export type Visible =
  | "untouched"
  | "nxdomain"
  | "nodata"
  | "drop"
  | "tcp-only"
  | `a ${string}`
  | `cname ${string}`
  | `odd: ${string}`;

/** What a client sees of a verdict on a query for an A record over UDP. */
export function visible(verdict: Action | "none"): Visible {
  if (typeof verdict === "object") return `a ${verdict.a}`;
  return verdict === "passthru" || verdict === "none" ? "untouched" : verdict;
}

/** Reads a reply to a query for an A record over UDP. */
export function observe(reply: Reply): Visible {
  if (reply === "silence") return "drop";
  if (reply.truncated) return "tcp-only";
  if (reply.rcode === "NXDOMAIN") return "nxdomain";
  if (reply.rcode !== "NOERROR") return `odd: ${reply.rcode}`;
  // A resolver follows an alias; what is at its end is the upstream's and tells nothing.
  const [first] = reply.answers;
  if (first?.type === "CNAME") return `cname ${first.data}`;
  const addresses = reply.answers.map((answer) => (answer.type === "A" ? answer.data : answer.type));
  if (addresses.length === 0) return "nodata";
  if (addresses.length > 1) return `odd: ${addresses.join(" ")}`;
  return addresses[0] === untouchedA ? "untouched" : `a ${addresses[0]}`;
}
