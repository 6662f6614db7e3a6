/** What STIX objects say of an indicator besides itself: who made it, what it indicates, where it stands, how it is marked. */
import type { JsonObject } from "../format/json-objects.ts";
import { combineMarkings, type MarkingLevels, markingOfWords, wellKnownMarking } from "./markings.ts";
import {
  type EventRecord,
  eventIn,
  type IndicatorRecord,
  type MarkingRecord,
  markingRecordIn,
  type NamedRecord,
  NewestVersions,
  namedIn,
  type RelationRecord,
  relationIn,
} from "./records.ts";

/** What is known of an indicator by other objects. */
export interface IndicatorContext {
  /** Name and UUID. */
  readonly organisation: string | undefined;
  readonly family: string | undefined;
  readonly campaign: string | undefined;
  /** UUID of a report or grouping that it stands in; of several the least. */
  readonly event: string | undefined;
  /** Words for a kind of threat. */
  readonly words: readonly string[];
  readonly markings: MarkingLevels;
  /** Which marking cannot be read, or is not there; undefined where none. */
  readonly unreadMarking: string | undefined;
}

const campaignTypes: readonly string[] = ["campaign", "intrusion-set", "threat-actor"];
const namedTypes: ReadonlySet<string> = new Set(["identity", "malware", ...campaignTypes]);

export class StixContext {
  readonly #named = new NewestVersions<NamedRecord>();
  readonly #relations = new NewestVersions<RelationRecord>();
  readonly #events = new NewestVersions<EventRecord>();
  readonly #markings = new NewestVersions<MarkingRecord>();
  /** By indicator, once all objects have come. */
  readonly #indicated = new Map<string, string[]>();
  readonly #eventsOf = new Map<string, string[]>();

  /** Takes an object of any type but an indicator; false where its type says nothing of indicators. */
  take(object: JsonObject, type: string, id: string): boolean {
    if (namedTypes.has(type)) this.#named.add(id, namedIn(object, type));
    else if (type === "marking-definition") this.#markings.add(id, markingRecordIn(object));
    else if (type === "report" || type === "grouping") this.#events.add(id, eventIn(object));
    else if (type === "relationship") {
      const relation = relationIn(object);
      if (relation !== undefined) this.#relations.add(id, relation);
    } else return false;
    return true;
  }

  /** Objects that are kept. */
  get size(): number {
    return this.#named.size + this.#relations.size + this.#events.size + this.#markings.size;
  }

  /** Ties the objects together; none may come afterwards. */
  settle(): void {
    for (const [, { from, to }] of this.#relations.current()) push(this.#indicated, from, to);
    for (const [id, { indicators }] of this.#events.current()) {
      for (const indicator of new Set(indicators)) push(this.#eventsOf, indicator, id);
    }
  }

  of({ id, createdBy, markings, labels }: IndicatorRecord): IndicatorContext {
    const targets = (this.#indicated.get(id) ?? []).flatMap((target) => {
      const named = this.#named.get(target);
      return named === undefined || named.revoked !== false ? [] : [named];
    });
    const families = targets.filter(({ type }) => type === "malware");
    const events = this.#eventsOf.get(id) ?? [];
    const marked = this.#marked(markings, labels, events);
    return {
      organisation: createdBy === undefined ? undefined : this.#organisation(createdBy),
      family: firstName(families.filter(({ isFamily }) => isFamily)) ?? firstName(families),
      campaign: campaignTypes.map((kind) => firstName(targets.filter(({ type }) => type === kind))).find(Boolean),
      event: events.map(uuidOf).sort()[0],
      words: families.flatMap(({ words }) => words),
      ...marked,
    };
  }

  #organisation(id: string): string {
    const name = this.#named.get(id)?.name;
    return name === undefined ? uuidOf(id) : `${name} ${uuidOf(id)}`;
  }

  /** The strictest of an indicator's own markings and of those of what it stands in. */
  #marked(own: readonly string[], labels: readonly string[], events: readonly string[]) {
    let markings: MarkingLevels = {};
    let unreadMarking: string | undefined;
    const add = (levels: MarkingLevels | undefined, what: string): void => {
      if (levels === undefined) unreadMarking ??= what;
      else markings = combineMarkings(markings, levels);
    };
    const addAll = (ids: readonly string[], words: readonly string[]): void => {
      for (const id of ids) add(wellKnownMarking(id) ?? this.#markings.get(id)?.levels, id);
      add(markingOfWords(words), words.join(", "));
    };
    addAll(own, labels);
    for (const id of events) {
      const event = this.#events.get(id);
      if (event !== undefined) addAll(event.markings, event.labels);
    }
    return { markings, unreadMarking };
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** What stands behind the type of an id. */
function uuidOf(id: string): string {
  return id.slice(id.indexOf("--") + 2);
}

/** Of several names always the same one, in whatever order their objects came. */
function firstName(all: readonly NamedRecord[]): string | undefined {
  return all.flatMap(({ name }) => name ?? []).sort()[0];
}
