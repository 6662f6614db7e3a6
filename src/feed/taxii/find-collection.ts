/** Finds a collection: from the address of a server (discovery), of one of its API roots, or of the collection itself. */
import { parseUrl, shownUrl } from "../../base/shown-url.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { TaxiiTask } from "../fetch/task.ts";
import { notTaxii, type TaxiiClient } from "./client.ts";

/** API roots of one server that are asked. */
const rootsMax = 32;
/** Collections that are named in an error. */
const namedMax = 10;

type Value = Readonly<Record<string, unknown>>;

/** Of one collection. */
interface Found {
  /** Ends with a slash. */
  readonly url: string;
  readonly id: string;
  readonly names: readonly string[];
  readonly canRead: boolean;
}

/** The address of the collection that a task names, with a slash at its end. @throws FetchFailure */
export async function findCollection(client: TaxiiClient, { url, collection }: TaxiiTask): Promise<string> {
  const start = folderOf(url.replace(/\/objects\/?$/, "/"));
  const value = await client.get(start);
  if (typeof value === "string") throw notThere();
  // A collection's own address.
  if (typeof value["id"] === "string" && "can_read" in value) return readable(foundIn(value, start));
  const found: Found[] = [];
  if (Array.isArray(value["collections"])) found.push(...collectionsIn(value, start));
  else {
    const roots = Array.isArray(value["api_roots"]) ? rootsIn(value, new URL(start)) : [start];
    let refused = 0;
    for (const root of roots) {
      const collections = await client.get(`${root}collections/`);
      if (typeof collections === "string") refused += 1;
      else found.push(...collectionsIn(collections, `${root}collections/`));
      // Most servers have many roots, and a collection's id stands in one of them.
      if (found.some(({ id }) => id === collection)) break;
    }
    if (refused === roots.length) throw notTaxii("it has no API root that lists collections");
  }
  return chosen(found, collection);
}

function chosen(found: readonly Found[], wanted: string | undefined): string {
  const isNamed = (one: Found): boolean => wanted === undefined || one.names.includes(wanted);
  const [exact] = found.filter(({ id }) => id === wanted);
  const named = exact === undefined ? found.filter(isNamed) : [exact];
  const [first] = named;
  if (first !== undefined && named.length === 1) return readable(first);
  // Ids have no secret in them; titles are somebody else's words.
  const ids = found.flatMap(({ id }) => (/^[0-9a-f-]{36}$/i.test(id) ? [id] : [])).slice(0, namedMax);
  const has = ids.length === 0 ? "it shows us none" : `it has ${ids.join(", ")}`;
  const remedy = "Write the id of one of them as `collection`";
  if (wanted === undefined)
    throw new FetchFailure(`it has ${found.length} collections, and none is named: ${has}`, remedy);
  const why = named.length === 0 ? "no collection of that name" : `${named.length} collections of that name`;
  throw new FetchFailure(`it has ${why}: ${has}`, remedy);
}

function readable({ url, canRead }: Found): string {
  if (canRead) return url;
  throw new FetchFailure(
    "its collection may not be read with these credentials",
    "Ask its operator for the right to read it",
  );
}

function collectionsIn(value: Value, folder: string): Found[] {
  const all = Array.isArray(value["collections"]) ? (value["collections"] as readonly unknown[]) : [];
  return all.flatMap((one) => {
    if (typeof one !== "object" || one === null) return [];
    const collection: Value = { ...one };
    const id = collection["id"];
    return typeof id === "string" && id !== "" ? [foundIn(collection, `${folder}${encodeURIComponent(id)}/`)] : [];
  });
}

function foundIn(value: Value, url: string): Found {
  const names = [value["id"], value["alias"], value["title"]].filter(
    (name): name is string => typeof name === "string",
  );
  return { url, id: names[0] ?? "", names, canRead: value["can_read"] !== false };
}

/** The API roots that a server names, its default first; those that are not to be asked are left out. */
function rootsIn(value: Value, base: URL): string[] {
  const named = [value["default"], ...(value["api_roots"] as readonly unknown[])];
  const urls = named.flatMap((text) => {
    const url = typeof text === "string" ? parseUrl(text, base) : undefined;
    return url === undefined ? [] : [url];
  });
  const asked = urls.filter((url) => {
    const isHttp = url.protocol === "https:" || (url.protocol === "http:" && base.protocol === "http:");
    return isHttp && url.username === "" && url.password === "";
  });
  const roots = [...new Set(asked.map((url) => folderOf(url.href)))];
  // Credentials go to the origin of the configuration alone.
  const own = roots.filter((root) => new URL(root).origin === base.origin);
  if (own.length === 0 && roots.length > 0) {
    const shown = shownUrl(roots[0] as string);
    throw new FetchFailure(
      `its API root is at another place, "${shown}", which gets no credentials of this one`,
      "Write that address as `url`, if it is to be trusted with them",
    );
  }
  return own.slice(0, rootsMax);
}

/** An address with a slash at its end, without query and fragment. */
function folderOf(text: string): string {
  const url = new URL(text);
  url.hash = url.search = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

function notThere(): FetchFailure {
  return new FetchFailure(
    "its host has no TAXII server there (404)",
    "Write the address of its discovery, as https://taxii.example/taxii2/, of an API root, or of a collection",
  );
}
