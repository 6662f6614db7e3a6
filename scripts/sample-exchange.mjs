/**
 * A small exchange on loopback for the sample configuration: a MISP feed, which is a folder of files, and a TAXII 2.1 server with one
 * collection, both of made-up intelligence under zones/intel/exchange. It only answers GET, and knows nobody.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

/** Where the sample configuration looks for it. */
export const exchangePort = 8354;

const taxiiType = "application/taxii+json;version=2.1";
const stixType = "application/stix+json;version=2.1";

/**
 * Listens until the process ends, which it does not hold up.
 * @param {{ folder: URL, port?: number }} where `folder` has the files
 * @returns {Promise<{ origin: string, close: () => void }>} rejects where the port is taken
 */
export function startExchange({ folder, port = exchangePort }) {
  const server = createServer((request, response) => answer(request, response, folder));
  server.on("connection", (socket) => socket.unref());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.unref();
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() });
    });
  });
}

function answer(request, response, folder) {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "127.0.0.1"}`);
  if (request.method !== "GET") return send(response, 405, { title: "This exchange only answers GET" });
  try {
    if (url.pathname.startsWith("/misp-feed/")) return sendFeedFile(response, url, folder);
    if (url.pathname.startsWith("/taxii2/")) return sendTaxii(response, url, folder);
  } catch (error) {
    return send(response, 500, { title: error instanceof Error ? error.message : "A defect" });
  }
  return send(response, 404, { title: "Nothing here; see /misp-feed/manifest.json and /taxii2/" });
}

function sendFeedFile(response, url, folder) {
  const feed = new URL("misp-feed/", folder);
  const name = url.pathname.slice("/misp-feed/".length);
  if (!readdirSync(feed).includes(name)) return send(response, 404, { title: "No such event" });
  return send(response, 200, readFileSync(new URL(name, feed), "utf8"), "application/json");
}

/** TAXII 2.1, sections 4 and 5. */
function sendTaxii(response, url, folder) {
  const { id, title, added, objects } = JSON.parse(readFileSync(new URL("taxii/collection.json", folder), "utf8"));
  const collection = { id, title, can_read: true, can_write: false, media_types: [stixType] };
  const root = new URL("/taxii2/sample/", url).href;
  switch (url.pathname) {
    case "/taxii2/":
      return send(response, 200, { title: "The exchange of the sample", default: root, api_roots: [root] });
    case "/taxii2/sample/":
      return send(response, 200, { title: "Made-up", versions: [taxiiType], max_content_length: 0 });
    case "/taxii2/sample/collections/":
      return send(response, 200, { collections: [collection] });
    case `/taxii2/sample/collections/${id}/`:
      return send(response, 200, collection);
    case `/taxii2/sample/collections/${id}/objects/`:
      return sendObjects(response, url.searchParams, objects, added);
    default:
      return send(response, 404, { title: "No such resource" });
  }
}

const pageMax = 100;

function sendObjects(response, query, objects, added) {
  const after = query.get("added_after");
  const types = query.get("match[type]")?.split(",");
  const isNew = after === null || Date.parse(after) < Date.parse(added);
  const found = objects.filter(({ type }) => isNew && (types === undefined || types.includes(type)));
  const from = Number(query.get("next") ?? 0);
  const limit = Math.min(pageMax, Number(query.get("limit") ?? pageMax));
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(limit) || limit < 1) {
    return send(response, 400, { title: "next and limit are numbers" });
  }
  const page = found.slice(from, from + limit);
  if (page.length === 0) return send(response, 200, {});
  response.setHeader("X-TAXII-Date-Added-First", added);
  response.setHeader("X-TAXII-Date-Added-Last", added);
  const more = from + page.length < found.length;
  return send(response, 200, { more, ...(more ? { next: `${from + page.length}` } : {}), objects: page });
}

function send(response, status, body, type = taxiiType) {
  response.writeHead(status, { "content-type": type });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
