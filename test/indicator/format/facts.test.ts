/** Facts of rows: what is kept beside the entries, what is a reject, what is merely unknown. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfText, keyToText } from "../../../src/dns/name.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntryReports } from "../../../src/indicator/entry/reports.ts";
import type { FactColumns } from "../../../src/indicator/facts/columns.ts";
import { decodeReport, type Report } from "../../../src/indicator/facts/report.ts";
import { collect, entriesOf, type VectorOptions } from "../parse.ts";

interface Said {
  /** Entries with what was reported of each that is not empty. */
  readonly said: readonly (readonly [string, Partial<Report>])[];
  readonly rejects: Readonly<Record<string, number>>;
}

function read(options: VectorOptions, list: string): Said {
  const { collector, rejects } = collect(options, Buffer.from(list));
  const said = entriesOf(collector).map((entry, i) => {
    const report = decodeReport((collector.reports as EntryReports).textOf(i));
    const known = Object.entries(report).filter(
      ([, value]) => value !== undefined && value !== "" && value !== false && JSON.stringify(value) !== "{}",
    );
    return [entry, Object.fromEntries(known)] as const;
  });
  // Of a row that is a reject only the ledger takes note.
  return { said: said.filter(([, { unreadable }]) => unreadable === undefined), rejects: rejects.counts };
}

const csv = (fields: FactColumns, list: string, more: Partial<VectorOptions> = {}): Said =>
  read({ format: "csv", fields, ...more }, list);
const json = (fields: FactColumns, document: unknown, more: Partial<VectorOptions> = {}): Said =>
  read({ format: "json", fields, ...more }, JSON.stringify(document));

describe("a table whose columns have facts", () => {
  it("keeps each row's beside its entry", () => {
    const fields = {
      id: "id",
      category: "Type",
      confidence: "score",
      tlp: "marking",
      pap: "pap",
      distribution: "distribution",
      sharingGroup: "group",
      organisation: "org",
      campaign: "family",
      validFrom: "start",
      validUntil: "expires",
      firstSeen: "first",
      lastSeen: "last",
      revoked: "revoked",
      reference: "ref",
    };
    const list = `id,domain,type,score,marking,pap,distribution,group,org,family,start,expires,first,last,revoked,ref
7,a.example,Phishing Kit,80%,TLP:AMBER,green,4,g,"Example, Org",Fam,2026-01-01,2026-01-31,2025-12-01T00:00:00Z,1767225600,no,case 7
8,b.example,,,,,,,,,,,,,yes,
`;
    expect(csv(fields, list)).toEqual({
      said: [
        [
          "+a.example",
          {
            externalId: "7",
            facts: {
              category: "phishing-kit",
              confidence: 80,
              tlp: "amber",
              pap: "green",
              distribution: "sharing-group",
              sharingGroup: "g",
              organisation: "Example, Org",
              campaign: "Fam",
            },
            validFrom: Date.UTC(2026, 0, 1) / 1000,
            validUntil: Date.UTC(2026, 1, 1) / 1000,
            firstSeen: Date.UTC(2025, 11, 1) / 1000,
            lastSeen: 1_767_225_600,
            reference: "case 7",
          },
        ],
        ["+b.example", { externalId: "8", revoked: true }],
      ],
      rejects: {},
    });
  });

  it("may name columns by their numbers, with a header or without", () => {
    expect(csv({ category: 2, validUntil: 3 }, "a.example,Malware,2026-01-31\n", { column: 1 }).said).toEqual([
      ["+a.example", { facts: { category: "malware" }, validUntil: Date.UTC(2026, 1, 1) / 1000 }],
    ]);
    expect(csv({ category: "kind" }, "host,kind\na.example,c2\n", { column: 1 }).said).toEqual([
      ["+a.example", { facts: { category: "c2" } }],
    ]);
  });

  it("gives all entries of a row the same report", () => {
    const { said } = csv({ category: "type" }, 'domain,type\n"192.0.2.0-192.0.2.2",scan\nb.example,x\n');
    expect(said.map(([entry, { facts }]) => [entry, facts?.category])).toEqual([
      ["+192.0.2.0/31", "scan"],
      ["+192.0.2.2", "scan"],
      ["+b.example", "x"],
    ]);
  });

  it.each([
    ["validFrom", "soon"],
    ["validUntil", "31.12.2026"],
    ["validUntil", "2026-02-30"],
    ["tlp", "TLP:PURPLE"],
    ["pap", "x"],
    ["distribution", "5"],
    ["revoked", "perhaps"],
  ] as const)("rejects a row of which %s says %s", (field, cell) => {
    expect(csv({ [field]: "f" }, `domain,f\na.example,${cell}\nb.example,\n`)).toEqual({
      said: [["+b.example", {}]],
      rejects: { "bad-fact": 1 },
    });
    expect(
      json({ [field]: "f" }, [
        { domain: "a.example", f: cell },
        { domain: "b.example", f: null },
      ]),
    ).toEqual({
      said: [["+b.example", {}]],
      rejects: { "bad-fact": 1 },
    });
  });

  it.each([
    ["confidence", "sure"],
    ["confidence", "0.8"],
    ["firstSeen", "lately"],
    ["lastSeen", "x"],
  ] as const)("takes a row of which %s says %s, and counts it", (field, cell) => {
    expect(csv({ [field]: "f", id: "id" }, `id,domain,f\n1,a.example,${cell}\n`)).toEqual({
      said: [["+a.example", { externalId: "1" }]],
      rejects: { "unknown-fact": 1 },
    });
  });

  it("rejects a row that ends before a column that says how long it counts, and takes one that ends before others", () => {
    expect(csv({ validUntil: "until" }, "domain,x,until\na.example,1\nb.example,1,\n")).toEqual({
      said: [["+b.example", {}]],
      rejects: { "bad-fact": 1 },
    });
    expect(csv({ campaign: "family" }, "domain,x,family\na.example,1\n")).toEqual({
      said: [["+a.example", {}]],
      rejects: { "unknown-fact": 1 },
    });
  });

  it("rejects every row where the header has no such column", () => {
    expect(csv({ tlp: "marking" }, "domain,tlp\na.example,red\nb.example,red\n")).toEqual({
      said: [],
      rejects: { "no-such-column": 2 },
    });
  });

  it("never blocks what the source calls legitimate, and keeps exceptions", () => {
    const { said, rejects } = csv(
      { category: "type" },
      "domain,type\na.example,benign\n@@||b.example^,error\nx.b.example,bot\nc.example,bot\n",
    );
    expect(said).toEqual([
      ["-b.example -*.b.example", { facts: { category: "error" } }],
      ["+c.example", { facts: { category: "bot" } }],
    ]);
    expect(rejects).toEqual({ "marked-legitimate": 1, cancelled: 1 });
  });

  it("warns of an exception whose facts cannot be read", () => {
    expect(csv({ validUntil: "until" }, "domain,until\n@@||b.example^,soon\n").rejects).toEqual({
      "exception-unreadable": 1,
    });
  });
});

