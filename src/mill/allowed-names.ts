/**
 * Whether allowed names are rules of their own. Where nothing above an allowed name is blocked it needs no rule, and has none:
 * an `rpz-passthru` would end a resolver's search in later zones, too. But a name without a rule may still be hit by one on the
 * name servers that its zone has. Such a rule takes every domain of a server along, which whoever listed it did not look at
 * one by one; so where a zone takes these triggers, each allowed name is a rule that lets it pass. Rules on query names come
 * before those on name servers (draft-vixie-dnsop-dns-rpz-00 section 5).
 *
 * Rules on addresses in answers hit allowed names likewise, and are left as they are: most zones take them, and would have a rule
 * for each allowed name that ends the search. There the address is what can be allowed.
 */
import type { RuleTrigger } from "../rpz/label.ts";

/** Whether a zone with rules of these triggers has one for each allowed name. */
export function passesAllowed(triggers: readonly RuleTrigger[]): boolean {
  return triggers.includes("nsdname") || triggers.includes("nsip");
}
