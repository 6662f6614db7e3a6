/** What lists call the facts of their entries, for whoever writes that where the key of `fields` should stand. */
import type { FactField } from "../indicator/facts/columns.ts";

const wordsOfFact: Readonly<Partial<Record<FactField, string>>> = {
  id: "uuid identifier external_id",
  category: "type kind class threat threat_type",
  confidence: "score certainty confidence_level reliability",
  tlp: "marking markings tag tags classification object_marking_refs",
  distribution: "sharing visibility",
  sharingGroup: "sharing_group group",
  organisation: "org orgc organization reporter author source_org created_by",
  campaign: "threat_actor actor",
  family: "malware malware_printable malware_family",
  event: "event_uuid event_id report_id",
  validFrom: "from start begin begins since valid_from",
  validUntil: "until expires expiry expiration end ends valid_to valid_until",
  firstSeen: "first first_seen created added",
  lastSeen: "last last_seen modified updated",
  revoked: "deleted withdrawn is_revoked",
  reference: "ref link url case source",
};

const factByWord: ReadonlyMap<string, string> = new Map(
  Object.entries(wordsOfFact).flatMap(([fact, words]) => words.split(" ").map((word) => [word, fact] as const)),
);

/** The fact that a list means by a word, in any letter case, with a hyphen or `_`; undefined for other words. */
export function factMeantBy(word: string): string | undefined {
  return factByWord.get(
    word
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase()
      .replaceAll("-", "_"),
  );
}
