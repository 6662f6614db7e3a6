/** What an earlier zone's exceptions do to the blocks of a later one. */
import { describe, expect, test } from "vitest";
import { explainName } from "../../src/mill/explain.ts";
import { endedBlocks } from "../../src/mill/search-order.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

const later = "later.rpz.test";
const earlier = "bad.rpz.test";

async function fixtureOf(
  first: string,
  second: string,
  more: { allow?: string; files?: Record<string, string> } = {},
): Promise<BuildFixture> {
  const fixture = new BuildFixture({
    "main.yaml": mainText(
      [
        "{id: partner, category: one, format: rpz, from: partner.rpz}",
        "{id: own, category: two, format: domains, from: own.txt}",
      ],
      more.allow === undefined ? [] : ["{id: allowed, from: allow.txt, zones: [bad.rpz.test]}"],
    ).replace("[zone.yaml]", "[zone.yaml, later.yaml]"),
    "later.yaml": zoneText("", later).replace("[one]", "[two]"),
    "partner.rpz": first,
    "own.txt": second,
    ...(more.allow === undefined ? {} : { "allow.txt": more.allow }),
    ...more.files,
  });
  await fixture.build();
  return fixture;
}

const endedBy = (fixture: BuildFixture, name: string): (string | null)[] =>
  fixture.read((db) =>
    explainName(name, fixture.config(), new Snapshots(db)).verdicts.map((verdict) => verdict.endedBy),
  );

const subtree = "evil.example CNAME .\n*.evil.example CNAME .\n";

describe("an exception in an earlier zone", () => {
  test("ends the search where its zone has a passthru for it", async () => {
    const fixture = await fixtureOf(`${subtree}ok.evil.example CNAME rpz-passthru.\n`, "ok.evil.example\n");
    expect(fixture.served(earlier)?.records).toContain("ok.evil.example CNAME rpz-passthru.");
    expect(endedBy(fixture, "ok.evil.example")).toEqual([null, earlier]);
    expect(endedBy(fixture, "www.evil.example")).toEqual([null]);
    expect(fixture.read((db) => endedBlocks(fixture.config(), new Snapshots(db)))).toEqual([
      { name: "ok.evil.example", source: "partner", zone: earlier, later },
    ]);
  });

  test("does so for what lies beneath it", async () => {
    const fixture = await fixtureOf(
      `${subtree}ok.evil.example CNAME rpz-passthru.\n*.ok.evil.example CNAME rpz-passthru.\n`,
      "deep.a.ok.evil.example\n*.evil.example\n",
    );
    expect(endedBy(fixture, "deep.a.ok.evil.example")).toEqual([null, earlier]);
    const names = fixture.read((db) => endedBlocks(fixture.config(), new Snapshots(db))).map(({ name }) => name);
    expect(names.sort()).toEqual(["*.ok.evil.example", "deep.a.ok.evil.example", "ok.evil.example"]);
  });

  test("does not where nothing wider is blocked, since its zone then has no rule for it", async () => {
    const fixture = await fixtureOf(
      "evil.example CNAME .\nok.evil.example CNAME .\nok.evil.example CNAME rpz-passthru.\n",
      "ok.evil.example\n",
    );
    expect(fixture.served(earlier)?.records.join()).not.toContain("passthru");
    expect(endedBy(fixture, "ok.evil.example")).toEqual([null, null]);
    expect(fixture.read((db) => endedBlocks(fixture.config(), new Snapshots(db)))).toEqual([]);
  });

  test("ends it for an address inside a blocked prefix", async () => {
    const fixture = await fixtureOf(
      "24.0.2.0.192.rpz-ip CNAME .\n32.7.2.0.192.rpz-ip CNAME rpz-passthru.\n",
      "192.0.2.7\n192.0.2.8\n",
    );
    expect(fixture.served(earlier)?.records).toContain("32.7.2.0.192.rpz-ip CNAME rpz-passthru.");
    expect(endedBy(fixture, "192.0.2.7")).toEqual([null, earlier]);
    expect(endedBy(fixture, "192.0.2.8")).toEqual([null, null]);
  });

  test("is said of an allow list for that zone alone, but is no source's", async () => {
    const fixture = await fixtureOf(subtree, "ok.evil.example\n", { allow: "ok.evil.example\n" });
    expect(endedBy(fixture, "ok.evil.example")).toEqual([null, earlier]);
    expect(fixture.read((db) => endedBlocks(fixture.config(), new Snapshots(db)))).toEqual([]);
  });

  test("is said of a zone that lets all its names pass", async () => {
    const fixture = await fixtureOf(subtree, "www.evil.example\n", {
      files: { "zone.yaml": zoneText().replace("nxdomain", "passthru") },
    });
    expect(endedBy(fixture, "www.evil.example")).toEqual([null, earlier]);
  });

  test("does nothing to an earlier zone's block", async () => {
    const fixture = await fixtureOf(`${subtree}ok.evil.example CNAME rpz-passthru.\n`, "ok.evil.example\n");
    fixture.write(
      "main.yaml",
      mainText([
        "{id: partner, category: one, format: rpz, from: partner.rpz}",
        "{id: own, category: two, format: domains, from: own.txt}",
      ]).replace("[zone.yaml]", "[later.yaml, zone.yaml]"),
    );
    await fixture.build();
    expect(endedBy(fixture, "ok.evil.example")).toEqual([null, null]);
  });
});
