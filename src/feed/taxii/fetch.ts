/**
 * Fetches a collection of a TAXII 2.1 server. What was added since the last fetch is asked for, and laid over the copy. Nothing says what was
 * deleted, so the collection is read as a whole again after a while, and what is gone then goes.
 */
import { createHash } from "node:crypto";
import { JsonLineObjects } from "../../indicator/format/json-line-objects.ts";
import { textIn } from "../../indicator/format/json-objects.ts";
import { objectsField, stixFields, stixTypes } from "../../indicator/stix/records.ts";
import type { CopyFacts, CopyMarks } from "../fetch/copy-state.ts";
import { keepAs } from "../fetch/copy-writer.ts";
import type { TaxiiTask } from "../fetch/task.ts";
import type { Fetched, FetchKind, FetchTools } from "../fetch/tools.ts";
import { type Answer, textOf } from "../http/session.ts";
import { notTaxii, TaxiiClient } from "./client.ts";
import { findCollection } from "./find-collection.ts";
import { type Page, type PageQuery, readPages, readTimestamp } from "./pages.ts";
import { DamagedCopy, StixCopy } from "./stix-copy.ts";

/** What must be known to ask for additions alone. */
interface Marks {
  readonly collectionUrl: string;
  /** When the last object that is known was added, by the server's clock. */
  readonly addedAfter: string;
  /** Unix seconds: when the collection was last read as a whole. */
  readonly resyncedAt: number;
}

/** Seconds by which clocks may well differ. */
const slackSeconds = 60;

export const fetchTaxii: FetchKind<TaxiiTask> = async (task, known, tools) => {
  const client = new TaxiiClient(task, tools);
  try {
    const marks = tools.mode === "force" ? undefined : marksIn(known?.marks);
    const age = tools.now() - (marks?.resyncedAt ?? 0);
    const isDue = age >= task.resyncSeconds || age < -slackSeconds;
    const fetch = new TaxiiFetch(task, known, tools, client);
    const added = marks === undefined || isDue ? undefined : await fetch.additions(marks);
    return added ?? (await fetch.whole(marks?.collectionUrl));
  } finally {
    await client.close();
  }
};

class TaxiiFetch {
  readonly #task: TaxiiTask;
  readonly #known: CopyFacts | undefined;
  readonly #tools: FetchTools;
  readonly #client: TaxiiClient;

  constructor(task: TaxiiTask, known: CopyFacts | undefined, tools: FetchTools, client: TaxiiClient) {
    this.#task = task;
    this.#known = known;
    this.#tools = tools;
    this.#client = client;
  }

