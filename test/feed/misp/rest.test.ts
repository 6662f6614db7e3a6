/** A MISP by its REST interface: each way in which events change, and each in which an answer misleads, ends as a person would expect. */
import { describe, expect, it } from "vitest";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture, startSeconds } from "./misp-fixture.ts";
import { attributeOf, domain, MispServer, uuidOf } from "./misp-server.ts";

const hour = 3600;

async function misp(more = "", zone = "") {
  const server = new MispServer(startSeconds - hour);
  server.add({ uuid: uuidOf(1), Attribute: [domain(1, "a.example"), domain(2, "b.example")] });
  server.add({ uuid: uuidOf(2), Attribute: [domain(3, "c.example")] });
  server.now = startSeconds;
  const origin = await serve(server.listener);
  const fixture = new MispFixture(`format: misp, tlp: clear, url: "${origin}/", keyFile: key${more}`, zone);
  /** Time goes on for both, by seconds. */
  const later = (seconds: number): void => {
    server.now += seconds;
    fixture.nowMs += 1000 * seconds;
  };
  /** Requests since the last look, in short. */
  const asked = (): string[] =>
    server.asked.splice(0).map(({ body }) => {
      if (body["eventid"] !== undefined)
        return `read ${(body["eventid"] as string[]).map((uuid) => Number(`0x${uuid.slice(-4)}`)).join()}`;
      const by = ["publish_timestamp", "event_timestamp"].find((key) => body[key] !== undefined) ?? "all";
      return `${by} ${Number(body["page"])}`;
    });
  return { server, fixture, later, asked, origin };
}

const all = ["a.example", "b.example", "c.example"];

