/** When a MISP attribute was seen, by its own times and by its sightings, and whether these end it. */
import { secondsOf } from "../moment.ts";
import { listIn, recordIn, textIn } from "./misp-json.ts";

export interface SeenTimes {
  /** Unix seconds. */
  readonly firstSeen: number | undefined;
  /** The last sighting, else the attribute's own `last_seen`, else when it was last edited: what decay runs from. */
  readonly lastSeen: number | undefined;
  /** When a sighting ended it that nobody saw it after; undefined where none did. */
  readonly expired: number | undefined;
  /** Sightings that say it is no threat. */
  readonly falsePositives: number;
}

/** How sightings say what they are: 0 seen, 1 no threat, 2 ended. */
const kinds = { seen: "0", falsePositive: "1", expired: "2" } as const;

/** @param own what the sightings that we sent ourselves say as their source, in lower case; strangers can cause these, so they prolong nothing */
export function seenTimesOf(attribute: Readonly<Record<string, unknown>>, own: ReadonlySet<string>): SeenTimes {
  let seen = 0;
  let ended = 0;
  let falsePositives = 0;
  for (const one of listIn(attribute, "Sighting")) {
    const sighting = recordIn(one);
    if (isOwn(sighting, own)) continue;
    const at = secondsOf(textIn(sighting, "date_sighting")) ?? 0;
    const kind = textIn(sighting, "type");
    if (kind === kinds.seen) seen = Math.max(seen, at);
    else if (kind === kinds.falsePositive) falsePositives += 1;
    else if (kind === kinds.expired) ended = Math.max(ended, at);
  }
  const ownLast = timeIn(attribute, "last_seen") ?? timeIn(attribute, "timestamp");
  return {
    firstSeen: timeIn(attribute, "first_seen"),
    lastSeen: seen > 0 ? seen : ownLast,
    expired: ended > 0 && ended >= seen ? ended : undefined,
    falsePositives,
  };
}

function isOwn(sighting: Readonly<Record<string, unknown>>, own: ReadonlySet<string>): boolean {
  if (own.size === 0) return false;
  const organisation = recordIn(sighting["Organisation"]);
  const names = [textIn(sighting, "source"), textIn(organisation, "name"), textIn(organisation, "uuid")];
  return names.some((name) => own.has(name.toLowerCase()));
}

function timeIn(attribute: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const text = textIn(attribute, key);
  // MISP has 0 where it knows no time.
  return text === "" || text === "0" ? undefined : secondsOf(text);
}
