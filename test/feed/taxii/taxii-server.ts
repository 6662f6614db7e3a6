/**
 * A small TAXII 2.1 server with one collection: it keeps what was added when, and pages, filters and forgets as a test says. What it answers is
 * as the answers recorded of another server are.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { serve } from "../http/fetch-fixture.ts";

export const collectionId = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
export const collectionTitle = "High Value Indicator Collection";
export const mediaType = "application/taxii+json;version=2.1";

type StixObject = Readonly<Record<string, unknown>>;

interface Kept {
  readonly object: StixObject;
  /** As `X-TAXII-Date-Added-Last` has it. */
  readonly added: string;
}

/** What the server does otherwise than it should, each until it is set back. */
export interface Traps {
  /** Objects of a page at most, whatever is asked for. */
  pageMax: number;
  /** `more` comes without `next`. */
  omitsNext: boolean;
  /** No time of addition is said. */
  omitsDates: boolean;
  /** Each `next` is answered by 400, this many times. */
  forgetsNext: number;
  /** The same `next`, and the same page, for ever. */
  loops: boolean;
  /** Pages that are empty before one that is not. */
  emptyPages: number;
  /** Filters by type are not known. */
  ignoresMatch: boolean;
  /** Answers in the place of the usual ones, by path. */
  readonly answers: Map<string, RequestListener>;
}

export class TaxiiServer {
  readonly #kept: Kept[] = [];
  readonly #places = new Map<string, { readonly from: number; readonly empties: number }>();
  #seconds = Date.UTC(2026, 0, 1) / 1000;
  /** Paths with their queries, as they were asked for. */
  readonly requests: string[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  readonly traps: Traps = {
    pageMax: 1000,
    omitsNext: false,
    omitsDates: false,
    forgetsNext: 0,
    loops: false,
    emptyPages: 0,
    ignoresMatch: false,
    answers: new Map(),
  };
  /** `Authorization` that is wanted; undefined where none is. */
  authorization: string | undefined;
  canRead = true;
  url = "";

  /** Listens on loopback until the test ends. */
  async listen(): Promise<this> {
    this.url = await serve(this.listener);
    return this;
  }

  /** Adds objects, each a second later than the one before; or all of them at once. */
  add(objects: readonly StixObject[], atOnce = false): void {
    for (const [i, object] of objects.entries()) {
      if (!atOnce || i === 0) this.#seconds += 1;
      const added = `${new Date(1000 * this.#seconds).toISOString().slice(0, 19)}.000000Z`;
      this.#kept.push({ object, added });
    }
  }

  /** Deletes objects for good, which leaves no trace. */
  delete(...ids: readonly unknown[]): void {
    for (let i = this.#kept.length - 1; i >= 0; i--)
      if (ids.includes(this.#kept[i]?.object["id"])) this.#kept.splice(i, 1);
  }

  /** Questions for objects so far. */
  get pages(): string[] {
    return this.requests.filter((path) => path.includes("/objects/"));
  }

  readonly listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    this.requests.push(`${url.pathname}${url.search}`);
    this.headers.push(request.headers);
    const trap = this.traps.answers.get(url.pathname);
    if (trap !== undefined) trap(request, response);
    else if (this.authorization !== undefined && request.headers.authorization !== this.authorization) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end("Unauthorized Access");
    } else if (request.headers.accept !== mediaType) fail(response, 406, "Media type in the Accept header is invalid");
    else this.#answer(url, response);
  };

  #answer(url: URL, response: ServerResponse): void {
    const collection = {
      id: collectionId,
      title: collectionTitle,
      alias: "high-value",
      can_read: this.canRead,
      can_write: false,
      media_types: ["application/stix+json;version=2.1"],
    };
    const root = "/trustgroup1/";
    const collectionPath = `${root}collections/${collectionId}/`;
    switch (url.pathname) {
      case "/taxii2/":
        return reply(response, { title: "Some TAXII Server", default: root, api_roots: ["/api1/", root] });
      case root:
        return reply(response, { title: "A trust group", versions: [mediaType], max_content_length: 9_765_625 });
      case `${root}collections/`:
        return reply(response, {
          collections: [
            { ...collection, id: "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4", title: "Other", alias: "other" },
            collection,
          ],
        });
      case "/api1/collections/":
        return reply(response, {});
      case collectionPath:
        return reply(response, collection);
      case `${collectionPath}objects/`:
        return this.#page(url.searchParams, response);
      default:
        return fail(response, 404, "no such resource");
    }
  }

  #page(query: URLSearchParams, response: ServerResponse): void {
    const { traps } = this;
    if (!this.canRead) return fail(response, 403, "Forbidden to read collection");
    const next = query.get("next");
    const place = next === null ? { from: 0, empties: traps.emptyPages } : this.#places.get(next);
    if (next !== null && traps.forgetsNext > 0) {
      traps.forgetsNext -= 1;
      return fail(response, 400, "'next' not valid");
    }
    if (place === undefined) return fail(response, 400, "'next' not valid");
    const after = query.get("added_after") ?? "";
    const types = traps.ignoresMatch ? undefined : query.get("match[type]")?.split(",");
    const matching = this.#kept
      .filter(({ object, added }) => added > after && (types?.includes(String(object["type"])) ?? true))
      .sort((a, b) => (a.added < b.added ? -1 : a.added > b.added ? 1 : 0));
    const limit = Math.min(Number(query.get("limit") ?? 100), traps.pageMax);
    const isEmpty = place.empties > 0;
    const page = isEmpty ? [] : matching.slice(place.from, place.from + limit);
    const to = place.from + page.length;
    const more = traps.loops || isEmpty || to < matching.length;
    if (page.length === 0 && !more) return reply(response, {});
    const dates: Record<string, string> =
      page.length === 0 || traps.omitsDates
        ? {}
        : {
            "x-taxii-date-added-first": page[0]?.added ?? "",
            "x-taxii-date-added-last": page.at(-1)?.added ?? "",
          };
    let token: string | undefined;
    if (more && !traps.omitsNext) {
      token = traps.loops ? "loop" : `place-${this.#places.size}`;
      this.#places.set(token, { from: traps.loops ? 0 : to, empties: Math.max(0, place.empties - 1) });
    }
    const objects = page.map(({ object }) => object);
    reply(
      response,
      { more, ...(token === undefined ? {} : { next: token }), ...(objects.length === 0 ? {} : { objects }) },
      dates,
    );
  }
}

function reply(response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "content-type": mediaType, ...headers }).end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, description: string): void {
  response
    .writeHead(status, { "content-type": mediaType })
    .end(JSON.stringify({ title: "ProcessingError", http_status: String(status), description }));
}
