/**
 * IXFR (RFC 1995): whether a client gets one SOA, the differences or the whole zone, and the order of the differences.
 * Not implemented: condensing several differences into one (section 4, optional), since the source keeps them as they
 * were published.
 */
import { compareSerials, type Serial } from "../dns/serial.ts";
import { differencesShareMax } from "../dns/transfer-size.ts";
import { planFullZone } from "./axfr.ts";
import { CountedMessages, requireCount } from "./counted-messages.ts";
import type { Part, Plan } from "./transfer-stream.ts";
import type { Difference, ZoneVersion } from "./zone-source.ts";

export type IxfrPlan =
  /** The client has this version or a newer one. */
  | { readonly kind: "current" }
  | { readonly kind: "differences"; readonly plan: Plan }
  | { readonly kind: "full"; readonly plan: Plan };

/** Decides on the answer to a client at `from`; `fullWanted` where differences would not serve it. */
export function planIxfr(version: ZoneVersion, from: Serial, fullWanted: boolean): IxfrPlan {
  const order = compareSerials(from, version.serial);
  // RFC 1995 2: "If an IXFR query with the same or newer version number than that of the server is received, it is
  // replied to with a single SOA record of the server's current version".
  if (order === 0 || order === 1) return { kind: "current" };
  const differences = fullWanted || order === undefined ? undefined : version.differencesFrom(from);
  if (differences !== undefined && isChain(differences, from, version.serial)) {
    const bytes = differences.reduce((sum, difference) => sum + difference.bytes, 0);
    // Section 5 leaves the choice where differences are larger than the zone. Up to twice its size they are the safer one:
    // when they break off BIND keeps what it has, and loses rules when a full zone does.
    if (bytes <= differencesShareMax * version.bytes)
      return { kind: "differences", plan: { parts: sequence(version, differences), bytes } };
  }
  // Section 4: "If incremental zone transfer is not available, the entire zone is returned".
  return { kind: "full", plan: planFullZone(version) };
}

/** Whether each difference starts where the one before ended; anything else would corrupt the client's zone. */
function isChain(differences: readonly Difference[], from: Serial, to: Serial): boolean {
  let at = from;
  for (const difference of differences) {
    if (difference.from.serial !== at) return false;
    at = difference.to.serial;
  }
  return differences.length > 0 && at === to;
}

/**
 * Section 4: "the first RR of the response is the SOA of the new zone", then each difference as "the old SOA, the
 * deletions, the new SOA, the additions", "ordered oldest first, newest last", and the new SOA once more at the end.
 * Each run is compared with its counts before the SOA behind it.
 */
function* sequence(version: ZoneVersion, differences: readonly Difference[]): Generator<Part> {
  yield { kind: "apex", records: [version.soa] };
  for (const difference of differences) {
    const deletions = new CountedMessages(difference.deletions());
    const additions = new CountedMessages(difference.additions());
    yield { kind: "apex", records: [difference.from.soa] };
    yield { kind: "stored", messages: deletions };
    requireCount("deletions", deletions.records, difference.removed);
    yield { kind: "apex", records: [difference.to.soa] };
    yield { kind: "stored", messages: additions };
    requireCount("additions", additions.records, difference.added);
    requireCount("stored octets", deletions.octets + additions.octets, difference.bytes);
  }
  yield { kind: "apex", records: [version.soa] };
}
