/** MISP feeds, from the manifest over the copy to the zone. */
import { describe, expect, it } from "vitest";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture, startSeconds } from "./misp-fixture.ts";
import { domain, MispServer, serveFiles, uuidOf } from "./misp-server.ts";

async function feedOf(server: MispServer, more = "") {
  const paths: string[] = [];
  const files = new Map<string, string>();
  const publish = (): void => {
    files.clear();
    for (const [path, text] of server.feed()) files.set(path, text);
  };
  publish();
  const origin = await serve(serveFiles(() => files, paths));
  const fixture = new MispFixture(`format: misp-feed, tlp: clear, url: "${origin}/"${more}`);
  return { fixture, paths, files, publish };
}

function twoEvents(): MispServer {
  const server = new MispServer(startSeconds);
  server.add({ uuid: uuidOf(1), Attribute: [domain(1, "a.example"), domain(2, "b.example")] });
  server.add({ uuid: uuidOf(2), Attribute: [domain(3, "c.example")] });
  return server;
}

describe("a MISP feed", () => {
  it("becomes a zone, and is not read again while its manifest stays as it is", async () => {
    const { fixture, paths } = await feedOf(twoEvents());
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["a.example", "b.example", "c.example"]);
    expect(fixture.blocked()).toEqual(
      ["*.a.example", "a.example", "*.b.example", "b.example", "*.c.example", "c.example"].sort(),
    );
    expect(paths).toEqual(["/manifest.json", `/${uuidOf(1)}.json`, `/${uuidOf(2)}.json`]);
    expect(await fixture.update()).toBe("not-modified");
    expect(paths).toHaveLength(4);
  });

  it("reads only events again whose time in the manifest is another one", async () => {
    const server = twoEvents();
    const { fixture, paths, publish } = await feedOf(server);
    await fixture.update();
    server.now += 60;
    server.editAndPublish(uuidOf(2), (event) => event.Attribute.push(domain(4, "d.example")));
    publish();
    paths.length = 0;
    expect(await fixture.update()).toBe("new");
    expect(paths).toEqual(["/manifest.json", `/${uuidOf(2)}.json`]);
    expect(fixture.names()).toEqual(["a.example", "b.example", "c.example", "d.example"]);
  });

  it("withdraws an event that left the manifest", async () => {
    const server = twoEvents();
    const { fixture, publish } = await feedOf(server);
    await fixture.update();
    server.events.delete(uuidOf(1));
    publish();
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["c.example"]);
    expect(fixture.states()).toContain(`a.example ${uuidOf(1, "attribute")} withdrawn`);
  });

  it.each([
    ["is gone", undefined, "its host has no such list (404)"],
    ["is a web page", "<!doctype html><h1>Welcome</h1>", "a web page came in place of JSON"],
    ["is cut", '{"Event": {"uuid": "', "what came is no JSON, or ends in the middle"],
    [
      "is another one",
      JSON.stringify({ Event: { uuid: uuidOf(9), Attribute: [] } }),
      "what came is another event, or none",
    ],
    ["is none", "[]", "what came is another event, or none"],
  ])("keeps what it had of an event whose file %s, says so, and asks again later", async (_, text, why) => {
    const server = twoEvents();
    const { fixture, files, publish, paths } = await feedOf(server);
    await fixture.update();
    server.now += 60;
    server.editAndPublish(uuidOf(1), (event) => event.Attribute.push(domain(5, "e.example")));
    server.editAndPublish(uuidOf(2), (event) => event.Attribute.push(domain(4, "d.example")));
    publish();
    const whole = files.get(`/${uuidOf(1)}.json`) as string;
    if (text === undefined) files.delete(`/${uuidOf(1)}.json`);
    else files.set(`/${uuidOf(1)}.json`, text);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["a.example", "b.example", "c.example", "d.example"]);
    expect(fixture.snapshot().rejects["event-not-fetched"]?.count).toBe(1);
    expect(fixture.copy).toContain(`"fault":"${why}"`);
    paths.length = 0;
    files.set(`/${uuidOf(1)}.json`, whole);
    await fixture.update();
    expect(paths).toEqual(["/manifest.json"]);
    fixture.nowMs += 3_600_000;
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["a.example", "b.example", "c.example", "d.example", "e.example"]);
    expect(fixture.snapshot().rejects["event-not-fetched"]).toBeUndefined();
  });

  it("stays as it is where its manifest is none", async () => {
    const { fixture, files } = await feedOf(twoEvents());
    await fixture.update();
    for (const text of ["<html>", "[]", "null", '{"a"', ""]) {
      files.set("/manifest.json", text);
      expect((await fixture.fetch()).outcome).toBe("failed");
    }
    expect(fixture.copy.split("\n")).toHaveLength(3);
  });

  it("asks for no path that is no event's", async () => {
    const { fixture, files, paths } = await feedOf(twoEvents());
    files.set(
      "/manifest.json",
      JSON.stringify({ "../../etc/passwd": { timestamp: 1 }, __proto__: {}, [uuidOf(1)]: { timestamp: 2 } }),
    );
    await fixture.update();
    expect(paths).toEqual(["/manifest.json", `/${uuidOf(1)}.json`]);
  });

  it("gives up where the host fails and not an event", async () => {
    const server = new MispServer(startSeconds);
    for (let n = 1; n <= 9; n++) server.add({ uuid: uuidOf(n), Attribute: [domain(n, `n${n}.example`)] });
    const files = server.feed();
    const origin = await serve((request, response) => {
      if (request.url === "/manifest.json") response.end(files.get("/manifest.json"));
      else response.writeHead(500).end();
    });
    const fixture = new MispFixture(`format: misp-feed, url: "${origin}/"`);
    const { outcome, error } = await fixture.fetch();
    expect([outcome, error?.message]).toEqual(["failed", `Cannot fetch "${origin}/": its host answers 500`]);
  });
});
