/**
 * A MISP with many events, as a process of its own: by REST as the real one answers, and the same events as a feed. `node misp.mjs EVENTS
 * ATTRIBUTES` prints its port; each line on stdin edits and publishes one event anew.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const [events = 0, attributes = 0] = process.argv.slice(2).map(Number);
const start = Math.floor(Date.now() / 1000) - 86_400;
/** By event, how often it was edited, and when last. */
const edits = new Map();

const hex = (n, digits) => n.toString(16).padStart(digits, "0");
const uuidOf = (kind, n) =>
  `${kind}${hex(Math.imul(n, 2_654_435_761) >>> 0, 7).slice(-7)}-0000-4000-8000-${hex(n, 12)}`;
const eventOfUuid = (uuid) => Number.parseInt(uuid.slice(-12), 16);

function attributeOf(event, n, edit) {
  const id = event * attributes + n;
  const value = `n${id}${n === 0 && edit > 0 ? `-${edit}` : ""}.malicious-${event % 977}.example`;
  return `{"id":"${id}","event_id":"${event}","object_id":"0","object_relation":null,"category":"Network activity","type":"${n % 10 === 9 ? "sha256" : "domain"}","to_ids":true,"uuid":"${uuidOf("a", id)}","timestamp":"${start}","distribution":"5","sharing_group_id":"0","comment":"seen in a campaign","deleted":false,"disable_correlation":false,"first_seen":null,"last_seen":null,"value":"${value}","Galaxy":[],"ShadowAttribute":[],"Tag":[]}`;
}

function eventOf(event, isWhole) {
  const { edit = 0, at = start } = edits.get(event) ?? {};
  const head = `{"Event":{"id":"${event}","orgc_id":"1","org_id":"1","date":"2026-11-24","threat_level_id":"2","info":"Campaign ${event}","published":true,"uuid":"${uuidOf("e", event)}","attribute_count":"${attributes}","analysis":"2","timestamp":"${at}","distribution":"3","sharing_group_id":"0","publish_timestamp":"${at}","Orgc":{"id":"1","name":"CERT ${event % 50}","uuid":"${uuidOf("c", event % 50)}"},"Tag":[{"id":"1","name":"tlp:green"},{"id":"2","name":"rsit:fraud=\\"phishing\\""}]`;
  if (!isWhole) return `${head}}}`;
  const all = Array.from({ length: attributes }, (_, n) => attributeOf(event, n, edit));
  return `${head},"Attribute":[${all.join()}],"Object":[],"Galaxy":[]}}`;
}

function search({ eventid, metadata, limit = 0, page = 1, publish_timestamp: published, event_timestamp: edited }) {
  if (eventid !== undefined) return eventid.map((uuid) => eventOf(eventOfUuid(uuid), metadata !== true));
  const since = Number(published ?? edited ?? 0);
  const found = since > start ? [...edits.keys()].filter((event) => edits.get(event).at >= since) : undefined;
  const first = limit * (page - 1);
  const ids = found?.slice(first, first + limit) ?? range(first, Math.min(events, first + limit));
  return ids.map((event) => eventOf(event, false));
}

const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

function manifest() {
  const entries = range(0, events).map((event) => {
    const { at = start } = edits.get(event) ?? {};
    return `"${uuidOf("e", event)}":{"info":"Campaign ${event}","timestamp":${at},"Orgc":{},"Tag":[]}`;
  });
  return `{${entries.join()}}`;
}

const server = createServer((request, response) => {
  const path = request.url ?? "";
  response.setHeader("content-type", "application/json");
  if (request.method === "GET") {
    const etag = `"${edits.size}-${Math.max(0, ...[...edits.values()].map(({ edit }) => edit))}"`;
    if (path !== "/manifest.json") return response.end(eventOf(eventOfUuid(path.slice(1, 37)), true));
    if (request.headers["if-none-match"] === etag) return response.writeHead(304).end();
    return response.writeHead(200, { etag }).end(manifest());
  }
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    response.setHeader("x-skipped-elements-count", 0);
    response.end(`{"response":[${search(JSON.parse(Buffer.concat(parts).toString())).join()}]}`);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
createInterface({ input: process.stdin }).on("line", () => {
  const event = Math.floor(events / 3);
  edits.set(event, {
    edit: (edits.get(event)?.edit ?? 0) + 1,
    at: Math.max(Math.floor(Date.now() / 1000), 1 + (edits.get(event)?.at ?? 0)),
  });
  process.stdout.write("edited\n");
});
