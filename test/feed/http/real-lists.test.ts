/** Lists as others publish them, where they are at hand: fetched, they are what their files are. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { fetchesHere } from "../../../src/daemon/fetch-here.ts";
import { fetchTasksOf } from "../../../src/daemon/fetch-tasks.ts";
import { BuildFixture, mainText } from "../fixture.ts";
import { FetchFixture, serve } from "./fetch-fixture.ts";
import { zipOf } from "./zip-archive.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/lists/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) {
  console.warn(`Skipped: the real lists are not at ${folder}`);
  if (process.env["CI"] === "true") throw new Error("The real lists must be there in CI");
}
const names = isThere ? readdirSync(folder) : [];

/** Ways in which a list may be sent. */
const ways = [
  (list: Buffer) => ({ content: list, encoding: undefined }),
  (list: Buffer) => ({ content: gzipSync(list), encoding: "gzip" }),
  (list: Buffer) => ({
    content: brotliCompressSync(list, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
    encoding: "br",
  }),
  (list: Buffer) => ({ content: gzipSync(list), encoding: undefined }),
  (list: Buffer) => ({ content: zipOf([{ name: "list", content: list }]), encoding: undefined }),
];

describe.skipIf(!isThere)("the real list", () => {
  it.each(names)("%s comes octet for octet, in whatever way it is sent", async (name) => {
    const list = readFileSync(`${folder}${name}`);
    const fixture = new FetchFixture();
    const origin = await serveInAllWays(list);
    for (const i of ways.keys()) {
      const more = { url: `${origin}/${i}`, expandedBytesMax: 10_000_000, fetchedBytesMax: 10_000_000 };
      expect(await fixture.failure(more)).toBe("new");
      expect(readFileSync(fixture.task(more).file).equals(list)).toBe(true);
    }
  });

  it.each(["adguard.scam-ags.txt", "blackbook.csv", "ransomware.txt"])(
    "%s makes the snapshot of its file",
    async (name) => {
      const origin = await serveInAllWays(readFileSync(`${folder}${name}`));
      const sources = ways.map((_, i) => `{id: way${i}, category: other, url: "${origin}/${i}"}`);
      const fixture = new BuildFixture({
        "main.yaml": mainText([`{id: file, category: one, from: ${folder}${name}}`, ...sources]),
      });
      const fetch = fetchesHere(systemClock);
      for (const task of fetchTasksOf(fixture.config())) {
        expect(await fetch(task, "check")).toMatchObject({ outcome: "new" });
      }
      const { sources: outcomes } = await fixture.build();
      const facts = outcomes.map(({ snapshot, error }) => {
        if (snapshot === undefined) return { error };
        const { format, lines, entries, duplicates, rejects } = snapshot;
        return { format, lines, entries, duplicates, rejects };
      });
      expect(facts[0]).not.toHaveProperty("error");
      for (const fetched of facts.slice(1)) expect(fetched).toEqual(facts[0]);
    },
  );
});

function serveInAllWays(list: Buffer): Promise<string> {
  return serve((request, response) => {
    const way = ways[Number(request.url?.slice(1))] as (typeof ways)[number];
    const { content, encoding } = way(list);
    response.writeHead(200, encoding === undefined ? {} : { "content-encoding": encoding }).end(content);
  });
}
