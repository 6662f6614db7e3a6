/**
 * Every default of the configuration, each with its reason, but for those of `indicator/role.ts`, which parsers have without a
 * configuration, too. docs/configuration.md repeats them, checked by a test.
 */

import type { Pap, Tlp } from "../indicator/facts/facts.ts";
import type { Format } from "../indicator/format/format.ts";
import type { Scope } from "../indicator/role.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import type { ChangeLimitConfig, DecayConfig, KeyAlgorithm, Network, Trust } from "./types.ts";
import type { Audience, KeepConfig, ZoneLimitConfig } from "./zone-types.ts";

/** Beside the configuration, so that a clone keeps all it generates in one folder that git ignores. */
export const stateDefault = "var";

/** Loopback only, since nothing is open by default; 5354 needs no privilege and leaves 53 to the resolver. */
export const listenDefault: readonly string[] = ["127.0.0.1:5354", "[::1]:5354"];

/** The one algorithm that every consumer takes and RFC 8945 section 6 requires. */
export const keyAlgorithmDefault: KeyAlgorithm = "hmac-sha256";

/** Most sources are lists of others. */
export const manualDefault = false;

/** Lists of others change their shape; the first lines say what they are, and the build says what it chose. */
export const sourceFormatDefault: Format = "auto";

/** An allow list is written by hand, one name a line; guessing wrong would lose an exception without a word. */
export const allowFormatDefault: Format = "domains";

/** A source that no zone takes by category needs no better word. */
export const categoryDefault = "uncategorised";

/** The middle: neither above nor below the sources whose worth someone has judged. */
export const confidenceDefault = 50;

/** What is safe by itself is published as it comes; what needs a person needs two, since one may be wrong. */
export const trustDefault: Trust = "automatic";

export const decayDefault: Pick<DecayConfig, "speed" | "threshold"> = {
  /** Evenly, until nothing is left: no guess about how the source's entries age. */
  speed: 1,
  threshold: 1,
};

/** A list that anybody may have is no secret; one that is says so. */
export const tlpDefault: Tlp = "clear";

/** What is shared in confidence and says nothing of it is not for everybody. */
export const intelligenceTlpDefault: Tlp = "amber";

/** A day: what leaves no trace where changes are asked for (a deletion for good) is seen by tomorrow. */
export const reconcileSecondsDefault = 86_400;

/** A day: TAXII does not say what was deleted, and what was is gone by tomorrow. */
export const resyncSecondsDefault = 86_400;

/** A day: whoever edits an event publishes it again within hours, and an event that was taken back must not stay much longer. */
export const unpublishedGraceSecondsDefault = 86_400;

/** Who publishes a list of names to block expects them to be blocked. */
export const papDefault: Pap = "clear";

/** Such a name costs nothing, and a registry may open its top-level domain tomorrow. */
export const unknownTldDefault = "keep";

/** A line that cannot be read may have been anybody's name; what was allowed yesterday stays so until it is fixed. */
export const strictDefault = true;

/** One bad line in a list must not take a whole registry off the air. */
export const allowPublicSuffixDefault = false;

export const changeLimitDefault: ChangeLimitConfig = {
  /** Half of a list gone or added at once is a broken feed far more often than a busy night. */
  percent: 50,
  /** Small lists may change as they like: a few hundred names do no harm that a limit would prevent. */
  entries: 1000,
};

/** A year and a month: whoever must answer for an entry a year later finds what a list said. */
export const historyDaysDefault = 400;

/** As each name is written: what lies beneath a large site or a shared host may well be malicious. */
export const guardScopeDefault: Scope = "exact";

/** 4 GiB: thirty times the largest public list, and still a bound on what a gzip bomb can cost. */
export const expandedBytesMaxDefault = 4 * 1024 ** 3;

/** Most lists change a few times a day, and an answer that nothing changed costs both sides next to nothing. */
export const everySecondsDefault = 3600;
/** Of a policy zone from a primary, whose SOA says how often to ask: the longest that this may be. */
export const everyMaxSecondsDefault = 86_400;

/** Somebody waits for what was put into a folder, and a look costs no one else anything. */
export const folderEverySecondsDefault = 60;

/** Whoever answers for a name of the public Internet must not choose which machine inside is asked. */
export const networkDefault: Network = "public";

/** Ten minutes for the largest lists over a slow line; what takes longer is stuck. */
export const timeoutSecondsDefault = 600;

/** 1 GiB: ten times the largest public list as it is sent. */
export const fetchedBytesMaxDefault = 1024 ** 3;

/** Enough that a slow server does not keep others waiting, and few enough for any line. */
export const fetchesMaxDefault = 8;

/** Everything the listed sources and categories say; who wants less says so. */
export const minConfidenceDefault = 0;

/** Most resolvers serve more people than those who may know what a feed says in confidence. */
export const audienceDefault: Audience = "others";

/**
 * By audience. Whoever may query a resolver can find out which names it blocks, one by one. So what may not leave an
 * organisation (`amber+strict`) or a meeting (`red`) enters no zone whose resolvers serve others.
 */
export const maxTlpDefault: Readonly<Record<Audience, Tlp>> = { own: "red", others: "amber" };

/** A block is an active measure, which its target can notice; PAP `amber` and `red` forbid these. */
export const maxPapDefault: Pap = "green";

/**
 * Whatever plain lists hold; a name list seldom has addresses in it, and a zone for each kind is the operator's choice. A rule
 * on name servers takes every domain of a server along, and one on clients cuts somebody off: who wants these asks for them.
 */
export const triggersDefault: readonly RuleTrigger[] = ["qname", "response-ip"];

/** A lift counts only when caches have let go: of the resolvers' clients, and of resolvers that cache what they rewrote. */
export const ttlDefault = 30;

export const soaDefault = {
  /** RPZ consumers never look up the name of the primary. */
  mname: "localhost",
  /** Resolvers ask every minute, so that a change is everywhere soon; rpzmill sends no NOTIFY. */
  refresh: 60,
  /** Half of `refresh`: a missed answer is made up for within the next interval. */
  retry: 30,
  /** 30 days: a zone that expires blocks nothing, so an outage here must not become one there. */
  expire: 2_592_000,
  /** As the TTL: NXDOMAIN and NODATA by a rule are cached for as long as this says, in some resolvers. */
  minimum: 30,
} as const;

/** BIND rejects a zone without NS; `localhost` is customary for policy zones and needs no address records. */
export const nsDefault: readonly string[] = ["localhost"];

/** No file: consumers that transfer need none, and a large zone costs seconds to write. */
export const fileDefault = false;

export const keepDefault: KeepConfig = {
  /** At a publish a minute, over an hour and a half of differences for IXFR. */
  versions: 100,
  /** A week: a resolver that was down over a long weekend still gets by with differences. */
  seconds: 604_800,
};

export const limitDefault: ZoneLimitConfig = {
  /** As lists do, a zone changes by half in one build when something is wrong, or when somebody means it and can say so. */
  percent: 50,
  /** Zones of a few thousand rules may change as they like, so that a first list can join the sample without a word. */
  rules: 5000,
};