  /** What was added since; undefined where all must be read: the collection has moved, or the copy is not as it was left. */
  async additions(marks: Marks): Promise<Fetched | undefined> {
    const known = this.#known;
    if (known === undefined) return undefined;
    const copy = this.#newCopy();
    try {
      const read = await this.#read(copy, marks.collectionUrl, marks.addedAfter);
      if (read === "not-found") return undefined;
      const kept = { ...marks, addedAfter: read.addedLast ?? marks.addedAfter };
      if (copy.objects === 0) {
        return { kind: "not-modified", copy: { ...known, checkedAt: this.#tools.now(), marks: marksOf(kept) } };
      }
      return await keepAs(await copy.write(true), known, this.#tools.now(), { marks: marksOf(kept) });
    } catch (thrown) {
      if (thrown instanceof DamagedCopy) return undefined;
      throw thrown;
    } finally {
      copy.discard();
    }
  }

  /** The whole collection; `knownUrl` is where it was. */
  async whole(knownUrl: string | undefined): Promise<Fetched> {
    const resyncedAt = this.#tools.now();
    const copy = this.#newCopy();
    try {
      let collectionUrl = knownUrl ?? (await findCollection(this.#client, this.#task));
      let read = await this.#read(copy, collectionUrl, undefined);
      if (read === "not-found" && knownUrl !== undefined) {
        collectionUrl = await findCollection(this.#client, this.#task);
        read = await this.#read(copy, collectionUrl, undefined);
      }
      if (read === "not-found") throw notTaxii("its host does not have the objects of its collection (404)");
      const { addedLast } = read;
      // Where the server does not say when objects were added, all of them are asked for each time.
      const marks =
        addedLast === undefined ? {} : { marks: marksOf({ collectionUrl, addedAfter: addedLast, resyncedAt }) };
      return await keepAs(await copy.write(false), this.#known, this.#tools.now(), marks);
    } finally {
      copy.discard();
    }
  }

  #newCopy(): StixCopy {
    return new StixCopy(this.#task.file, this.#task.expandedBytesMax);
  }

  async #read(
    copy: StixCopy,
    collectionUrl: string,
    addedAfter: string | undefined,
  ): Promise<"not-found" | { readonly addedLast: string | undefined }> {
    let isFound = true;
    const addedLast = await readPages(addedAfter, async (query) => {
      const answered = await this.#client.ask(urlOf(collectionUrl, query), (body, headers) =>
        readPage(body, headers, copy),
      );
      if (answered === "not-found") {
        isFound = false;
        return noPage;
      }
      if (answered !== "bad-request") return answered;
      if (query.next !== undefined) return undefined;
      throw notTaxii("its host does not understand what we ask for (400)");
    });
    return isFound ? { addedLast } : "not-found";
  }
}

const noPage: Page = {
  more: false,
  next: undefined,
  objects: 0,
  digest: "",
  addedFirst: undefined,
  addedLast: undefined,
};

function urlOf(collectionUrl: string, { addedAfter, next, limit }: PageQuery): string {
  const url = new URL("objects/", collectionUrl);
  url.searchParams.set("limit", String(limit));
  if (addedAfter !== undefined) url.searchParams.set("added_after", addedAfter);
  if (next !== undefined) url.searchParams.set("next", next);
  url.searchParams.set("match[type]", stixTypes.join(","));
  return url.href;
}

async function readPage(body: AsyncIterable<Uint8Array>, headers: Answer["headers"], copy: StixCopy): Promise<Page> {
  const hash = createHash("sha256");
  let objects = 0;
  let more = false;
  let next: string | undefined;
  let isPage = false;
  const reader = new JsonLineObjects(
    { wanted: pageFields, within: objectsField },
    {
      object: (object, seen) => {
        // A page without objects.
        if (seen.fieldCount === 0 || object.has("more")) isPage = true;
        if (object.has("more")) {
          more = object.get("more") === true;
          next = textIn(object, "next");
        }
        const version = copy.add(object, seen);
        if (version === undefined) return;
        objects += 1;
        hash.update(`${version}\n`);
      },
      container: (fields) => {
        isPage = true;
        more = fields.get("more") === true;
        next = textIn(fields, "next");
      },
      other: () => {},
    },
    wholePageMax,
  );
  for await (const chunk of body) {
    reader.write(chunk);
    if (reader.isBroken) throw notTaxii("what came is no JSON");
    await copy.spill();
  }
  if (!reader.end() || !isPage) throw notTaxii("what came is no page of objects, or was cut");
  const added = (name: string): string | undefined => readTimestamp(textOf(headers[`x-taxii-date-added-${name}`]));
  return { more, next, objects, digest: hash.digest("hex"), addedFirst: added("first"), addedLast: added("last") };
}

/** Octets of a page that is parsed as a whole; what is larger is read as it comes. */
const wholePageMax = 16 * 1024 * 1024;

const pageFields: ReadonlySet<string> = new Set([...stixFields, "next"]);

function marksOf({ collectionUrl, addedAfter, resyncedAt }: Marks): CopyMarks {
  return { collectionUrl, addedAfter, resyncedAt };
}

function marksIn(marks: CopyMarks | undefined): Marks | undefined {
  const { collectionUrl, addedAfter, resyncedAt } = marks ?? {};
  if (typeof collectionUrl !== "string" || !URL.canParse(collectionUrl)) return undefined;
  if (typeof addedAfter !== "string" || readTimestamp(addedAfter) !== addedAfter) return undefined;
  return typeof resyncedAt === "number" ? { collectionUrl, addedAfter, resyncedAt } : undefined;
}
