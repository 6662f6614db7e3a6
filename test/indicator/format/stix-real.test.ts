/** STIX as others publish it, where it is at hand: what each document comes to, by reason. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeReport } from "../../../src/indicator/facts/report.ts";
import { detectFormat } from "../../../src/indicator/format/detect.ts";
import { collect } from "../parse.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/stix/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) {
  console.warn(`Skipped: the real STIX documents are not at ${folder}`);
  if (process.env["CI"] === "true") throw new Error("The real STIX documents must be there in CI");
}

interface Golden {
  /** Names that count by themselves, addresses among them, and those that wait for a person. */
  readonly names: number;
  readonly waiting: number;
  readonly counts: object;
}

/** Of 910 indicators. What is inexpressible is files, processes, apps and mail addresses; one "domain" is a phrase, and one has a path. */
const golden: Readonly<Record<string, Golden>> = {
  "doc-apt1.json": { names: 7, waiting: 0, counts: { "pattern-inexpressible": 5 } },
  "doc-defining-campaigns-threat-actors-intrusion-sets.json": { names: 0, waiting: 0, counts: {} },
  "doc-identifying-a-threat-actor-profile.json": { names: 0, waiting: 0, counts: {} },
  "doc-indicator-for-malicious-url.json": { names: 1, waiting: 0, counts: {} },
  "doc-malware-indicator-for-file-hash.json": { names: 0, waiting: 0, counts: { "pattern-inexpressible": 1 } },
  "doc-poisonivy.json": { names: 64, waiting: 0, counts: { "free-text": 1, "pattern-inexpressible": 2 } },
  "doc-sighting-of-an-indicator.json": { names: 1, waiting: 0, counts: {} },
  "doc-sighting-of-observed-data.json": { names: 0, waiting: 0, counts: { "not-an-indicator": 2 } },
  "doc-threat-actor-leveraging-attack-patterns-and-malware.json": { names: 0, waiting: 0, counts: {} },
  "doc-using-granular-markings.json": { names: 0, waiting: 0, counts: { "pattern-inexpressible": 1 } },
  "doc-using-marking-definitions.json": { names: 0, waiting: 0, counts: { "special-purpose-address": 1 } },
  "mispstix-test_attributes_collection_stix21.json": {
    names: 2,
    waiting: 0,
    counts: { "not-an-indicator": 7, "pattern-widened": 1, "pattern-inexpressible": 1 },
  },
  "mispstix-test_event1_stix21.json": { names: 1, waiting: 0, counts: { "not-an-indicator": 3 } },
  "mispstix-test_event2_stix21.json": {
    names: 1,
    waiting: 0,
    counts: { "not-an-indicator": 4, "pattern-widened": 1, "pattern-inexpressible": 1 },
  },
  "mispstix-test_events_collection_stix21.json": {
    names: 2,
    waiting: 0,
    counts: { "not-an-indicator": 7, "pattern-widened": 1, "pattern-inexpressible": 1 },
  },
  "mispstix-test_objects_collection_stix21.json": {
    names: 1,
    waiting: 0,
    counts: { "not-an-indicator": 6, "pattern-inexpressible": 2, "pattern-widened": 1 },
  },
  "mvt/2022-06-23_rcs_lab_rcs.stix2": { names: 26, waiting: 0, counts: { "pattern-inexpressible": 14 } },
  "mvt/2023-04-11_quadream_kingspawn.stix2": { names: 164, waiting: 0, counts: { "pattern-inexpressible": 3 } },
  "mvt/2023-06_01_operation_triangulation_operation_triangulation.stix2": {
    names: 75,
    waiting: 0,
    counts: { "pattern-inexpressible": 37 },
  },
  "mvt/2023-07-25_wyrmspy_dragonegg_wyrmspy_dragonegg.stix2": {
    names: 12,
    waiting: 0,
    counts: { "pattern-inexpressible": 41 },
  },
  "mvt/2024-12-25_eaglemsgspy_eaglemsgspy.stix2": { names: 26, waiting: 0, counts: { "pattern-inexpressible": 25 } },
  "mvt/2026-03-03_coruna_cryptowaters_coruna.stix2": {
    names: 176,
    waiting: 0,
    counts: { "url-in-domain-list": 1, "pattern-inexpressible": 39 },
  },
  "mvt/2026-03-30_darksword_darksword.stix2": { names: 13, waiting: 0, counts: { "pattern-inexpressible": 30 } },
  "mvt/ResidentBat_residentbat.stix2": { names: 24, waiting: 0, counts: { "pattern-inexpressible": 24 } },
  "mvt/candiru_candiru.stix2": { names: 125, waiting: 0, counts: {} },
  "mvt/cellebrite_cellebrite.stix2": { names: 0, waiting: 0, counts: { "pattern-inexpressible": 1 } },
  "tlp2-marking-definitions.json": { names: 0, waiting: 0, counts: {} },
};

describe.skipIf(!isThere)("the real document", () => {
  const files = isThere ? [...readdirSync(folder), ...readdirSync(`${folder}mvt`).map((file) => `mvt/${file}`)] : [];
  const documents = files.filter((file) => /\.(?:json|stix2)$/.test(file) && !/_collection_1\.json$/.test(file)).sort();

  it("is one of those that are known", () => expect(documents).toEqual(Object.keys(golden).sort()));

  it.each(documents)("%s", (file) => {
    const bytes = new Uint8Array(readFileSync(`${folder}${file}`));
    expect(detectFormat(bytes.subarray(0, 256 * 1024)).format).toBe("stix");
    const { collector, rejects } = collect({ format: "stix", stix: { takesAddresses: true } }, bytes);
    const reports = Array.from({ length: collector.count }, (_, i) =>
      decodeReport(collector.reports?.textOf(i) ?? "\n[]"),
    );
    const waiting = reports.filter(({ review }) => review !== undefined).length;
    expect({ names: reports.length - waiting, waiting, counts: rejects.counts }).toEqual(golden[file]);
  });
});
