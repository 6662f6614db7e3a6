/**
 * MISP events: as files (one event, several, the answer of a search for events or attributes), and as the copies that a fetch leaves, one
 * event a line. Each attribute that can be blocked is a report by its UUID. What the event, its objects and its attributes say of the same
 * thing is taken together: the strictest marking, the narrowest distribution.
 */

import { EntryReports } from "../entry/reports.ts";
import type { EntrySink } from "../entry/sink.ts";
import { Categories } from "../facts/categories.ts";
import {
  type Distribution,
  distributionOf,
  distributionsByReach,
  type Facts,
  labelOf,
  stricter,
} from "../facts/facts.ts";
import { readTags, type TagFacts, tagFilter } from "../facts/misp-tags.ts";
import { encodeFacts, known, writeReport } from "../facts/report.ts";
import type { RejectReason } from "../rejects.ts";
import { JsonUnits } from "./json-units.ts";
import type { Parser } from "./line-parser.ts";
import { isMispType, takeMispValue } from "./misp-items.ts";
import { flagIn, type Json, listIn, recordIn, tagNamesIn, textIn } from "./misp-json.ts";
import { seenTimesOf } from "./misp-times.ts";

/** How a source wants MISP read. Plain data. */
export interface MispReading {
  /** Types of attributes; absent: all that can be blocked, but for `ip-src`, which is who came and not where to. */
  readonly types?: readonly string[] | undefined;
  /** See `tagFilter`. */
  readonly tags?: readonly string[] | undefined;
  /** Whether addresses are taken. */
  readonly takesAddresses?: boolean | undefined;
  readonly categories?: Readonly<Record<string, string>> | undefined;
  /** What stands before an event's UUID in the address of its page. */
  readonly linkStart?: string | undefined;
  /** What becomes of an attribute that lies in a warning list of the MISP. */
  readonly warninglistHits?: WarninglistHits | undefined;
  /** Sources and organisations of sightings that are our own. */
  readonly ownSightings?: readonly string[] | undefined;
  /** Whether an attribute ends where all decay models of the MISP say so. */
  readonly followsDecay?: boolean | undefined;
}

export const warninglistHits = ["inform", "reject"] as const;
export type WarninglistHits = (typeof warninglistHits)[number];

const unwantedTypes: readonly string[] = ["ip-src", "ip-src|port"];

/** What an event says of all in it. */
interface Scope {
  readonly uuid: string;
  readonly organisation: string | undefined;
  readonly tags: readonly string[];
  readonly levels: readonly Level[];
  readonly reference: string | undefined;
  /** Facts by the tags and the distribution of attributes. */
  readonly facts: Map<string, AttributeFacts>;
}

/** A distribution that is said of something, and to which group. */
interface Level {
  readonly distribution: Distribution;
  readonly group: string;
}

interface AttributeFacts {
  readonly text: string;
  readonly passes: boolean;
  readonly unread: string | undefined;
}

/** What an object says of its attributes. */
interface Within {
  readonly ofUrl: boolean;
  readonly isDeleted: boolean;
  readonly levels: readonly Level[];
}
const noObject: Within = { ofUrl: false, isDeleted: false, levels: [] };

