import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { body, FetchFixture, Script, serve, startSeconds } from "./fetch-fixture.ts";

test("a first fetch makes a copy with its state, asking without conditions", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: '"1"', "last-modified": "Tue, 15 Nov 1994 12:45:26 GMT" }));
  fixture.url = `${await serve(script.listener)}/list.txt?token=s3cret`;
  expect(await fixture.fetch()).toMatchObject({ outcome: "new", error: null, bytes: 10, fetchedBytes: 10 });
  expect(fixture.copy()).toBe("a.example\n");
  const [request] = script.requests;
  expect(request?.url).toBe("/list.txt?token=s3cret");
  expect(request?.headers["if-none-match"]).toBeUndefined();
  expect(request?.headers["accept-encoding"]).toBe("gzip, deflate, br");
  expect(fixture.state()).toMatchObject({
    copy: { etag: '"1"', lastModified: "Tue, 15 Nov 1994 12:45:26 GMT", bytes: 10, fetchedAt: startSeconds },
    triedAt: startSeconds,
    nextAt: startSeconds + 3600,
    failures: 0,
  });
  expect(fixture.files()).toHaveLength(2);
});

test.each([['"strong"'], ['W/"weak"']])(
  "an unchanged list is asked for by its ETag %s and costs no body",
  async (etag) => {
    const fixture = new FetchFixture();
    const script = new Script(body("a.example\n", { etag }), body("", {}, 304));
    fixture.url = await serve(script.listener);
    await fixture.fetch();
    const before = statSync(fixture.task().file, { bigint: true });
    fixture.nowMs += 10_000;
    expect(await fixture.fetch()).toMatchObject({ outcome: "not-modified", bytes: 10, fetchedBytes: 0 });
    expect(script.requests[1]?.headers["if-none-match"]).toBe(etag);
    expect(statSync(fixture.task().file, { bigint: true })).toEqual(before);
    expect(fixture.state()?.copy).toMatchObject({
      fetchedAt: startSeconds,
      changedAt: startSeconds,
      checkedAt: startSeconds + 10,
    });
  },
);

test("the same content under another ETag leaves the file untouched, so that nothing is read again", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: '"1"' }), body("a.example\n", { etag: '"2"' }));
  fixture.url = await serve(script.listener);
  await fixture.fetch();
  const before = statSync(fixture.task().file, { bigint: true });
  fixture.nowMs += 10_000;
  expect(await fixture.fetch()).toMatchObject({ outcome: "same" });
  expect(statSync(fixture.task().file, { bigint: true })).toEqual(before);
  expect(fixture.state()?.copy).toMatchObject({ etag: '"2"', changedAt: startSeconds, fetchedAt: startSeconds + 10 });
});

test("a changed list takes the copy's place", async () => {
  const fixture = new FetchFixture();
  fixture.url = await serve(new Script(body("a.example\n"), body("b.example\n")).listener);
  await fixture.fetch();
  fixture.nowMs += 10_000;
  expect(await fixture.fetch()).toMatchObject({ outcome: "new" });
  expect(fixture.copy()).toBe("b.example\n");
  expect(fixture.state()?.copy?.changedAt).toBe(startSeconds + 10);
});

test("with force the whole list is asked for", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: '"1"' }));
  fixture.url = await serve(script.listener);
  await fixture.fetch();
  await fixture.fetch({}, { mode: "force" });
  expect(script.requests[1]?.headers["if-none-match"]).toBeUndefined();
});

test("a list that is not due is not asked for, and one that is due is", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n"));
  fixture.url = await serve(script.listener);
  await fixture.fetch({}, { mode: "due" });
  fixture.nowMs += 3_599_000;
  expect(await fixture.fetch({}, { mode: "due" })).toMatchObject({ outcome: "not-due", dueInSeconds: 1 });
  fixture.nowMs += 1000;
  expect(await fixture.fetch({}, { mode: "due" })).toMatchObject({ outcome: "same" });
  expect(script.requests).toHaveLength(2);
});

test.each([
  ["is gone", (file: string) => rmSync(file)],
  ["was written over", (file: string) => writeFileSync(file, "other.example\n")],
  ["has another time", (file: string) => utimesSync(file, 1, 1)],
])("a copy that %s is asked for whole", async (_, change) => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: '"1"' }));
  fixture.url = await serve(script.listener);
  await fixture.fetch();
  change(fixture.task().file);
  // At once, though its time has not come.
  expect(await fixture.fetch({}, { mode: "due" })).toMatchObject({ outcome: "new" });
  expect(script.requests[1]?.headers["if-none-match"]).toBeUndefined();
  expect(fixture.copy()).toBe("a.example\n");
});

test("a 304 that nobody asked for is an error, and makes no copy", async () => {
  const fixture = new FetchFixture();
  fixture.url = await serve(body("", {}, 304));
  expect(await fixture.failure()).toMatch(/nothing has changed \(304\) though we have no copy/);
  expect(fixture.state()?.copy).toBeUndefined();
});

test("a copy counts for the address and member that it came from, and others go once there is a new one", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: '"1"' }));
  const origin = await serve(script.listener);
  fixture.url = `${origin}/one`;
  await fixture.fetch();
  const one = fixture.files();
  fixture.url = `${origin}/two`;
  expect(await fixture.fetch({}, { mode: "due" })).toMatchObject({ outcome: "new" });
  expect(script.requests[1]?.headers["if-none-match"]).toBeUndefined();
  expect(fixture.files()).toHaveLength(2);
  expect(fixture.files()).not.toEqual(one);
});

test("validators that have not their form are left out", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n", { etag: "no quotes", "last-modified": "x".repeat(200) }));
  fixture.url = await serve(script.listener);
  await fixture.fetch();
  await fixture.fetch();
  expect(script.requests[1]?.headers).not.toHaveProperty("if-none-match");
  expect(script.requests[1]?.headers).not.toHaveProperty("if-modified-since");
});
