/**
 * A small MISP: events that people edit, publish and delete, found and read by its REST interface as the real one gives them, with what
 * makes that hard; and the same events as a feed. Its clock stands until it is set.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** What an attribute says; all in the words of MISP. */
export interface MispAttribute {
  uuid: string;
  type: string;
  value: string;
  to_ids?: boolean;
  deleted?: boolean;
  timestamp?: string;
  distribution?: string;
  first_seen?: string;
  last_seen?: string;
  Tag?: { name: string }[];
  Sighting?: object[];
  warnings?: object[];
  decay_score?: object[];
}

export interface MispObject {
  uuid: string;
  name: string;
  distribution?: string;
  deleted?: boolean;
  Attribute: MispAttribute[];
}

export interface MispEvent {
  uuid: string;
  info?: string;
  distribution?: string;
  published?: boolean;
  timestamp?: string;
  publish_timestamp?: string;
  Orgc?: { name: string; uuid: string };
  Tag?: { name: string }[];
  Galaxy?: object[];
  Attribute: MispAttribute[];
  Object?: MispObject[];
}

/** The `n`th UUID of a kind. */
export const uuidOf = (n: number, kind: "event" | "attribute" | "object" | "organisation" = "event"): string => {
  const start = { event: "e0000000", attribute: "a0000000", object: "b0000000", organisation: "c0000000" }[kind];
  return `${start}-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
};

/** A domain that is to be blocked. */
export const domain = (n: number, value: string, more: Partial<MispAttribute> = {}): MispAttribute => ({
  uuid: uuidOf(n, "attribute"),
  type: "domain",
  value,
  to_ids: true,
  ...more,
});

export interface Asked {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

export class MispServer {
  readonly events = new Map<string, MispEvent>();
  /** What was asked. */
  readonly asked: Asked[] = [];
  /** Unix seconds. */
  now: number;
  key = "misp-key-of-the-test";
  /** Events that the key may not see: they are left out of pages after these were cut. */
  readonly hidden = new Set<string>();
  /** Whether the answer says how many elements were left out, as newer ones do. */
  saysSkipped = true;
  /** Events whose reading fails, with the status. */
  readonly failing = new Map<string, number>();
  /** Answers in place of the MISP's own, where it gives one. */
  override: ((request: IncomingMessage, response: ServerResponse, body: string) => boolean) | undefined;

  constructor(now: number) {
    this.now = now;
  }

  /** Adds an event that is published, at this moment. */
  add(event: MispEvent): MispEvent {
    const at = String(this.now);
    const whole = { published: true, distribution: "3", timestamp: at, publish_timestamp: at, ...event };
    for (const attribute of attributesOf(whole)) attribute.timestamp ??= at;
    this.events.set(event.uuid, whole);
    return whole;
  }

  event(uuid: string): MispEvent {
    return this.events.get(uuid) as MispEvent;
  }

  /** An edit: the event has a new time and is not published until somebody does. */
  edit(uuid: string, change: (event: MispEvent) => void): void {
    const event = this.event(uuid);
    change(event);
    event.timestamp = String(this.now);
    event.published = false;
  }

  /** Changes nothing but the event. */
  publish(uuid: string): void {
    const event = this.event(uuid);
    event.published = true;
    event.publish_timestamp = String(this.now);
  }

  editAndPublish(uuid: string, change: (event: MispEvent) => void): void {
    this.edit(uuid, change);
    this.publish(uuid);
  }

  /** What is left of an attribute that was deleted where deletions are sanitised. */
  deleteSanitised(uuid: string, attribute: string): void {
    this.editAndPublish(uuid, (event) => {
      Object.assign(attributeOf(event, attribute), { type: "comment", value: "deleted", to_ids: false, deleted: true });
    });
  }

  /** Leaves no trace: not even the time of the event changes. */
  deleteForGood(uuid: string, attribute: string): void {
    const event = this.event(uuid);
    event.Attribute = event.Attribute.filter((one) => one.uuid !== attribute);
  }

  readonly listener: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => this.#answer(request, response, Buffer.concat(parts).toString("utf8")));
  };

  #answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    // Without its content type, MISP does not read what is asked for, and gives everything.
    const isJson = request.headers["content-type"] === "application/json";
    const body = isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {};
    const { authorization } = request.headers;
    this.asked.push({ url: request.url ?? "", body, authorization });
    response.setHeader("date", new Date(1000 * this.now).toUTCString());
    if (this.override?.(request, response, text) === true) return;
    if (authorization !== this.key) return reply(response, 403, { message: "Authentication failed." });
    if (request.url !== "/events/restSearch") return reply(response, 404, { message: "Not Found" });
    const failing = [body["eventid"] ?? []].flat().map((uuid) => this.failing.get(uuid as string));
    const status = failing.find((one) => one !== undefined);
    if (status !== undefined) return reply(response, status, { message: "An Internal Error Has Occurred." });
    this.#search(response, body);
  }

  #search(response: ServerResponse, body: Readonly<Record<string, unknown>>): void {
    const limit = Number(body["limit"] ?? 0);
    const first = limit * (Number(body["page"] ?? 1) - 1);
    const matching = [...this.events.values()].filter((event) => isFound(event, body));
    const page = limit === 0 ? matching : matching.slice(first, first + limit);
    const visible = page.filter(({ uuid }) => !this.hidden.has(uuid));
    if (this.saysSkipped) response.setHeader("x-skipped-elements-count", page.length - visible.length);
    reply(response, 200, { response: visible.map((event) => ({ Event: shown(event, body) })) });
  }

  /** The same events as files of a feed, by path; `manifest.json` and what it names. */
  feed(): Map<string, string> {
    const published = [...this.events.values()].filter((event) => event.published === true);
    const manifest = Object.fromEntries(
      published.map(({ uuid, info = "", timestamp = "0", Orgc, Tag = [] }) => {
        return [uuid, { info, timestamp: Number(timestamp), Orgc, Tag }];
      }),
    );
    const files = published.map((event): [string, string] => [`/${event.uuid}.json`, JSON.stringify({ Event: event })]);
    return new Map([["/manifest.json", JSON.stringify(manifest)], ...files]);
  }
}

/** Serves files, each with its ETag; `files` is asked anew each time. */
export function serveFiles(
  files: () => ReadonlyMap<string, string | Uint8Array>,
  paths: string[] = [],
): RequestListener {
  return (request, response) => {
    const path = request.url ?? "";
    paths.push(path);
    const file = files().get(path);
    if (file === undefined) return void response.writeHead(404).end("<h1>Not Found</h1>");
    const etag = `"${createHash("sha256").update(file).digest("hex").slice(0, 16)}"`;
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { etag, "content-type": "application/json" }).end(file);
  };
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function attributesOf(event: MispEvent): MispAttribute[] {
  return [...event.Attribute, ...(event.Object ?? []).flatMap(({ Attribute }) => Attribute)];
}

export function attributeOf(event: MispEvent, uuid: string): MispAttribute {
  return attributesOf(event).find((attribute) => attribute.uuid === uuid) as MispAttribute;
}

function isFound(event: MispEvent, body: Readonly<Record<string, unknown>>): boolean {
  const { eventid, publish_timestamp: published, event_timestamp: edited } = body;
  if (eventid !== undefined && ![eventid].flat().includes(event.uuid)) return false;
  if (published !== undefined && !(Number(event.publish_timestamp) >= Number(published))) return false;
  return edited === undefined || Number(event.timestamp) >= Number(edited);
}

/** What a search gives of an event: without its attributes where only what is said of it is asked for; deleted ones where these are. */
function shown(event: MispEvent, body: Readonly<Record<string, unknown>>): object {
  const { Attribute, Object: objects = [], ...rest } = event;
  const common = { attribute_count: String(attributesOf(event).length), ...rest };
  if (body["metadata"] === true) return common;
  const showsDeleted = Array.isArray(body["deleted"]) && body["deleted"].includes(1);
  const visible = (attributes: readonly MispAttribute[]): object[] =>
    attributes
      .filter(({ deleted }) => showsDeleted || deleted !== true)
      .map(({ decay_score: scores, warnings, Sighting, ...attribute }) => ({
        ...attribute,
        ...(scores !== undefined && body["includeDecayScore"] === 1 ? { decay_score: scores } : {}),
        ...(warnings !== undefined && body["includeWarninglistHits"] === 1 ? { warnings } : {}),
        ...(Sighting !== undefined && body["includeSightings"] === 1 ? { Sighting } : {}),
      }));
  const members = objects.map((object) => ({ ...object, Attribute: visible(object.Attribute) }));
  return { ...common, Attribute: visible(Attribute), Object: members };
}
