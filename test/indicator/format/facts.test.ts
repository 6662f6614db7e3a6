/** Facts of rows: what is kept beside the entries, what is a reject, what is merely unknown. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfText, keyToText } from "../../../src/dns/name.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntryReports } from "../../../src/indicator/entry/reports.ts";
import { csv, json, sampleOf } from "./said-facts.ts";

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
    ["validFrom", "never"],
    ["validUntil", "11/12/2026"],
    ["validUntil", "unknown"],
    ["validUntil", "2026-02-30"],
    ["tlp", "TLP:PURPLE"],
    ["tlp", "GELB"],
    ["pap", "x"],
    ["distribution", "6"],
    ["distribution", "my friends"],
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

  it.each(["sure", "0.8", "101", "-1", "F"])("holds a row of confidence %s for unsure, and counts it", (cell) => {
    expect(csv({ confidence: "f" }, `domain,f\na.example,${cell}\nb.example,\n`)).toEqual({
      said: [
        ["+a.example", { facts: { confidence: 0 } }],
        ["+b.example", {}],
      ],
      rejects: { "unknown-fact": 1 },
    });
  });

  it.each([
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

  it("counts a fact that is not in the header for unsaid where it may be missing", () => {
    const list = "domain,tlp\na.example,red\n";
    const fields = { tlp: "tlp", campaign: "family", revoked: ["taken_back", "revoked"] };
    expect(csv(fields, list).rejects).toEqual({ "no-such-column": 1 });
    expect(csv(fields, list, { factReading: { optionalFields: ["campaign", "revoked"] } })).toEqual({
      said: [["+a.example", { facts: { tlp: "red" } }]],
      rejects: {},
    });
  });

  it("takes the strictest marking of a cell, and of several columns", () => {
    const fields = {
      tlp: ["attribute_tag", "event_tag"],
      pap: ["attribute_tag", "event_tag"],
      distribution: ["attribute_distribution", "event_distribution"],
    };
    const list = `value,attribute_tag,event_tag,attribute_distribution,event_distribution
a.example,"tlp:green,osint:lifetime=""perpetual""","tlp:red,PAP:RED",5,1
b.example,"tlp:amber,tlp:ex:chr",,3,0
c.example,,"Some word,osint:x",5,Inherit event
d.example,tlp:green,tlp:none,3,3
e.example,,,Your organisation only,All communities
`;
    expect(csv(fields, list)).toEqual({
      said: [
        ["+a.example", { facts: { tlp: "red", pap: "red", distribution: "community" } }],
        ["+b.example", { facts: { tlp: "amber", hidesSource: true, distribution: "organisation" } }],
        ["+c.example", { facts: { distribution: "organisation" } }],
        ["+e.example", { facts: { distribution: "organisation" } }],
      ],
      rejects: { "bad-fact": 1 },
    });
  });

  it("takes the first of several columns that says something", () => {
    const list = "domain,until,family,malware\na.example,2026-01-31,,x\nb.example,-,y,x\n";
    const { said } = csv({ campaign: ["family", "malware"], validUntil: 2 }, list);
    expect(said).toEqual([
      ["+a.example", { facts: { campaign: "x" }, validUntil: Date.UTC(2026, 1, 1) / 1000 }],
      ["+b.example", { facts: { campaign: "y" } }],
    ]);
  });

  it.each(["never", "-", "n/a", "0", "0000-00-00", "0000-00-00 00:00:00", "None", "unbefristet", "9999-12-31"])(
    "has no end where it ends at %j, and is not known to start then",
    (cell) => {
      const list = `domain,f\na.example,${cell}\n`;
      expect(csv({ validUntil: "f" }, list)).toEqual({ said: [["+a.example", {}]], rejects: {} });
      if (["never", "unbefristet", "9999-12-31"].includes(cell)) return;
      expect(csv({ validFrom: "f" }, list)).toEqual({ said: [["+a.example", {}]], rejects: {} });
      expect(csv({ firstSeen: "f" }, list, { factReading: { ages: true } })).toEqual({
        said: [["+a.example", {}]],
        rejects: {},
      });
    },
  );

  it.each([
    ["ja", true],
    ["x", true],
    ["Oui", true],
    ["sí", true],
    ["wahr", true],
    ["revoked", true],
    ["nein", false],
    ["non", false],
    ["falsch", false],
    ["fałsz", false],
    ["active", false],
  ])("knows that %s is %s", (cell, isRevoked) => {
    expect(csv({ revoked: "f" }, `domain,f\na.example,${cell}\n`)).toEqual({
      said: [["+a.example", isRevoked ? { revoked: true } : {}]],
      rejects: {},
    });
  });

  it("reads times and shares as the source is said to write them", () => {
    const reading = { dateFormat: "mdy", timeZone: "Europe/Berlin", confidenceScale: 1 } as const;
    expect(
      csv({ validUntil: "f", confidence: "c" }, 'domain,f,c\na.example,12/31/2026,"0,75"\n', { factReading: reading })
        .said,
    ).toEqual([["+a.example", { facts: { confidence: 75 }, validUntil: Date.UTC(2026, 11, 31, 23) / 1000 }]]);
  });

  it.each(["firstSeen", "lastSeen"] as const)("rejects a row of which %s cannot be read where entries age", (field) => {
    const list = "domain,f\na.example,lately\nb.example,01.03.2019\n";
    expect(csv({ [field]: "f" }, list, { factReading: { ages: true } })).toEqual({
      said: [["+b.example", { [field]: Date.UTC(2019, 2, 1) / 1000 }]],
      rejects: { "bad-fact": 1 },
    });
  });

  it("may have its header and its words in Latin-1", () => {
    const list = Buffer.from("Domain;gültig bis;Behörde\na.example;31.12.2026;Amt für X\n", "latin1");
    expect(csv({ validUntil: "gültig bis", organisation: "Behörde" }, list, { column: "domain" }).said).toEqual([
      ["+a.example", { facts: { organisation: "Amt für X" }, validUntil: Date.UTC(2027, 0, 1) / 1000 }],
    ]);
  });

  it("says of a reject which fact it was, where it stands and what is there, before the row", () => {
    const row = `a.example,${"x".repeat(300)},GELB,12/11/2026`;
    const options = { format: "csv", fields: { tlp: "Marking", validUntil: 4 } } as const;
    expect(sampleOf(options, `domain,x,marking,until\n${row}\n`, "bad-fact")).toMatch(
      /^tlp "GELB" cannot be read \(Marking\); validUntil "12\/11\/2026" cannot be read \(4\): set dateFormat to dmy or mdy; a\.example,xxx/,
    );
    expect(sampleOf({ format: "csv", fields: { tlp: "x" } }, "domain\na.example\n", "no-such-column")).toBe(
      "there is no column x; a.example",
    );
    expect(sampleOf({ format: "csv", fields: { confidence: "c" } }, "domain,c\na.example,0.7\n", "unknown-fact")).toBe(
      'confidence "0.7" cannot be read (c): is confidenceScale 1?; a.example,0.7',
    );
    expect(sampleOf({ format: "csv", fields: { validUntil: 2 } }, "domain,u\na.example,46350\n", "bad-fact")).toBe(
      'validUntil "46350" cannot be read (2): is dateFormat excel?; a.example,46350',
    );
  });

  it("never blocks what was deleted, unless that is the source's word for taking it back", () => {
    const list = "domain,deleted\na.example,1\nb.example,0\n";
    expect(csv({ id: 1 }, list).rejects).toEqual({ "marked-legitimate": 1 });
    expect(csv({ revoked: "deleted" }, list).said).toEqual([
      ["+a.example", { revoked: true }],
      ["+b.example", {}],
    ]);
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
