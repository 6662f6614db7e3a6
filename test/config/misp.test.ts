/** Sources of MISP in the configuration: what they are by default, and what is a fault. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import { folderOf, zoneWith } from "./folder.ts";

const rest = 'format: misp, url: "https://misp.example/", keyFile: key';
const feed = 'format: misp-feed, url: "https://feeds.example/osint/"';

function load(source: string) {
  const main = `version: 1\nsources: [{id: phish, category: phishing, ${source}}]\nzones: [zone.yaml]\n`;
  const folder = folderOf({
    "rpzmill.yaml": main,
    "zone.yaml": zoneWith("file: true\n"),
    key: "m1sp-k3y\n",
    "e.json": "",
  });
  chmodSync(join(folder, "key"), 0o600);
  return loadConfig(join(folder, "rpzmill.yaml"), { env: { MISP_KEY: "fr0m-env" } });
}

function faultOf(source: string): string {
  try {
    load(source);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key, message }) => `${key} ${message}`).join("\n");
    throw error;
  }
  return "";
}
const sourceOf = (source: string) => indicatorListsOf(load(source))[0];

describe("a source of MISP", () => {
  test("is asked by REST with its key, without a word in front of it", () => {
    expect(sourceOf(rest)).toMatchObject({
      format: "misp",
      tlp: "amber",
      fetch: {
        kind: "misp",
        url: "https://misp.example/",
        authorization: "m1sp-k3y",
        reconcileSeconds: 86_400,
        unpublishedGraceSeconds: 86_400,
        wants: { decay: false },
      },
    });
    expect(sourceOf('format: misp, url: "https://misp.example", keyEnv: MISP_KEY')?.fetch).toMatchObject({
      url: "https://misp.example/",
      authorization: "fr0m-env",
    });
  });

  test("is a feed, or a file", () => {
    expect(sourceOf(feed)).toMatchObject({ format: "misp-feed", tlp: "amber", fetch: { kind: "misp-feed" } });
    expect(sourceOf(feed.replace("osint/", "osint/manifest.json"))?.fetch).toMatchObject({
      url: "https://feeds.example/osint/",
    });
    expect(sourceOf(`${feed}, tlp: clear`)).toMatchObject({ tlp: "clear" });
    expect(sourceOf("format: misp, from: e.json")).toMatchObject({ format: "misp", tlp: "amber" });
  });

  test("has another copy where other things are asked for", () => {
    const name = (source: string) => sourceOf(source)?.from.split("/").at(-1);
    const names = [rest, `${rest}, theirDecay: true`, feed, feed.replace("osint", "other")].map(name);
    expect(new Set(names).size).toBe(4);
    expect(name(`${rest}, reconcile: 1h, filter: {tags: [a]}`)).toBe(names[0]);
  });

  test("shows its key nowhere", () => {
    const config = load(rest);
    expect(inspect(config, { depth: 10 }) + JSON.stringify(config)).not.toContain("m1sp-k3y");
  });

  test.each([
    ['format: misp, url: "https://misp.example/"', "url is a MISP, which wants a key; give it a keyFile or a keyEnv"],
    [`${rest}, keyEnv: MISP_KEY`, "keyEnv cannot stand beside keyFile"],
    [`${rest}, bearerFile: key`, "bearerFile cannot stand beside the key of a MISP: a request has one authorization"],
    [
      `${rest}, headers: {Authorization: x}`,
      "headers.Authorization cannot stand beside keyFile: a request has one authorization",
    ],
    [
      rest.replace("https", "http"),
      'url "http://misp.example/" would send its credentials where everybody on the way can read them; use https',
    ],
    [`${feed}, keyFile: key`, "keyFile is for format misp with the url of a MISP"],
    [`${feed}, reconcile: 1h`, "reconcile is for format misp with the url of a MISP"],
    ["format: misp, from: e.json, unpublishedGrace: 1h", "unpublishedGrace is for format misp with the url of a MISP"],
    ["format: misp-feed, from: e.json", "format is fetched; give it the url of the folder that has manifest.json"],
    [
      "format: hosts, from: e.json, filter: {tags: [a]}",
      "filter is for format misp and misp-feed only; set the format",
    ],
    ["format: csv, from: e.json, triggers: [qname]", "triggers is for format misp and misp-feed only; set the format"],
    [
      `${rest}, filter: {types: [ip-dst]}`,
      'filter.types[0] "ip-dst" is an address, and none is taken; say triggers: [qname, response-ip]',
    ],
    [
      `${rest}, theirDecay: true, decay: {lifetimeDays: 3}`,
      "theirDecay cannot stand beside decay: an entry ages by one of them",
    ],
    [`${rest}, member: x`, "member is for lists that may come as an archive"],
    [`${rest}, fields: {id: uuid}`, "fields is for format csv and json only; set the format"],
  ])("%s is a fault", (source, fault) => {
    expect(faultOf(source)).toBe(`sources[0].${fault}`);
  });

  test.each([
    [`${rest}, filter: {types: [sha256]}`, /^sources\[0\]\.filter\.types\[0\] should be domain, /],
    [`${rest}, reconcile: 10s`, /should be a time from 1m to 30d/],
    [`${rest}, triggers: [nsip]`, /^sources\[0\]\.triggers\[0\] should be qname or response-ip/],
  ])("%s is one, too", (source, fault) => {
    expect(faultOf(source)).toMatch(fault);
  });

  test("is none of an allow list", () => {
    const main = `version: 1\nallow: [{format: misp, from: e.json}]\nzones: [zone.yaml]\n`;
    const folder = folderOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith("file: true\n") });
    expect(() => loadConfig(join(folder, "rpzmill.yaml"))).toThrow(
      /is for sources: nothing there says what is to be allowed/,
    );
  });
});
