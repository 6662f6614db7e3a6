/** A source of TAXII against a server on loopback, from its fetches to the names that a zone blocks. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { indicator, relation, stixObject, uuid } from "../../indicator/format/stix-objects.ts";
import { MispFixture as SourceFixture } from "../misp/misp-fixture.ts";
import { collectionId, collectionTitle, mediaType, TaxiiServer } from "./taxii-server.ts";

const name = (n: number): string => `n${String(n).padStart(4, "0")}.example`;
const named = (n: number, fields: object = {}) => indicator(n, `[domain-name:value = '${name(n)}']`, { ...fields });
const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => named(from + i));
const idOf = (n: number): string => `indicator--${uuid(n)}`;

async function start(keys = `collection: ${collectionId}`, path = "/taxii2/") {
  const server = await new TaxiiServer().listen();
  const fixture = new SourceFixture(`format: taxii, url: "${server.url}${path}", ${keys}`);
  return { server, fixture };
}

const second = (n: number): string => `2026-02-01T00:00:0${n}.000Z`;

describe("finding a collection", () => {
  it.each([
    ["by its id", `collection: ${collectionId}`, "/taxii2/"],
    ["by its alias", "collection: high-value", "/taxii2/"],
    ["by its title", `collection: ${collectionTitle}`, "/taxii2/"],
    ["without a slash at the end", `collection: ${collectionId}`, "/taxii2"],
    ["from an API root", `collection: ${collectionId}`, "/trustgroup1/"],
    ["from the list of collections", `collection: ${collectionId}`, "/trustgroup1/collections/"],
    ["by the collection's own address", "every: 1h", `/trustgroup1/collections/${collectionId}/`],
    ["by the address of its objects", "every: 1h", `/trustgroup1/collections/${collectionId}/objects/`],
  ])("%s", async (_, keys, path) => {
    const { server, fixture } = await start(keys, path);
    server.add([named(1)]);
    expect(await fixture.update()).toBe("new");
    expect(fixture.blocked()).toContain(name(1));
    expect(new Set(server.headers.map(({ accept }) => accept))).toEqual(new Set([mediaType]));
  });

  it.each([
    ["no name where there are several", "every: 1h", /it has 2 collections, and none is named: it has 472c94ae/],
    ["an unknown name", "collection: nope", /it has no collection of that name: it has 472c94ae-.*, 91a7b528-/],
  ])("fails for %s", async (_, keys, message) => {
    const { fixture } = await start(keys);
    expect(await fixture.update()).toMatch(message);
  });

  it("is not done again until the collection is no longer there", async () => {
    const { server, fixture } = await start();
    server.add([named(1)]);
    await fixture.update();
    server.requests.length = 0;
    expect(await fixture.update()).toBe("not-modified");
    expect(server.requests).toHaveLength(1);
    server.traps.answers.set(`/trustgroup1/collections/${collectionId}/objects/`, status(404));
    expect(await fixture.update()).toMatch(/does not have the objects of its collection \(404\)/);
    expect(fixture.blocked()).toContain(name(1));
  });

  it("gives credentials to its own origin alone", async () => {
    const other = await new TaxiiServer().listen();
    const { server, fixture } = await start();
    server.traps.answers.set("/taxii2/", json({ title: "x", api_roots: [`${other.url}/trustgroup1/`] }));
    expect(await fixture.update()).toMatch(/its API root is at another place, ".*", which gets no credentials/);
    expect(other.requests).toEqual([]);
  });

  it("logs in by name and password", async () => {
    const { server, fixture } = await start(`collection: ${collectionId}, user: me, passwordFile: key`);
    server.authorization = `Basic ${Buffer.from("me:misp-key-of-the-test").toString("base64")}`;
    server.add([named(1)]);
    expect(await fixture.update()).toBe("new");
    server.authorization = "Basic other";
    expect(await fixture.update()).toMatch(/refuses it to us \(401\)/);
  });
});

describe("reading its pages", () => {
  it.each<[string, Partial<TaxiiServer["traps"]>]>([
    ["as they come", {}],
    ["that are short", { pageMax: 7 }],
    ["with more and no next", { pageMax: 7, omitsNext: true }],
    ["whose next has expired", { pageMax: 7, forgetsNext: 3 }],
    ["with empty ones between", { pageMax: 7, emptyPages: 5 }],
    ["of types that were not asked for", { pageMax: 7, ignoresMatch: true }],
    ["without times", { pageMax: 7, omitsDates: true }],
  ])("%s", async (_, traps) => {
    const { server, fixture } = await start();
    server.add([stixObject("tool", 9, { name: "x" }), ...many(50), stixObject("x-other", 8)]);
    Object.assign(server.traps, traps);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(Array.from({ length: 50 }, (_, i) => name(i)));
    expect(fixture.copy.split("\n").filter((line) => line.includes('"tool"'))).toEqual([]);
    expect(readdirSync(dirname(fixture.task.file)).filter((file) => file.startsWith(".new"))).toEqual([]);
  });

  it("goes on where many were added at one time, and no next is said", async () => {
    const { server, fixture } = await start();
    server.add(many(2500), true);
    server.add(many(10, 2500));
    Object.assign(server.traps, { pageMax: 100_000, omitsNext: true });
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toHaveLength(2510);
  });

  it.each<[string, Partial<TaxiiServer["traps"]>, RegExp]>([
    ["send the same page for ever", { pageMax: 7, loops: true }, /the same page again and again/],
    ["forget each place, and say no times", { pageMax: 7, forgetsNext: 1000, omitsDates: true }, /again and again/],
    [
      "say that more is, and not where nor when",
      { pageMax: 7, omitsNext: true, omitsDates: true },
      /neither where nor from when/,
    ],
    ["send empty pages for ever", { emptyPages: 5000 }, /the same page again and again/],
  ])("stops servers that %s, and keeps what it had", async (_, traps, message) => {
    const { server, fixture } = await start();
    server.add(many(50));
    await fixture.update();
    Object.assign(server.traps, traps);
    fixture.nowMs += 90_000_000;
    expect(await fixture.update()).toMatch(message);
    expect(fixture.names()).toHaveLength(50);
  });

  it.each<[string, RequestListener, RegExp]>([
    [
      "a web page",
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
      /a web page came/,
    ],
    [
      "another version",
      (_, response) => void response.writeHead(200, { "content-type": "application/taxii+json;version=2.0" }).end("{}"),
      /another version of TAXII than 2.1/,
    ],
    [
      "no JSON",
      (_, response) => void response.writeHead(200, { "content-type": mediaType }).end("<nope>"),
      /is no page of objects/,
    ],
    [
      "half a page",
      (_, response) => void response.writeHead(200, { "content-type": mediaType }).end('{"objects": [{"type"'),
      /or was cut/,
    ],
    [
      "another object",
      (_, response) => void response.writeHead(200, { "content-type": mediaType }).end('{"title": "x"}'),
      /no page of objects/,
    ],
    ["403", status(403), /does not let us read it \(403\)/],
    ["406", status(406), /does not answer as TAXII 2.1 does \(406\)/],
    ["415", status(415), /does not answer as TAXII 2.1 does \(415\)/],
    ["400", status(400), /does not understand what we ask for \(400\)/],
    ["429", (_, response) => void response.writeHead(429, { "retry-after": "7200" }).end(), /ask too often \(429\)/],
  ])("keeps what it had where %s comes", async (_, answer, message) => {
    const { server, fixture } = await start();
    server.add(many(3));
    await fixture.update();
    server.traps.answers.set(`/trustgroup1/collections/${collectionId}/objects/`, answer);
    expect(await fixture.update()).toMatch(message);
    expect(fixture.names()).toHaveLength(3);
  });

  it("waits as long as the server asks", async () => {
    const { server, fixture } = await start();
    server.traps.answers.set(
      "/taxii2/",
      (_, response) => void response.writeHead(429, { "retry-after": "7200" }).end(),
    );
    expect((await fixture.fetch()).dueInSeconds).toBe(7200);
  });

  it("stops at the bound of all answers together", async () => {
    const { server, fixture } = await start(`collection: ${collectionId}, fetchedBytesMax: 5000`);
    server.traps.pageMax = 5;
    server.add(many(50));
    expect(await fixture.update()).toMatch(/more than 5000 octets/);
  });
});

describe("what was added, and what is gone", () => {
  it("asks for additions alone, and lays them over the copy", async () => {
    const { server, fixture } = await start();
    server.add([...many(5), stixObject("malware", 90, { name: "Poison" })]);
    await fixture.update();
    const lines = fixture.copy;
    server.requests.length = 0;
    expect(await fixture.update()).toBe("not-modified");
    expect(fixture.copy).toBe(lines);
    expect(server.pages).toHaveLength(1);
    expect(server.pages[0]).toContain("added_after=2026-01-01T00%3A00%3A06.000000Z");
    server.add([named(6), named(2, { modified: second(1), revoked: true })]);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual([0, 1, 3, 4, 6].map(name));
    expect(fixture.states()).toContain(`${name(2)} ${idOf(2)} revoked`);
  });

  it("ties what was added to what came before", async () => {
    const { server, fixture } = await start();
    const family = stixObject("malware", 90, { name: "Poison", is_family: true });
    server.add([named(1)]);
    await fixture.update();
    server.add([family, relation(91, named(1), family)]);
    expect(await fixture.update()).toBe("new");
    expect(fixture.listed().join()).toContain("Poison");
  });

  it("keeps the newest version, whichever comes last", async () => {
    const { server, fixture } = await start();
    const version = (n: number, at: number) =>
      indicator(1, `[domain-name:value = '${name(n)}']`, { modified: second(at) });
    server.add([version(2, 2), version(1, 1)]);
    await fixture.update();
    expect(fixture.names()).toEqual([name(2)]);
    server.add([version(0, 0)]);
    await fixture.update();
    expect(fixture.names()).toEqual([name(2)]);
    server.add([version(3, 3)]);
    await fixture.update();
    expect(fixture.names()).toEqual([name(3)]);
  });

  it("reads all again after a while, and takes away what was deleted", async () => {
    const { server, fixture } = await start(`collection: ${collectionId}, resync: 6h`);
    server.add(many(10));
    await fixture.update();
    server.delete(idOf(3));
    fixture.nowMs += 1000 * 3600;
    expect(await fixture.update()).toBe("not-modified");
    expect(fixture.names()).toHaveLength(10);
    fixture.nowMs += 1000 * 6 * 3600;
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map(name));
  });

  it("reads all again where it is asked to, and where the copy or the clock is not as it was", async () => {
    const { server, fixture } = await start();
    server.add(many(3));
    const asksAll = async (mode: "check" | "force" = "check"): Promise<boolean> => {
      server.requests.length = 0;
      await fixture.fetch(mode);
      return !server.pages[0]?.includes("added_after");
    };
    expect(await asksAll()).toBe(true);
    expect(await asksAll()).toBe(false);
    expect(await asksAll("force")).toBe(true);
    writeFileSync(fixture.task.file, "{}\n");
    expect(await asksAll()).toBe(true);
    fixture.nowMs -= 1000 * 3600;
    expect(await asksAll()).toBe(true);
    rmSync(fixture.task.file);
    expect(await asksAll()).toBe(true);
  });

  it("reads all each time where the server does not say when objects were added", async () => {
    const { server, fixture } = await start();
    server.traps.omitsDates = true;
    server.add(many(3));
    await fixture.update();
    expect(await fixture.update()).toBe("same");
    server.delete(idOf(1));
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual([0, 2].map(name));
  });

  it("has the same copy whatever the order and the pages", async () => {
    const copies = new Set<string>();
    for (const [objects, pageMax] of [
      [many(30), 1000],
      [many(30).reverse(), 4],
    ] as const) {
      const { server, fixture } = await start();
      server.add(objects);
      server.traps.pageMax = pageMax;
      await fixture.update();
      copies.add(fixture.copy);
    }
    expect(copies.size).toBe(1);
  });
});

describe("what a source says", () => {
  it("lets what a pattern does not say plainly wait, in no zone", async () => {
    const { server, fixture } = await start();
    server.add([named(1), indicator(2, `[domain-name:value = '${name(2)}'] FOLLOWEDBY [file:name = 'x']`)]);
    await fixture.update();
    expect(fixture.blocked().filter((owner) => owner.endsWith(".example") || owner.includes("n000"))).toEqual([
      name(1),
    ]);
    expect(fixture.states()).toEqual([`${name(1)} ${idOf(1)} reported`, `${name(2)} ${idOf(2)} review`]);
  });

  it("holds addresses back unless triggers ask for them, and is amber where it says nothing", async () => {
    const { server, fixture } = await start();
    server.add([indicator(1, "[ipv4-addr:value = '8.8.4.4']"), named(2)]);
    await fixture.update();
    expect(fixture.names()).toEqual([name(2)]);
    expect(fixture.config().sources[0]?.tlp).toBe("amber");
    fixture.source(
      `format: taxii, url: "${server.url}/taxii2/", collection: ${collectionId}, triggers: [qname, response-ip]`,
    );
    await fixture.build();
    expect(fixture.names()).toEqual([name(2), "8.8.4.4"]);
  });
});

function status(code: number): RequestListener {
  return (_, response) => void response.writeHead(code, { "content-type": mediaType }).end("{}");
}

function json(value: unknown): RequestListener {
  return (_, response) => void response.writeHead(200, { "content-type": mediaType }).end(JSON.stringify(value));
}
