/** What several versions of one report come to that stand in a list side by side: none of them is believed beyond the others. */
import { distributionsByReach, type Facts, paps, stricter, tlps } from "./facts.ts";
import { known, type Report } from "./report.ts";

/**
 * The version that the source saw last; where all do not say when, or several say the same, these combined: revoked where one
 * is, under the strictest markings, from the latest start to the earliest end. Of what is neither strict nor lax the first in
 * the order given counts.
 * @param versions at least one
 */
export function combineVersions(versions: readonly Report[]): Report {
  const newest = newestOf(versions);
  return newest.slice(1).reduce(combineTwo, newest[0] as Report);
}

function newestOf(versions: readonly Report[]): readonly Report[] {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { lastSeen } of versions) {
    if (lastSeen === undefined) return versions;
    latest = Math.max(latest, lastSeen);
  }
  return versions.filter(({ lastSeen }) => lastSeen === latest);
}

function combineTwo(a: Report, b: Report): Report {
  return {
    externalId: a.externalId,
    facts: combineFacts(a.facts, b.facts),
    validFrom: most(Math.max, a.validFrom, b.validFrom),
    validUntil: most(Math.min, a.validUntil, b.validUntil),
    firstSeen: most(Math.min, a.firstSeen, b.firstSeen),
    lastSeen: most(Math.max, a.lastSeen, b.lastSeen),
    revoked: a.revoked || b.revoked,
    reference: a.reference ?? b.reference,
    review: a.review ?? b.review,
    detail: a.detail ?? b.detail,
    unreadable: [a.unreadable, b.unreadable].includes("use") ? "use" : (a.unreadable ?? b.unreadable),
  };
}

function combineFacts(a: Facts, b: Facts): Facts {
  const distribution = stricter(distributionsByReach, a.distribution, b.distribution);
  const groups = [a, b].filter((facts) => facts.distribution === distribution).map(({ sharingGroup }) => sharingGroup);
  // Two groups have no member in common that is known of.
  const isSplit = distribution === "sharing-group" && new Set(groups).size > 1;
  return known({
    category: a.category ?? b.category,
    confidence: most(Math.min, a.confidence, b.confidence),
    tlp: stricter(tlps, a.tlp, b.tlp),
    pap: stricter(paps, a.pap, b.pap),
    distribution: isSplit ? "organisation" : distribution,
    sharingGroup: isSplit ? undefined : groups[0],
    organisation: a.organisation ?? b.organisation,
    campaign: a.campaign ?? b.campaign,
    family: a.family ?? b.family,
    event: a.event ?? b.event,
    hidesSource: a.hidesSource === true || b.hidesSource === true ? true : undefined,
  });
}

function most(choose: (a: number, b: number) => number, a?: number, b?: number): number | undefined {
  return a === undefined ? b : b === undefined ? a : choose(a, b);
}
