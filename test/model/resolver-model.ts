/** How resolvers choose the rule for a query name: the two semantics in use, written plainly for small inputs. */
import type { Action, Rules } from "./rules.ts";

/** The rule's action, or "none" where no rule applies. */
export type Verdict = Action | "none";

/** The name without its first label; undefined above a top-level name. */
function parentOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot < 0 ? undefined : name.slice(dot + 1);
}

/** The name and all names above it, deepest first. */
export function selfAndAncestors(name: string): string[] {
  const names = [name];
  for (let parent = parentOf(name); parent !== undefined; parent = parentOf(parent)) names.push(parent);
  return names;
}

/** Every name that exists in the zone: owners and the empty non-terminals above them (RFC 4592 section 2.2.2). */
export function existingNames(rules: Rules): Set<string> {
  const names = new Set<string>();
  for (const owner of rules.keys()) for (const name of selfAndAncestors(owner)) names.add(name);
  return names;
}

/**
 * Closest encloser (RFC 4592 section 3.3.1): the name's own rule; else, where the name does not exist in the zone, the
 * wildcard right beneath its deepest ancestor that does.
 */
export function closestEncloser(rules: Rules, qname: string): Verdict {
  const own = rules.get(qname);
  if (own !== undefined) return own;
  const existing = existingNames(rules);
  if (existing.has(qname)) return "none";
  const encloser = selfAndAncestors(qname).find((name) => existing.has(name));
  return rules.get(encloser === undefined ? "*" : `*.${encloser}`) ?? "none";
}

/** Any ancestor: the name's own rule; else the wildcard beneath the deepest ancestor that has one. */
export function anyAncestor(rules: Rules, qname: string): Verdict {
  const own = rules.get(qname);
  if (own !== undefined) return own;
  for (let above = parentOf(qname); above !== undefined; above = parentOf(above)) {
    const wildcard = rules.get(`*.${above}`);
    if (wildcard !== undefined) return wildcard;
  }
  return rules.get("*") ?? "none";
}