describe("objects whose fields have facts", () => {
  it("are read at any depth, arrays by their first value", () => {
    const rows = [
      { domain: "a.example", meta: { tlp: "green", who: { name: "Org" } }, tags: ["bot", "x"], ok: 1 },
      { domain: ["b.example", "c.example"], meta: {}, score: 70, expires: 1_800_000_000_000 },
    ];
    const fields = {
      tlp: "meta.tlp",
      organisation: "meta.who.name",
      category: "tags",
      confidence: "score",
      validUntil: "expires",
    };
    const second = { facts: { confidence: 70 }, validUntil: 1_800_000_000 };
    expect(json(fields, rows).said).toEqual([
      ["+a.example", { facts: { tlp: "green", organisation: "Org", category: "bot" } }],
      ["+b.example", second],
      ["+c.example", second],
    ]);
  });

  it("are rejects where a marking is an object or no text", () => {
    const rows = [
      { domain: "a.example", tlp: { name: "red" } },
      { domain: "b.example", tlp: "x".repeat(100_000) },
    ];
    expect(json({ tlp: "tlp" }, rows)).toEqual({ said: [], rejects: { "bad-fact": 2 } });
  });

  it("hand their facts to what lies within and has none of its own", () => {
    const events = [
      { tlp: "amber", hosts: [{ domain: "a.example" }, { domain: "b.example", tlp: "red" }] },
      { tlp: "no", hosts: [{ domain: "c.example" }] },
    ];
    expect(json({ tlp: "tlp" }, events, { path: "hosts" })).toEqual({
      said: [
        ["+a.example", { facts: { tlp: "amber" } }],
        ["+b.example", { facts: { tlp: "red" } }],
      ],
      rejects: { "bad-fact": 1 },
    });
    expect(json({ tlp: "tlp" }, [{ tlp: "amber", hosts: ["a.example"] }], { path: "hosts" }).said).toEqual([
      ["+a.example", { facts: { tlp: "amber" } }],
    ]);
  });
});

describe("reports beside entries", () => {
  it("stay with their entries, whatever is dropped and however much comes", () => {
    const row = fc.record({
      text: fc.string({ maxLength: 40, unit: "grapheme" }),
      entries: fc.nat(3),
      keeps: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const collector = new Collector();
        collector.reports = new EntryReports();
        const kept: boolean[] = [];
        const expected: string[] = [];
        rows.forEach(({ text, entries, keeps }, i) => {
          collector.reports?.begin(text);
          for (let n = 0; n < entries; n++) {
            collector.add(keyOfText(`e${n}.r${i}.example`), 1);
            kept.push(keeps[n] as boolean);
            if (keeps[n] === true) expected.push(`e${n}.r${i}.example ${text}`);
          }
        });
        collector.revise(0, (entry) => (kept[entry] === true ? 1 : 0));
        const left = Array.from({ length: collector.count }, (_, entry) => {
          return `${keyToText(collector.keyOf(entry))} ${collector.reports?.textOf(entry)}`;
        });
        expect(left).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
