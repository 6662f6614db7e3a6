/**
 * The searches of a MISP's REST interface. Events are searched and read at `/events/restSearch`: `/attributes/restSearch` gives an attribute
 * with the id of its object and without the object's name, so that the parts of a URL could not be told from domains, and repeats the event
 * with each. What an event no longer shows is gone, whoever deleted it, since it is read whole.
 */
import { unitBytesMax } from "../../indicator/format/json-units.ts";
import { flagIn, type Json, recordIn, textIn, uuidPattern } from "../../indicator/format/misp-json.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { MispTask } from "../fetch/task.ts";
import type { FetchTools } from "../fetch/tools.ts";
import { type HttpSession, textOf } from "../http/session.ts";
import { askJson, type JsonAnswer } from "./ask-json.ts";

/** What a search says of an event without reading it. */
export interface FoundEvent {
  /** In lower case. */
  readonly uuid: string;
  readonly isPublished: boolean;
  /** Equal where nothing that a search can see changed. */
  readonly stamp: string;
  /** Unix seconds: when it was edited or published, whichever was later. */
  readonly changedAt: number;
  readonly attributes: number;
}

/** Events of one page: what is said of each without its attributes is a kibibyte or two. */
const pageEvents = 1000;
const pageBytesMax = 64 * 1024 * 1024;
/** Pages of a search: ten million events. */
const pagesMax = 10_000;
/** Pages without an event after which a search has ended, where the MISP does not say how many it left out. */
const emptyPagesMax = 2;

export class RestSearch {
  readonly #session: HttpSession;
  readonly #task: MispTask;
  readonly #tools: FetchTools;
  /** The clock of the MISP at the first answer, in Unix seconds; undefined where it does not say. */
  serverTime: number | undefined;
  #isFirst = true;

  constructor(session: HttpSession, task: MispTask, tools: FetchTools) {
    this.#session = session;
    this.#task = task;
    this.#tools = tools;
  }

  /**
   * Events with what a filter asks for, each once. Pages are cut before what the key may not see is left out of them, so that a short page is
   * not the last one; the MISP says how many it left out, or an empty page ends it.
   */
  async *find(filter: Json): AsyncGenerator<FoundEvent, undefined> {
    const seen = new Set<string>();
    let emptyPages = 0;
    for (let page = 1; page <= pagesMax; page++) {
      const body = { returnFormat: "json", metadata: true, ...filter, order: "Event.id ASC", limit: pageEvents, page };
      const answer = await this.#ask(body, pageBytesMax);
      const events = eventsIn(answer.value);
      const found = events.map(foundIn).filter((event) => event !== undefined && !seen.has(event.uuid));
      for (const event of found) {
        seen.add((event as FoundEvent).uuid);
        yield event as FoundEvent;
      }
      if (events.length > 0 && found.length === 0) throw samePage();
      const skipped = textOf(answer.headers["x-skipped-elements-count"]);
      if (skipped !== undefined && events.length + Number(skipped) < pageEvents) return undefined;
      emptyPages = events.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages >= emptyPagesMax) return undefined;
    }
    throw new FetchFailure("its search never ends", "Its operator must fix it");
  }

  /** Reads events whole, whatever they are now; what was not asked for is passed over. */
  async read(uuids: readonly string[]): Promise<ReadonlyMap<string, Json>> {
    const body = {
      returnFormat: "json",
      eventid: uuids,
      deleted: [0, 1],
      includeEventTags: 1,
      includeContext: 1,
      includeSightings: 1,
      includeWarninglistHits: 1,
      ...(this.#task.wants.decay ? { includeDecayScore: 1 } : {}),
    };
    const asked = new Set(uuids);
    const events = new Map<string, Json>();
    const { value } = await this.#ask(body, unitBytesMax);
    for (const event of eventsIn(value)) {
      const uuid = textIn(event, "uuid").toLowerCase();
      if (asked.has(uuid)) events.set(uuid, event);
    }
    return events;
  }

  async #ask(body: Json, bytesMax: number): Promise<JsonAnswer> {
    const url = new URL(this.#task.url);
    url.pathname += "events/restSearch";
    // Without its Content-Type, which the session sends, MISP ignores the filters and gives all that there is.
    const asking = { url: url.href, body: JSON.stringify(body), bytesMax };
    const answer = await askJson(this.#session, this.#task, this.#tools, asking);
    if (this.#isFirst) this.serverTime = secondsOfDate(textOf(answer.headers["date"]));
    this.#isFirst = false;
    return answer;
  }
}

/** What makes an event another one, as far as its times tell. */
export function stampOf(event: Json): string {
  const isPublished = flagIn(event, "published") === true;
  return `${textIn(event, "timestamp")}.${textIn(event, "publish_timestamp")}.${isPublished ? 1 : 0}`;
}

function foundIn(event: Json): FoundEvent | undefined {
  const uuid = textIn(event, "uuid").toLowerCase();
  if (!uuidPattern.test(uuid)) return undefined;
  const time = (key: string): number => Number(textIn(event, key)) || 0;
  return {
    uuid,
    isPublished: flagIn(event, "published") === true,
    stamp: stampOf(event),
    changedAt: Math.max(time("timestamp"), time("publish_timestamp")),
    attributes: time("attribute_count"),
  };
}

/** The events of an answer: `{"response": [{"Event": …}]}`, or the array alone. */
function eventsIn(value: unknown): Json[] {
  const list = Array.isArray(value) ? value : recordIn(value)["response"];
  if (!Array.isArray(list)) {
    throw new FetchFailure("what came is no answer of a MISP", "Look whether its url is that of a MISP", {
      code: "SOURCE_NOT_A_LIST",
    });
  }
  return list.map((one) => recordIn(recordIn(one)["Event"]));
}

function samePage(): FetchFailure {
  return new FetchFailure("its search gives the same page again and again", "Its operator must fix it");
}

function secondsOfDate(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
