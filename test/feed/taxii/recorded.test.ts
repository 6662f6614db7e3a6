/** Answers that were recorded of another server of TAXII 2.1, where they are at hand. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture as SourceFixture } from "../misp/misp-fixture.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/taxii/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) {
  console.warn(`Skipped: the recorded answers of TAXII are not at ${folder}`);
  if (process.env["CI"] === "true") throw new Error("The recorded answers of TAXII must be there in CI");
}

interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as it was, but for its place. */
function recorded(file: string, origin: string): Recorded {
  const text = readFileSync(`${folder}${file}.http`, "latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const head = text.slice(0, end?.index).split(/\r?\n/);
  const headers = head
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const);
  const kept = headers.filter(([name]) => !["content-length", "connection", "server", "date"].includes(name));
  return {
    status: Number(head[0]?.split(" ")[1]),
    headers: Object.fromEntries(kept),
    body: text.slice((end?.index ?? 0) + (end?.[0].length ?? 0)).replaceAll("http://localhost:5000", origin),
  };
}

describe.skipIf(!isThere)("recorded answers", () => {
  async function replay(objects: (query: URLSearchParams) => string) {
    const asked: string[] = [];
    let origin = "";
    origin = await serve((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", origin);
      asked.push(
        `${pathname}${searchParams.has("next") ? " next" : ""}${searchParams.has("added_after") ? ` ${searchParams.get("added_after")}` : ""}`,
      );
      const file =
        pathname === "/taxii2/"
          ? "01-discovery"
          : pathname === "/trustgroup1/collections/"
            ? "03-collections"
            : pathname.endsWith("/objects/")
              ? objects(searchParams)
              : "12-bad-next";
      const { status, headers, body } = recorded(file, origin);
      response.writeHead(status, headers).end(body);
    });
    const source = `format: taxii, url: "${origin}/taxii2/", collection: 91a7b528-80eb-42ed-a74d-c6fbd5a26116`;
    return { asked, fixture: new SourceFixture(source) };
  }

  it("are read: discovery, collections, two pages, then nothing new", async () => {
    const { asked, fixture } = await replay((query) =>
      query.has("next") ? "06-objects-page2-next" : query.has("added_after") ? "15-empty" : "05-objects-page1",
    );
    expect(await fixture.update()).toBe("new");
    expect(fixture.names()).toEqual(["x4z9arb.cn"]);
    expect(fixture.snapshot().rejects["pattern-inexpressible"]?.count).toBe(1);
    const ids = fixture.copy
      .split("\n")
      .flatMap((line) => (line === "" ? [] : (JSON.parse(line) as { id: string }).id));
    expect(ids).toEqual([
      "indicator--6770298f-0fd8-471a-ab8c-1c658a46574e",
      "indicator--cd981c25-8042-4166-8945-51178443bdac",
      "malware--c0931cc6-c75e-47e5-9036-78fabc95d4ec",
      "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
      "relationship--2f9a9aa9-108a-4333-83e2-4fb25add0463",
    ]);
    expect(await fixture.update()).toBe("not-modified");
    const objects = "/trustgroup1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/";
    expect(asked).toEqual([
      "/taxii2/",
      "/trustgroup1/collections/",
      objects,
      `${objects} next`,
      `${objects} 2017-12-31T13:49:53.935000Z`,
    ]);
  });

  it.each([
    ["10-no-auth", /refuses it to us \(401\)/],
    ["11-bad-accept", /\(406\)/],
    ["12-bad-next", /\(400\)/],
    ["13-no-read", /\(403\)/],
  ])("%s is a failure in words", async (file, message) => {
    const { fixture } = await replay(() => file);
    expect(await fixture.update()).toMatch(message);
  });
});
