/** What a checked configuration says of sources whose entries are attributes of a MISP. */
import type { WarninglistHits } from "../indicator/format/misp.ts";
import type { RuleTrigger } from "../rpz/label.ts";

/** Triggers that entries of intelligence may have. */
export const intelligenceTriggers = ["qname", "response-ip"] as const satisfies readonly RuleTrigger[];
export type IntelligenceTrigger = (typeof intelligenceTriggers)[number];

/** Which attributes of a MISP are taken. */
interface MispFilterConfig {
  /** Names of tags, with `!` in front of those that an attribute must not have, itself or by its event; `%` is any text. */
  readonly tags?: readonly string[];
  /** Types of attributes. */
  readonly types?: readonly string[];
}

/** Keys that other sources do not have. */
export interface MispTraits {
  /** Of STIX, too: what its entries are compared with. */
  readonly triggers?: readonly IntelligenceTrigger[];
  /** Which attributes count. */
  readonly filter?: MispFilterConfig;
  /** What becomes of attributes that lie in a warning list there. */
  readonly warninglistHits?: WarninglistHits;
  /** misp: sources and organisations of sightings that are our own, which prolong nothing. */
  readonly ownSightings?: readonly string[];
  /** Whether entries end when the decay models there say so. */
  readonly theirDecay?: boolean;
}
