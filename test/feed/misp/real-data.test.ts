/** A real MISP feed and real events, where they are at hand, with what becomes of each of their attributes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture } from "./misp-fixture.ts";
import { serveFiles } from "./misp-server.ts";

const data = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const isThere = existsSync(`${data}misp-feed`);
if (!isThere) {
  console.warn(`Skipped: the real MISP data is not at ${data}`);
  if (process.env["CI"] === "true") throw new Error("The real MISP data must be there in CI");
}

/** What a source came to: its entries, its rows by state, and its rejects by reason. */
async function countsOf(fixture: MispFixture) {
  const { sources } = await fixture.build();
  const { snapshot, error, states } = sources[0] ?? {};
  const rejects = Object.fromEntries(
    Object.entries(snapshot?.rejects ?? {}).map(([reason, { count }]) => [reason, count]),
  );
  return { error: error?.code, entries: snapshot?.entries, states, rejects };
}

describe.skipIf(!isThere)("real MISP data", () => {
  it("a feed comes to what its events say", async () => {
    const names = readdirSync(`${data}misp-feed`);
    const files = new Map(names.map((name) => [`/${name}`, readFileSync(`${data}misp-feed/${name}`)]));
    const origin = await serve(serveFiles(() => files));
    const fixture = new MispFixture(`format: misp-feed, tlp: clear, url: "${origin}/"`);
    expect((await fixture.fetch()).outcome).toBe("new");
    expect(await countsOf(fixture)).toMatchInlineSnapshot(`
      {
        "entries": 22438,
        "error": undefined,
        "rejects": {
          "address-not-taken": 175,
          "event-not-fetched": 26,
          "other-type": 4,
        },
        "states": {
          "current": 22463,
        },
      }
    `);
    fixture.nowMs += 86_400_000;
    expect((await fixture.fetch()).outcome).toBe("same");
  });

  it.each(isThere ? readdirSync(`${data}misp-events`) : [])("%s comes to what it says", async (name) => {
    const fixture = new MispFixture(`format: misp, from: "${data}misp-events/${name}", triggers: [qname, response-ip]`);
    expect({ name, ...(await countsOf(fixture)) }).toMatchSnapshot();
  });
});
