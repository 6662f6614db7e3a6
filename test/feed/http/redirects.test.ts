import { expect, test } from "vitest";
import type { ListTask } from "../../../src/feed/fetch/task.ts";
import { body, FetchFixture, Script, serve } from "./fetch-fixture.ts";

test.each([301, 302, 303, 307, 308])("a redirect by %s is followed, relative addresses too", async (status) => {
  const fixture = new FetchFixture();
  const script = new Script(body("", { location: "../new/list.txt?v=2#top" }, status), body("a.example\n"));
  fixture.url = `${await serve(script.listener)}/old/list.txt`;
  expect(await fixture.fetch()).toMatchObject({ outcome: "new" });
  expect(script.requests.map(({ url }) => url)).toEqual(["/old/list.txt", "/new/list.txt?v=2"]);
});

test("five redirects are followed, six are not", async () => {
  const fixture = new FetchFixture();
  let left = 5;
  const script = new Script((_, response) => {
    if (left-- > 0) response.writeHead(302, { location: "/again?token=s3cret" }).end();
    else response.end("a.example\n");
  });
  fixture.url = await serve(script.listener);
  expect(await fixture.fetch()).toMatchObject({ outcome: "new" });
  left = 100;
  expect(await fixture.failure()).toMatch(/^it is redirected more than 5 times, last to "[^"]*\/again\?token=…"$/);
  expect(script.requests).toHaveLength(6 + 6);
});

test.each([
  ["a file", "file:///etc/passwd", /which is no address of HTTP/],
  ["FTP", "ftp://127.0.0.1/list", /which is no address of HTTP/],
  ["an address with credentials", "http://user:s3cret@127.0.0.1:1/", /with a user or a password in the address/],
  ["what is no address", "http://[broken", /but not to an address/],
])("a redirect to %s is not followed", async (_, location, expected) => {
  const fixture = new FetchFixture();
  fixture.url = await serve(body("", { location }, 302));
  const failure = await fixture.failure();
  expect(failure).toMatch(expected);
  expect(failure).not.toContain("s3cret");
});

test("a redirect to nowhere is an error", async () => {
  const fixture = new FetchFixture();
  fixture.url = await serve(body("", {}, 302));
  expect(await fixture.failure()).toBe("it is redirected to nowhere");
});

test("credentials go to the host that is configured, with each of its redirects, and to no other", async () => {
  const fixture = new FetchFixture();
  const other = new Script(body("a.example\n"));
  const otherOrigin = await serve(other.listener);
  const own = new Script(body("", { location: "/second" }, 302), body("", { location: `${otherOrigin}/list` }, 302));
  fixture.url = await serve(own.listener);
  const secrets: Partial<ListTask> = {
    authorization: "Bearer s3cret",
    headers: [
      ["x-api-key", "s3cret"],
      ["cookie", "session=s3cret"],
    ],
  };
  expect(await fixture.fetch(secrets)).toMatchObject({ outcome: "new" });
  for (const { headers } of own.requests) {
    expect(headers).toMatchObject({ authorization: "Bearer s3cret", "x-api-key": "s3cret", cookie: "session=s3cret" });
  }
  expect(other.requests).toHaveLength(1);
  expect(JSON.stringify(other.requests[0]?.rawHeaders)).not.toContain("s3cret");
});
