/** That a reading of the changed lines of a copy comes to what a reading of all of it does. */
import { rmSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { changedSince, changesFileOf } from "../../../src/feed/fetch/copy-changes.ts";
import { serve } from "../http/fetch-fixture.ts";
import { MispFixture, startSeconds } from "./misp-fixture.ts";
import { domain, type MispAttribute, MispServer, uuidOf } from "./misp-server.ts";

const values = ["a.example", "b.example", "x.a.example", "com", "not a name", "192.0.2.1", "c.example", "d.example"];

const attribute = fc.record({
  value: fc.constantFrom(...values),
  type: fc.constantFrom("domain", "hostname", "ip-dst", "comment"),
  to_ids: fc.boolean(),
  deleted: fc.boolean(),
  tlp: fc.constantFrom("tlp:clear", "tlp:red", undefined),
});
type Drawn = typeof attribute extends fc.Arbitrary<infer T> ? T : never;

/** Of each event, what stands in it; undefined where it is deleted. */
const step = fc.dictionary(
  fc.constantFrom("1", "2", "3"),
  fc.option(fc.array(attribute, { maxLength: 4 }), { nil: undefined }),
  { maxKeys: 3 },
);

function attributesOf(event: number, drawn: readonly Drawn[]): MispAttribute[] {
  return drawn.map(({ value, tlp, ...more }, i) =>
    domain(100 * event + i, value, { ...more, ...(tlp === undefined ? {} : { Tag: [{ name: tlp }] }) }),
  );
}

function apply(server: MispServer, changes: Readonly<Record<string, Drawn[] | undefined>>): void {
  for (const [number, drawn] of Object.entries(changes)) {
    const uuid = uuidOf(Number(number));
    if (drawn === undefined) server.events.delete(uuid);
    else if (server.events.has(uuid)) {
      server.editAndPublish(uuid, (event) => {
        event.Attribute = attributesOf(Number(number), drawn);
      });
    } else server.add({ uuid, Attribute: attributesOf(Number(number), drawn) });
  }
}

function said(fixture: MispFixture) {
  const rows = fixture.rows().map(({ id: _, ...row }) => row);
  const { lines, entries, duplicates, rejects } = fixture.snapshot();
  const counts = Object.entries(rejects).map(([reason, { count }]) => `${reason} ${count}`);
  return {
    rows,
    listed: fixture.listed(),
    blocked: fixture.blocked(),
    lines,
    entries,
    duplicates,
    counts: counts.sort(),
  };
}

it("over any history of events rows, entries, zone and counts are those of full readings", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      const server = new MispServer(startSeconds - 3600);
      server.add({ uuid: uuidOf(9), Attribute: [domain(9000, "kept.example"), domain(9001, "a.example")] });
      const keys = `format: misp, url: "${await serve(server.listener)}/", keyFile: key, reconcile: 1h`;
      const [some, all] = [new MispFixture(keys), new MispFixture(keys)];
      server.now = startSeconds;
      for (const changes of [{}, ...steps]) {
        apply(server, changes);
        await some.update();
        await all.fetch();
        rmSync(changesFileOf(all.task.file), { force: true });
        await all.build();
        expect(said(some)).toEqual(said(all));
        server.now += 3600;
        some.nowMs += 3_600_000;
        all.nowMs += 3_600_000;
      }
    }),
    { numRuns: 25 },
  );
});

it("what changed is known after a fetch, so that nothing else is read", async () => {
  const server = new MispServer(startSeconds - 3600);
  for (let n = 1; n <= 50; n++) server.add({ uuid: uuidOf(n), Attribute: [domain(n, `n${n}.example`)] });
  const fixture = new MispFixture(`format: misp, url: "${await serve(server.listener)}/", keyFile: key`);
  server.now = startSeconds;
  await fixture.update();
  const before = fixture.state?.copy?.sha256;
  server.now += 300;
  fixture.nowMs += 300_000;
  server.editAndPublish(uuidOf(7), (event) => event.Attribute.push(domain(700, "new.example")));
  await fixture.fetch();
  const { file } = fixture.task;
  const lines = changedSince(file, fixture.state?.copy?.sha256 ?? "", (sha256) => sha256 === before);
  const countOf = (octets: Uint8Array | undefined): number =>
    Buffer.from(octets ?? [])
      .toString()
      .split("\n").length - 1;
  expect([countOf(lines?.went), countOf(lines?.came)]).toEqual([1, 1]);
  expect(Buffer.from(lines?.came ?? []).toString()).toContain("new.example");
  await fixture.build();
  expect(fixture.names()).toContain("new.example");
});