export class MispParser implements Parser {
  readonly #sink: EntrySink;
  readonly #reports = new EntryReports();
  readonly #reading: MispReading;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #passes: (names: readonly string[]) => boolean;
  readonly #categories: Categories;
  readonly #ownSightings: ReadonlySet<string>;
  readonly #units: JsonUnits = new JsonUnits({
    unit: (octets, line) => this.#takeUnit(octets, line),
    tooLong: (line) => this.#sink.reject("line-too-long", line, ""),
  });
  /** Of the answer of a search for attributes, what the last event said. */
  #lastScope: { readonly json: string; readonly scope: Scope } | undefined;
  #line = 0;
  #lastOctet = 0x0a;
  isCutShort = false;

  constructor(sink: EntrySink, reading: MispReading) {
    this.#sink = sink;
    this.#reading = reading;
    this.#types = reading.types === undefined ? undefined : new Set(reading.types);
    this.#passes = tagFilter(reading.tags ?? []);
    this.#categories = new Categories(reading.categories);
    this.#ownSightings = new Set((reading.ownSightings ?? []).map((name) => name.toLowerCase()));
    sink.collector.reports = this.#reports;
  }

  get lines(): number {
    return this.#units.lines + (this.#lastOctet === 0x0a ? 0 : 1);
  }

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#units.write(chunk);
    this.#lastOctet = chunk[chunk.length - 1] as number;
  }

  end(): void {
    const { brokenLine } = this.#units;
    if (brokenLine > 0) this.#sink.reject("bad-syntax", brokenLine, "");
    else if (!this.#units.end()) {
      this.isCutShort = true;
      this.#sink.reject("bad-syntax", this.lines, "");
    }
  }

  #takeUnit(octets: Uint8Array, line: number): void {
    this.#line = line;
    let unit: unknown;
    try {
      unit = JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("utf8"));
    } catch {
      this.#reject("bad-syntax", "");
      return;
    }
    this.#take(recordIn(unit));
  }

  /** A unit may be an event with or without its wrapper, or an attribute that has its event within. */
  #take(unit: Json): void {
    if (typeof unit["value"] === "string" && typeof unit["type"] === "string") {
      this.#takeAttribute(unit, this.#scopeWithin(unit), this.#within(recordIn(unit["Object"])));
    } else if (typeof unit["Event"] === "object") this.#takeEvent(recordIn(unit["Event"]));
    else if (Array.isArray(unit["Attribute"]) || Array.isArray(unit["Object"])) this.#takeEvent(unit);
    else this.#reject("no-such-column", JSON.stringify(unit).slice(0, 200));
  }

  #takeEvent(event: Json): void {
    const copy = recordIn(event["copy"]);
    const uuid = textIn(event, "uuid").toLowerCase();
    if (typeof copy["fault"] === "string") this.#reject("event-not-fetched", `${uuid}: ${copy["fault"]}`);
    const others = Number(copy["others"] ?? 0);
    if (others > 0) this.#sink.rejects.addNames("other-type", others, []);
    const scope = this.#scopeOf(event);
    const isPublished = flagIn(event, "published") !== false;
    for (const one of listIn(event, "Attribute")) this.#takeMember(recordIn(one), scope, noObject, isPublished);
    for (const one of listIn(event, "Object")) {
      const object = recordIn(one);
      const within = this.#within(object);
      for (const member of listIn(object, "Attribute")) this.#takeMember(recordIn(member), scope, within, isPublished);
    }
  }

  #takeMember(attribute: Json, scope: Scope, within: Within, isPublished: boolean): void {
    if (isPublished) this.#takeAttribute(attribute, scope, within);
    else if (isMispType(textIn(attribute, "type"))) this.#reject("unpublished", textIn(attribute, "value"));
  }

  #scopeOf(event: Json): Scope {
    const uuid = textIn(event, "uuid").toLowerCase();
    return {
      uuid,
      organisation: organisationOf(event),
      tags: tagNamesIn(event),
      levels: levelsOf(event),
      reference: uuid === "" ? undefined : `${this.#reading.linkStart ?? ""}${uuid}`,
      facts: new Map(),
    };
  }

  /** What the event within an attribute says; attributes of one event follow one another. */
  #scopeWithin(attribute: Json): Scope {
    const event = recordIn(attribute["Event"]);
    const json = JSON.stringify(event);
    if (this.#lastScope?.json !== json) this.#lastScope = { json, scope: this.#scopeOf(event) };
    return this.#lastScope.scope;
  }

  #within(object: Json): Within {
    return {
      ofUrl: textIn(object, "name") === "url",
      isDeleted: flagIn(object, "deleted") === true,
      levels: levelsOf(object),
    };
  }

  #takeAttribute(attribute: Json, scope: Scope, within: Within): void {
    const type = textIn(attribute, "type");
    const value = textIn(attribute, "value").trim();
    if (!isMispType(type)) {
      this.#reject("other-type", `${type}: ${value}`);
      return;
    }
    if (!(this.#types?.has(type) ?? !unwantedTypes.includes(type))) {
      this.#reject("filtered", `${type}: ${value}`);
      return;
    }
    const facts = this.#factsOf(attribute, scope, within);
    const times = seenTimesOf(attribute, this.#ownSightings);
    const against = this.#reasonAgainst(attribute, within, facts);
    if (against !== undefined) this.#reject(against, value);
    else this.#note(attribute, value, facts, times.falsePositives);
    this.#reports.begin(
      writeReport({
        externalId: textIn(attribute, "uuid").toLowerCase(),
        facts: facts.text,
        validUntil: times.expired,
        firstSeen: times.firstSeen,
        lastSeen: times.lastSeen,
        revoked: against !== undefined,
        reference: scope.reference,
      }),
    );
    const { takesAddresses = false } = this.#reading;
    takeMispValue(this.#sink, { type, value, ofUrl: within.ofUrl && type !== "url", takesAddresses }, this.#line);
    this.#reports.beginNone();
  }

  /** Why the source itself says that an attribute is not to be blocked, or no longer. */
  #reasonAgainst(attribute: Json, within: Within, facts: AttributeFacts): RejectReason | undefined {
    if (within.isDeleted || flagIn(attribute, "deleted") === true) return "deleted";
    if (flagIn(attribute, "to_ids") !== true) return "not-for-detection";
    if (!facts.passes) return "filtered";
    if (this.#reading.followsDecay === true && hasDecayed(attribute)) return "decayed";
    const isListed = this.#reading.warninglistHits === "reject" && listIn(attribute, "warnings").length > 0;
    return isListed ? "warninglisted" : undefined;
  }

  #note(attribute: Json, value: string, { unread }: AttributeFacts, falsePositives: number): void {
    if (listIn(attribute, "warnings").length > 0) this.#reject("in-warninglist", value);
    if (falsePositives > 0) this.#reject("false-positive-sighting", value);
    if (unread !== undefined) this.#reject("unknown-fact", `${unread}: ${value}`);
  }

  #factsOf(attribute: Json, scope: Scope, within: Within): AttributeFacts {
    const tags = tagNamesIn(attribute);
    const levels = [...scope.levels, ...within.levels, ...levelsOf(attribute)];
    const key = `${JSON.stringify(tags)}${levels.map(({ distribution, group }) => `${distribution} ${group}`).join()}`;
    const remembered = scope.facts.get(key);
    if (remembered !== undefined) return remembered;
    const all = [...new Set([...tags, ...scope.tags])];
    const { unread, ...said }: TagFacts = readTags(all, this.#categories);
    const text = encodeFacts(
      known({ ...said, ...narrowest(levels), organisation: scope.organisation, event: scope.uuid || undefined }),
    );
    const facts = { text, passes: this.#passes(all), unread };
    scope.facts.set(key, facts);
    return facts;
  }

  #reject(reason: RejectReason, shown: string): void {
    this.#sink.reject(reason, this.#line, Buffer.from(shown, "utf8").toString("latin1"));
  }
}

