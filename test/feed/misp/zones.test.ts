/** What zones make of the facts of MISP events, and what limits make of events that take much back. */
import { describe, expect, it } from "vitest";
import { detectFormat } from "../../../src/indicator/format/detect.ts";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture, startSeconds } from "./misp-fixture.ts";
import { domain, type MispEvent, MispServer, serveFiles, uuidOf } from "./misp-server.ts";

/** Names that a zone blocks of one event, by the take of the zone. */
async function blocked(event: Partial<MispEvent>, take: string, more = ""): Promise<string[]> {
  const fixture = new MispFixture(`format: misp, from: event.json${more}`);
  const whole = {
    uuid: uuidOf(1),
    published: true,
    Attribute: [domain(1, "a.example", { type: "hostname" })],
    ...event,
  };
  fixture.write("event.json", JSON.stringify({ Event: whole }));
  fixture.write("zone.yaml", fixture.zone(take));
  await fixture.build();
  return fixture.blocked();
}

const own = "sources: [list], audience: own";
const others = "sources: [list]";
const tagged = (...names: string[]): Partial<MispEvent> => ({ Tag: names.map((name) => ({ name })) });

describe("a zone", () => {
  it.each<[string, Partial<MispEvent>, boolean, boolean]>([
    ["without a marking, which is amber", {}, true, true],
    ["that is tlp:amber+strict", tagged("tlp:amber+strict"), true, false],
    ["that is tlp:red", tagged("tlp:red"), true, false],
    ["that is PAP:AMBER", tagged("PAP:AMBER"), false, false],
    ["for its organisation only", { distribution: "0" }, true, false],
    ["for its community", { distribution: "1" }, true, true],
    ["for a sharing group", { distribution: "4" }, true, false],
  ])("takes an event %s as it should", async (_, event, byOwn, byOthers) => {
    expect([await blocked(event, own), await blocked(event, others)].map(({ length }) => length > 0)).toEqual([
      byOwn,
      byOthers,
    ]);
  });

  it("takes events, families and categories by name", async () => {
    const event = tagged('misp-galaxy:malpedia="Emotet"', 'rsit:fraud="phishing"', "tlp:green");
    for (const take of [`events: ["${uuidOf(1)}"]`, "families: [emotet]", "categories: [phishing]"]) {
      expect(await blocked(event, take)).toEqual(["a.example"]);
    }
    expect(await blocked(event, "families: [other]")).toEqual([]);
    expect(await blocked(event, "categories: [scam]", ', categories: {"rsit:fraud=\\"phishing\\"": scam}')).toEqual([
      "a.example",
    ]);
  });
});

describe("a source of MISP", () => {
  it("takes back what its events take back, however much that is", async () => {
    const server = new MispServer(startSeconds - 3600);
    const attributes = Array.from({ length: 3000 }, (_, n) => domain(n, `n${n}.example`));
    server.add({ uuid: uuidOf(1), Attribute: attributes });
    server.add({ uuid: uuidOf(2), Attribute: [domain(9000, "kept.example")] });
    server.now = startSeconds;
    const fixture = new MispFixture(`format: misp, tlp: clear, url: "${await serve(server.listener)}/", keyFile: key`);
    await fixture.update();
    expect(fixture.names()).toHaveLength(3001);
    server.now += 300;
    fixture.nowMs += 300_000;
    server.editAndPublish(uuidOf(1), (event) => {
      for (const attribute of event.Attribute) attribute.to_ids = false;
    });
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["kept.example"]);
  });

  it("is held where most of it is just gone", async () => {
    const server = new MispServer(startSeconds - 3600);
    const attributes = Array.from({ length: 3000 }, (_, n) => domain(n, `n${n}.example`));
    server.add({ uuid: uuidOf(1), Attribute: attributes });
    server.add({ uuid: uuidOf(2), Attribute: [domain(9000, "kept.example")] });
    server.now = startSeconds;
    const fixture = new MispFixture(
      `format: misp, tlp: clear, url: "${await serve(server.listener)}/", keyFile: key, reconcile: 1h`,
    );
    await fixture.update();
    server.events.delete(uuidOf(1));
    server.now += 3600;
    fixture.nowMs += 3_600_000;
    expect(await fixture.update()).toMatch(/changed|limit/i);
    expect(fixture.names()).toHaveLength(3001);
  });

  it("says of an event that comes by REST and by a feed the same, so that it can be told to be one", async () => {
    const server = new MispServer(startSeconds - 3600);
    const Orgc = { name: "CERT Example", uuid: uuidOf(1, "organisation") };
    server.add({ uuid: uuidOf(1), Orgc, Attribute: [domain(1, "a.example")] });
    server.now = startSeconds;
    const rest = new MispFixture(`format: misp, tlp: clear, url: "${await serve(server.listener)}/", keyFile: key`);
    const feed = new MispFixture(
      `format: misp-feed, tlp: clear, url: "${await serve(serveFiles(() => server.feed()))}/"`,
    );
    const said = [];
    for (const fixture of [rest, feed]) {
      await fixture.update();
      const [row] = fixture.rows();
      said.push({ id: row?.externalId, listed: fixture.listed() });
    }
    expect(said[0]).toEqual(said[1]);
    expect(said[0]?.listed[0]).toContain(`"organisation":"CERT Example ${Orgc.uuid}"`);
  });
});

it("a MISP document that nobody calls so is read as JSON, and the build says what it could be", () => {
  const text = JSON.stringify({
    Event: { uuid: uuidOf(1), Attribute: [domain(1, "a.example"), domain(2, "b.example")] },
  });
  expect(detectFormat(Buffer.from(text))).toMatchObject({
    format: "json",
    why: expect.stringContaining("format: misp"),
  });
});
