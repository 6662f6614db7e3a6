/**
 * A MISP event with what `misp.ts` reads of it and nothing else: a tenth of what comes, in the same words, so that a copy can be read as
 * what people have as files. What names nothing that can be blocked is left out and counted.
 */
import { isMispType } from "./misp-items.ts";
import { flagIn, type Json, listIn, recordIn, tagNamesIn, textIn } from "./misp-json.ts";

export interface ReducedEvent {
  /** The members of its object as JSON, without braces. */
  readonly members: string;
  /** Attributes that were left out. */
  readonly others: number;
}

/** @param event what stands in `Event` */
export function reduceEvent(event: Json): ReducedEvent {
  let others = 0;
  const attributes = (record: Json): object[] =>
    listIn(record, "Attribute").flatMap((one) => {
      const attribute = recordIn(one);
      if (isMispType(textIn(attribute, "type"))) return [reduceAttribute(attribute)];
      others += 1;
      return [];
    });
  const orgc = recordIn(event["Orgc"]);
  const members = {
    published: flagIn(event, "published"),
    ...reach(event),
    Orgc: { name: textIn(orgc, "name"), uuid: textIn(orgc, "uuid") },
    ...tags(event),
    Attribute: attributes(event),
    Object: listIn(event, "Object").flatMap((one) => {
      const object = recordIn(one);
      const within = attributes(object);
      if (within.length === 0) return [];
      const { name, deleted } = { name: textIn(object, "name"), deleted: flagIn(object, "deleted") };
      return [{ name, ...(deleted === true ? { deleted } : {}), ...reach(object), Attribute: within }];
    }),
  };
  return { members: JSON.stringify(members).slice(1, -1), others };
}

function reduceAttribute(attribute: Json): object {
  const text = (key: string): object => {
    const value = textIn(attribute, key);
    return value === "" ? {} : { [key]: value };
  };
  const deleted = flagIn(attribute, "deleted");
  const sightings = listIn(attribute, "Sighting").map(reduceSighting);
  const scores = listIn(attribute, "decay_score").map((score) => ({ decayed: flagIn(recordIn(score), "decayed") }));
  return {
    ...text("uuid"),
    ...text("type"),
    value: textIn(attribute, "value"),
    to_ids: flagIn(attribute, "to_ids") ?? false,
    ...text("timestamp"),
    ...(deleted === true ? { deleted } : {}),
    ...reach(attribute),
    ...text("first_seen"),
    ...text("last_seen"),
    ...tags(attribute),
    ...(sightings.length === 0 ? {} : { Sighting: sightings }),
    ...(listIn(attribute, "warnings").length === 0 ? {} : { warnings: [true] }),
    ...(scores.length === 0 ? {} : { decay_score: scores }),
  };
}

function reduceSighting(one: unknown): object {
  const sighting = recordIn(one);
  const organisation = recordIn(sighting["Organisation"]);
  return {
    type: textIn(sighting, "type"),
    date_sighting: textIn(sighting, "date_sighting"),
    source: textIn(sighting, "source"),
    Organisation: { name: textIn(organisation, "name"), uuid: textIn(organisation, "uuid") },
  };
}

/** The distribution where one is said, and to which group. */
function reach(record: Json): object {
  const distribution = textIn(record, "distribution");
  if (distribution === "" || distribution === "5") return {};
  if (distribution !== "4") return { distribution };
  const uuid = textIn(recordIn(record["SharingGroup"]), "uuid");
  return {
    distribution,
    ...(uuid === "" ? { sharing_group_id: textIn(record, "sharing_group_id") } : { SharingGroup: { uuid } }),
  };
}

function tags(record: Json): object {
  const names = tagNamesIn(record);
  return names.length === 0 ? {} : { Tag: names.map((name) => ({ name })) };
}
