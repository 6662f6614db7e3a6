/**
 * Exceptions of a source that are lost: lines by which its maintainers took a name out and that cannot be read here. Each
 * is a name that is blocked by mistake, so they are told from other rejects.
 */
import type { RejectReason } from "./rejects.ts";

/**
 * Reasons after which an exception was meant and is lost. The others say that it never was one of a name: an option, a page,
 * a cosmetic rule, another trigger, another zone.
 */
const losing: ReadonlySet<RejectReason> = new Set([
  "binary",
  "not-utf8",
  "free-text",
  "several-columns",
  "bad-character",
  "empty-label",
  "label-too-long",
  "name-too-long",
  "single-label",
  "numeric-tld",
  "bad-idn",
  "reserved-label",
  "wildcard",
  "bad-address",
  "address-with-port",
  "name-with-port",
  "userinfo",
  "url-in-domain-list",
  "bad-url",
  "unsupported-scheme",
  "not-a-hosts-line",
  "unsupported-rule",
  "regular-expression",
  "bad-syntax",
  "unknown-action",
]);

/** Exceptions of policy zones, dnsmasq and Unbound, which lists that were joined have among their lines. */
const exceptions: readonly RegExp[] = [
  /\sCNAME[\s(]+rpz-passthru\.?(?:[\s)]|$)/i,
  // On a line of its own, behind a parenthesis that does not end.
  /^[\s(]*rpz-passthru\.?[\s)]*$/i,
  /^[ \t]*server=\/[^/\s]+\/#/i,
  /^[ \t]*local-zone:.*\s"?(?:always_transparent|transparent|typetransparent|inform)"?(?:\s|$)/i,
];

/** Whether a line (one character per octet) that is a reject for this reason is an exception that is lost. */
export function isLostException(reason: RejectReason, octets: string): boolean {
  if (!losing.has(reason)) return false;
  // Whatever action was meant, it was not to block.
  if (reason === "unknown-action" || octets.startsWith("@@")) return true;
  return exceptions.some((exception) => exception.test(octets));
}
