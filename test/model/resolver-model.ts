/**
 * How resolvers choose the rule for a query name, written plainly for small inputs. Two semantics are in use, closest
 * encloser and any ancestor, and a third that Unbound believes to be the first. `test/interop/model.test.ts` holds each
 * of them against the real resolvers: BIND 9.18, Unbound 1.17, PowerDNS Recursor 4.8 and Knot Resolver 5.6 agree with
 * their function here on every name tried.
 */
import type { Action, Rules } from "./rules.ts";

/** The rule's action, or "none" where no rule applies. */
export type ResolverAnswer = Action | "none";

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
export function closestEncloser(rules: Rules, qname: string): ResolverAnswer {
  const own = rules.get(qname);
  if (own !== undefined) return own;
  const existing = existingNames(rules);
  if (existing.has(qname)) return "none";
  const encloser = selfAndAncestors(qname).find((name) => existing.has(name));
  return rules.get(encloser === undefined ? "*" : `*.${encloser}`) ?? "none";
}

/**
 * Unbound's order of names: label by label from the root down, a shorter label first, then by its letters; a name before
 * what is beneath it. This is not the canonical order of RFC 4034, which compares letters before lengths.
 */
function compareAsUnbound(a: string, b: string): number {
  const left = a.split(".").reverse();
  const right = b.split(".").reverse();
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [one, other] = [left[i] as string, right[i] as string];
    if (one.length !== other.length) return one.length - other.length;
    if (one !== other) return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** The deepest name that both are at or beneath; undefined where that is the root. */
function sharedAncestor(a: string, b: string): string | undefined {
  const above = new Set(selfAndAncestors(b));
  return selfAndAncestors(a).find((name) => above.has(name));
}

/**
 * Closest encloser as Unbound finds it: the name's own rule; else the wildcard right beneath the deepest name that the
 * query name shares with the owner just *before* it in Unbound's order. Owners after it are not looked at, so an empty
 * non-terminal counts only where an owner beneath it comes before the query name: with `*.bad`, beneath `n.bad` Unbound
 * blocks `m.n.bad` if there is `x.n.bad`, and does not if there is `a.n.bad`, and it blocks `n.bad` itself in both cases,
 * where BIND blocks none of these. Where every name that exists is an owner, this is the closest encloser of RFC 4592.
 */
export function precedingOwner(rules: Rules, qname: string): ResolverAnswer {
  const own = rules.get(qname);
  if (own !== undefined) return own;
  let before: string | undefined;
  for (const owner of rules.keys()) {
    if (compareAsUnbound(owner, qname) > 0) continue;
    if (before === undefined || compareAsUnbound(owner, before) > 0) before = owner;
  }
  if (before === undefined) return "none";
  const encloser = sharedAncestor(qname, before);
  return rules.get(encloser === undefined ? "*" : `*.${encloser}`) ?? "none";
}

/** Any ancestor: the name's own rule; else the wildcard beneath the deepest ancestor that has one. */
export function anyAncestor(rules: Rules, qname: string): ResolverAnswer {
  const own = rules.get(qname);
  if (own !== undefined) return own;
  for (let above = parentOf(qname); above !== undefined; above = parentOf(above)) {
    const wildcard = rules.get(`*.${above}`);
    if (wildcard !== undefined) return wildcard;
  }
  return rules.get("*") ?? "none";
}

/** What each resolver answers by, under the names that peers have in test/interop. */
export const modelOf = {
  BIND: closestEncloser,
  Unbound: precedingOwner,
  PowerDNS: anyAncestor,
  "Knot Resolver": anyAncestor,
} as const satisfies Record<string, (rules: Rules, qname: string) => ResolverAnswer>;
