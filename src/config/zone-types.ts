/** What a checked policy zone looks like: a part of the configuration (`types.ts`). */
import type { Pap, Tlp } from "../indicator/facts/facts.ts";
import type { Action } from "../rpz/action.ts";
import type { RuleTrigger } from "../rpz/label.ts";

/** Who queries the resolvers that have a zone: nobody but the operator's own people, or others as well. */
export const audiences = ["own", "others"] as const;
export type Audience = (typeof audiences)[number];

/** Which entries a zone takes: those of a listed source, category, campaign, family or event, sure enough and free enough. */
export interface TakeConfig {
  readonly sources: readonly string[];
  readonly categories: readonly string[];
  readonly minConfidence: number;
  readonly maxTlp: Tlp;
  readonly maxPap: Pap;
  readonly audience: Audience;
  /** Names in lower case: entries that belong to one of them are taken, whatever their category. Absent where none is named. */
  readonly campaigns?: readonly string[];
  readonly families?: readonly string[];
  readonly events?: readonly string[];
  /** Entries of other triggers are none for the zone. */
  readonly triggers: readonly RuleTrigger[];
}

/** The SOA's fields but the serial (RFC 1035 3.3.13). Times in seconds. */
export interface SoaConfig {
  readonly mname: string;
  readonly rname: string;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** Who may query and transfer a zone. All parts must hold; at least one is there. */
export interface TransferConfig {
  /** An address prefix in its shortest form, as in `192.0.2.0/24`. */
  readonly address?: string;
  /** The name of a configured key. */
  readonly key?: string;
  /** A name of the client's certificate. */
  readonly tlsName?: string;
}

/** How far a zone may change at once: both must be exceeded for it to be put on hold. */
export interface ZoneLimitConfig {
  /** Percent of the served version's rules. */
  readonly percent: number;
  /** Rules added, removed or changed. */
  readonly rules: number;
}

/** How much history a zone keeps: a version goes once it is beyond either, yet never while a transfer may read it. */
export interface KeepConfig {
  readonly versions: number;
  readonly seconds: number;
}

/** A policy zone. Plain JSON values only, so that a hash of its parts tells whether the policy changed. */
export interface ZoneConfig {
  /** Absolute path of the file that defines it. */
  readonly definedIn: string;
  readonly apex: string;
  readonly take: TakeConfig;
  readonly action: {
    readonly default: Action;
    readonly byCategory: Readonly<Record<string, Action>>;
  };
  readonly ttl: number;
  readonly soa: SoaConfig;
  readonly ns: readonly string[];
  readonly transfer: readonly TransferConfig[];
  /** `tls`: it is not given out in clear text. */
  readonly require?: "tls";
  /** Whether each publish writes `<zoneDir>/<apex>.zone`. */
  readonly file: boolean;
  readonly keep: KeepConfig;
  readonly limit: ZoneLimitConfig;
}