/** Who wrote an event, as `NAME UUID`. */
function organisationOf(event: Json): string | undefined {
  const orgc = recordIn(event["Orgc"]);
  return labelOf([textIn(orgc, "name"), textIn(orgc, "uuid").toLowerCase()].filter((part) => part !== "").join(" "));
}

/** The distribution that is said of something itself: none where it inherits; where it cannot be read, nobody else may have it. */
function levelsOf(record: Json): readonly Level[] {
  const text = textIn(record, "distribution");
  if (text === "") return noLevels;
  const distribution = distributionOf(text) ?? "organisation";
  if (distribution === "inherit") return noLevels;
  if (distribution !== "sharing-group") return plainLevels[distribution];
  const group = textIn(recordIn(record["SharingGroup"]), "uuid") || textIn(record, "sharing_group_id");
  return [{ distribution, group }];
}
const noLevels: readonly Level[] = [];
const plainLevels = {
  organisation: [{ distribution: "organisation", group: "" }],
  community: [{ distribution: "community", group: "" }],
  connected: [{ distribution: "connected", group: "" }],
  all: [{ distribution: "all", group: "" }],
} as const satisfies Partial<Record<Distribution, readonly Level[]>>;

/** The narrowest of several; two sharing groups have no member in common that is known of. */
function narrowest(levels: readonly Level[]): Pick<Facts, "distribution" | "sharingGroup"> {
  let distribution: Distribution | undefined;
  for (const level of levels) distribution = stricter(distributionsByReach, distribution, level.distribution);
  if (distribution !== "sharing-group") return known({ distribution });
  const groups = new Set(levels.filter((level) => level.distribution === "sharing-group").map(({ group }) => group));
  const [group] = groups;
  return groups.size > 1
    ? { distribution: "organisation" }
    : known({ distribution, sharingGroup: labelOf(group ?? "") });
}

/** Whether there are scores, and all of them are below their threshold. */
function hasDecayed(attribute: Json): boolean {
  const scores = listIn(attribute, "decay_score").map(recordIn);
  return scores.length > 0 && scores.every((score) => flagIn(score, "decayed") === true);
}