describe("a MISP", () => {
  it("is read whole at first, and then asked for what changed, twice", async () => {
    const { fixture, later, asked, server } = await misp();
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(all);
    expect(asked()).toEqual(["all 1", "read 1,2"]);
    later(300);
    expect(await fixture.update()).toBe("not-modified");
    expect(asked()).toEqual(["publish_timestamp 1", "event_timestamp 1"]);
    later(300);
    server.editAndPublish(uuidOf(2), (event) => event.Attribute.push(domain(4, "d.example")));
    expect(await fixture.update()).toBe("new");
    expect(asked()).toEqual(["publish_timestamp 1", "event_timestamp 1", "read 2"]);
    expect(fixture.names()).toEqual([...all, "d.example"]);
    later(300);
    // The windows overlap, and what was read is not read again.
    expect(await fixture.update()).toBe("not-modified");
    expect(asked()).toEqual(["publish_timestamp 1", "event_timestamp 1"]);
  });

  it("gets its key without a word in front, and asks for JSON as JSON", async () => {
    const { fixture, server } = await misp();
    await fixture.fetch();
    expect(server.asked[0]).toMatchObject({
      authorization: server.key,
      body: { returnFormat: "json", metadata: true },
    });
    expect(server.asked[1]?.body).toMatchObject({ deleted: [0, 1], eventid: [uuidOf(1), uuidOf(2)] });
    expect(server.asked[1]?.body).not.toHaveProperty("to_ids");
    expect(server.asked[1]?.body).not.toHaveProperty("published");
  });

  it("publishes an old event late: it comes", async () => {
    const { fixture, server, later } = await misp();
    server.add({ uuid: uuidOf(3), timestamp: "1700000000", published: false, Attribute: [domain(9, "late.example")] });
    await fixture.update();
    expect(fixture.names()).toEqual(all);
    later(2 * hour);
    server.publish(uuidOf(3));
    await fixture.update();
    expect(fixture.names()).toEqual([...all, "late.example"]);
  });

  it.each([
    ["has its to_ids unticked", (server: MispServer) => unticked(server), "revoked", "not-for-detection"],
    ["gets tlp:red", (server: MispServer) => marked(server, "tlp:red"), "revoked", "filtered"],
    ["is deleted", (server: MispServer) => deleted(server), "revoked", "deleted"],
    [
      "is deleted and sanitised",
      (server: MispServer) => server.deleteSanitised(uuidOf(1), uuidOf(1, "attribute")),
      "withdrawn",
      "other-type",
    ],
    ["becomes another type", (server: MispServer) => retyped(server), "withdrawn", "other-type"],
  ])("an attribute that %s leaves the zone", async (_, change, state, reason) => {
    const { fixture, server, later } = await misp(`, filter: {tags: ["!tlp:red"]}`);
    await fixture.update();
    later(300);
    change(server);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["b.example", "c.example"]);
    expect(fixture.blocked()).not.toContain("a.example");
    expect(fixture.states()).toContain(`a.example ${uuidOf(1, "attribute")} ${state}`);
    expect(Object.keys(fixture.snapshot().rejects)).toEqual([reason]);
  });

  it("a new tlp:red leaves zones that others query, filter or not", async () => {
    const { fixture, server, later } = await misp();
    await fixture.update();
    later(300);
    marked(server, "tlp:red");
    await fixture.update();
    expect(fixture.blocked().sort()).toEqual(["*.b.example", "*.c.example", "b.example", "c.example"]);
  });

  it("an attribute that changes its value takes its name along", async () => {
    const { fixture, server, later } = await misp();
    await fixture.update();
    later(300);
    server.editAndPublish(uuidOf(1), (event) => {
      attributeOf(event, uuidOf(1, "attribute")).value = "other.example";
    });
    await fixture.update();
    expect(fixture.names()).toEqual(["b.example", "c.example", "other.example"]);
  });

  it("an attribute that was deleted for good goes with the next reading of all", async () => {
    const { fixture, server, later } = await misp(", reconcile: 24h");
    await fixture.update();
    server.deleteForGood(uuidOf(1), uuidOf(1, "attribute"));
    later(23 * hour);
    expect(await fixture.update()).toBe("not-modified");
    later(hour);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["b.example", "c.example"]);
  });

  it("an event that was deleted goes with the next reading of all", async () => {
    const { fixture, server, later } = await misp(", reconcile: 1h");
    await fixture.update();
    server.events.delete(uuidOf(2));
    later(hour);
    await fixture.update();
    expect(fixture.names()).toEqual(["a.example", "b.example"]);
  });

  it("an event that came by synchronisation with its old times comes with the next reading of all", async () => {
    const { fixture, server, later } = await misp(", reconcile: 1h");
    await fixture.update();
    server.add({
      uuid: uuidOf(3),
      timestamp: "1700000000",
      publish_timestamp: "1700000000",
      Attribute: [domain(9, "sync.example")],
    });
    later(1800);
    expect(await fixture.update()).toBe("not-modified");
    later(1800);
    await fixture.update();
    expect(fixture.names()).toEqual([...all, "sync.example"]);
  });

  it("an event that an edit took out of publication counts as it was, and as it is once it is published again", async () => {
    const { fixture, server, later } = await misp(", unpublishedGrace: 24h, reconcile: 1h");
    await fixture.update();
    later(300);
    server.edit(uuidOf(1), (event) => event.Attribute.shift());
    await fixture.update();
    expect(fixture.names()).toEqual(all);
    later(2 * hour);
    await fixture.update();
    expect(fixture.names()).toEqual(all);
    later(300);
    server.publish(uuidOf(1));
    await fixture.update();
    expect(fixture.names()).toEqual(["b.example", "c.example"]);
    expect(fixture.copy).not.toContain("unpublishedSince");
  });

  it.each([1, 48])(
    "an event that stays out of publication goes after a time, all being read each %s hours",
    async (hours) => {
      const { fixture, server, later } = await misp(`, unpublishedGrace: 24h, reconcile: ${hours}h`);
      await fixture.update();
      later(300);
      server.edit(uuidOf(1), () => {});
      await fixture.update();
      for (let i = 0; i < 23; i++) {
        later(hour);
        await fixture.update();
      }
      expect(fixture.names()).toEqual(all);
      later(hour);
      await fixture.update();
      expect(fixture.names()).toEqual(["c.example"]);
    },
  );

  it.each([true, false])("pages that are short are not the last, whether the MISP says so: %s", async (saysSkipped) => {
    const { fixture, server, asked } = await misp();
    server.saysSkipped = saysSkipped;
    for (let n = 10; n < 2510; n++) {
      server.add({ uuid: uuidOf(n), Attribute: [domain(n, `n${n}.example`)] });
      if (n % 2 === 0 || n < 1200) server.hidden.add(uuidOf(n));
    }
    await fixture.update();
    expect(fixture.names()).toHaveLength(3 + 655);
    const pages = asked().filter((one) => one.startsWith("all"));
    expect(pages).toEqual(saysSkipped ? ["all 1", "all 2", "all 3"] : ["all 1", "all 2", "all 3", "all 4", "all 5"]);
  });

  it("decay there ends an attribute where the source says so", async () => {
    const { fixture, server } = await misp(", theirDecay: true");
    attributeOf(server.event(uuidOf(1)), uuidOf(1, "attribute")).decay_score = [{ score: 12, decayed: true }];
    await fixture.update();
    expect(fixture.names()).toEqual(["b.example", "c.example"]);
  });

  it("decay of ours runs from the last sighting of others", async () => {
    const { fixture, server, later } = await misp(
      ", confidence: 80, decay: {lifetimeDays: 3, speed: 2.3, threshold: 30}, reconcile: 1h, ownSightings: [isp]",
    );
    const seen = (n: number, source: string): void => {
      const sighting = { type: "0", date_sighting: String(server.now), source };
      attributeOf(server.event(uuidOf(1)), uuidOf(n, "attribute")).Sighting = [sighting];
    };
    await fixture.update();
    later(20 * hour);
    seen(1, "partner");
    seen(2, "isp");
    await fixture.update();
    later(10 * hour);
    await fixture.update();
    expect(fixture.names()).toEqual(["a.example"]);
  });

  it("clocks apart cost nothing: windows go by the clock of the MISP", async () => {
    const { fixture, server, later } = await misp(", reconcile: 30d");
    server.now -= 30 * 86_400;
    await fixture.update();
    later(300);
    server.editAndPublish(uuidOf(2), (event) => event.Attribute.push(domain(4, "d.example")));
    await fixture.update();
    expect(fixture.names()).toEqual([...all, "d.example"]);
  });

  it("a clock of the MISP that goes back has all read", async () => {
    const { fixture, server, later, asked } = await misp(", reconcile: 30d");
    await fixture.update();
    later(300);
    server.now -= 86_400;
    asked();
    await fixture.update();
    expect(asked()).toContain("all 1");
  });

  it("an event whose reading fails costs that event, keeps what it was, and is asked for again", async () => {
    const { fixture, server, later } = await misp(", reconcile: 24h");
    await fixture.update();
    later(300);
    server.editAndPublish(uuidOf(1), (event) => event.Attribute.push(domain(5, "e.example")));
    server.editAndPublish(uuidOf(2), (event) => event.Attribute.push(domain(4, "d.example")));
    server.failing.set(uuidOf(1), 500);
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual([...all, "d.example"]);
    expect(fixture.snapshot().rejects["event-not-fetched"]?.count).toBe(1);
    server.failing.clear();
    later(hour);
    await fixture.update();
    expect(fixture.names()).toEqual([...all, "d.example", "e.example"]);
  });

  it("an event that is found and then not given stays until all are read", async () => {
    const { fixture, server, later } = await misp(", reconcile: 24h");
    await fixture.update();
    later(300);
    server.editAndPublish(uuidOf(1), () => {});
    server.override = (_, response, body) => {
      if (!body.includes("eventid")) return false;
      response.end('{"response": []}');
      return true;
    };
    await fixture.update();
    expect(fixture.names()).toEqual(all);
    server.override = undefined;
    server.events.delete(uuidOf(1));
    later(hour);
    await fixture.update();
    expect(fixture.names()).toEqual(["c.example"]);
  });

  it.each<[string, number, string, string]>([
    ["refuses the key", 403, '{"message": "Authentication failed."}', "its host refuses it to us (403)"],
    ["is no MISP", 404, "Not Found", "its host has no such list (404)"],
    ["is under maintenance", 503, "later", "its host answers 503"],
    ["shows a page", 200, "<!DOCTYPE html><title>Login</title>", "a web page came in place of JSON"],
    ["breaks off", 200, '{"response": [{"Event": {"uuid": "', "what came is no JSON, or ends in the middle"],
    ["says something else", 200, '{"errors": "no"}', "what came is no answer of a MISP"],
    ["says nothing", 200, "", "what came is no JSON, or ends in the middle"],
    [
      "gives one page for all",
      200,
      `{"response": [{"Event": {"uuid": "${uuidOf(7)}"}}]}`,
      "its search gives the same page again and again",
    ],
    ["sends elsewhere", 302, "", "it is redirected (302) where a question was posted"],
  ])("that %s changes nothing", async (_, status, text, why) => {
    const { fixture, server, later, origin } = await misp(", reconcile: 1h");
    await fixture.update();
    const { copy } = fixture;
    later(hour);
    server.override = (_request, response) => {
      response.writeHead(status, { location: "https://elsewhere.example/" }).end(text);
      return true;
    };
    expect(await fixture.update()).toBe(`Cannot fetch "${origin}/": ${why}`);
    expect(fixture.copy).toBe(copy);
    expect(fixture.names()).toEqual(all);
  });

  it("that sends more than may come is stopped", async () => {
    const { fixture, server } = await misp(", fetchedBytesMax: 10000");
    server.override = (_, response) => {
      response.end(`{"response": [${" ".repeat(20_000)}]}`);
      return true;
    };
    expect((await fixture.fetch()).error?.message).toContain("more than 10000 octets");
  });

  it("gives events that were not asked for: they are passed over", async () => {
    const { fixture, server } = await misp();
    server.override = (_, response, body) => {
      if (!body.includes("eventid")) return false;
      const events = [1, 2, 3].map((n) => ({
        Event: { uuid: uuidOf(n), published: true, Attribute: [domain(n, `n${n}.example`)] },
      }));
      response.end(JSON.stringify({ response: events }));
      return true;
    };
    await fixture.update();
    expect(fixture.names()).toEqual(["n1.example", "n2.example"]);
  });

  it("keeps its key to itself", async () => {
    const { fixture, server, later } = await misp(", reconcile: 1h");
    await fixture.update();
    later(hour);
    server.key = "another";
    const outcome = await fixture.fetch();
    const said = JSON.stringify([outcome, fixture.state, fixture.config(), fixture.warnings, fixture.messages]);
    expect(outcome.outcome).toBe("failed");
    expect(said + fixture.copy).not.toContain("misp-key-of-the-test");
  });
});

function unticked(server: MispServer): void {
  server.editAndPublish(uuidOf(1), (event) => {
    attributeOf(event, uuidOf(1, "attribute")).to_ids = false;
  });
}

function retyped(server: MispServer): void {
  server.editAndPublish(uuidOf(1), (event) => {
    attributeOf(event, uuidOf(1, "attribute")).type = "text";
  });
}

function deleted(server: MispServer): void {
  server.editAndPublish(uuidOf(1), (event) => {
    attributeOf(event, uuidOf(1, "attribute")).deleted = true;
  });
}

function marked(server: MispServer, tag: string): void {
  server.editAndPublish(uuidOf(1), (event) => {
    attributeOf(event, uuidOf(1, "attribute")).Tag = [{ name: tag }];
  });
}
