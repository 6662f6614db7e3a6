/** Facts of objects: which values count, what an object within takes over, and what becomes of fields that are not there. */
import { describe, expect, it } from "vitest";
import { json, read, refusalOf, sampleOf, unreadableIn } from "./said-facts.ts";

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
    expect(json(fields, rows, { factReading: { optionalFields: ["tlp", "validUntil"] } }).said).toEqual([
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

  it("take over what the objects around them on the path say, by the keys from there, wherever these stand", () => {
    const document = {
      Event: {
        distribution: "0",
        Attribute: [
          { uuid: "a1", distribution: "3", value: "a.example" },
          { uuid: "a2", distribution: "5", value: "b.example", Tag: [{ name: "tlp:green" }] },
        ],
        uuid: "e1",
        Orgc: { name: "Org" },
        Tag: [{ name: "tlp:red" }],
      },
    };
    const fields = { id: "uuid", tlp: "Tag.name", organisation: "Event.Orgc.name", distribution: "distribution" };
    const facts = { tlp: "red", distribution: "organisation", organisation: "Org" };
    const fromTop = { tlp: ["Tag.name", "Event.Tag.name"], distribution: "Event.distribution" };
    expect(json(fromTop, document, { path: "Event.Attribute" }).said).toEqual([
      ["+a.example", { facts: { tlp: "red", distribution: "organisation" } }],
      ["+b.example", { facts: { tlp: "red", distribution: "organisation" } }],
    ]);
    expect(json(fields, document, { path: "Event.Attribute" })).toEqual({
      said: [
        ["+a.example", { externalId: "a1", facts }],
        ["+b.example", { externalId: "a2", facts }],
      ],
      rejects: {},
    });
    expect(refusalOf(fields, document, { path: "Event.Attribute" })).toBeUndefined();
    expect(json({ tlp: "tlp" }, { hosts: [{ domain: "a.example", tlp: "green" }], tlp: "TLP:RED" }).said).toEqual([
      ["+a.example", { facts: { tlp: "red" } }],
    ]);
    expect(json({ tlp: "tlp" }, { hosts: [{ domain: "a.example", tlp: "green" }], tlp: "ROT" })).toEqual({
      said: [],
      rejects: { "bad-fact": 1 },
    });
  });

  it("hand what they say to what lies within, and of two markings the stricter", () => {
    const fields = { tlp: "tlp", id: "id", organisation: "org", revoked: "revoked" };
    const events = [
      {
        hosts: [
          { domain: "a.example", id: 1 },
          { domain: "b.example", tlp: "clear", org: "B" },
        ],
        tlp: "red",
        org: "A",
      },
      { hosts: [{ domain: "c.example", tlp: "green" }], revoked: true },
      { hosts: [{ domain: "d.example", id: 4 }], revoked: false },
    ];
    expect(json(fields, events, { path: "hosts", factReading: { optionalFields: ["revoked"] } })).toEqual({
      said: [
        ["+a.example", { externalId: "1", facts: { tlp: "red", organisation: "A" } }],
        ["+b.example", { facts: { tlp: "red", organisation: "B" } }],
        ["+c.example", { facts: { tlp: "green" }, revoked: true }],
        ["+d.example", { externalId: "4" }],
      ],
      rejects: { "no-such-fact": 1 },
    });
  });
});

describe("a distribution", () => {
  const document = {
    Event: {
      distribution: "3",
      Attribute: [
        { uuid: "a1", distribution: "1", value: "a.example" },
        { uuid: "a2", distribution: "5", value: "b.example" },
        { uuid: "a3", value: "c.example" },
      ],
    },
  };

  it.each([["distribution"], [["distribution", "Event.distribution"]], ["Event.distribution"]])(
    "from %j is the stricter of the object's own and of what is around it, and 5 is the latter",
    (distribution) => {
      const { said } = json({ distribution }, document, { path: "Event.Attribute" });
      expect(said).toEqual([
        ["+a.example", { facts: { distribution: "community" } }],
        ["+b.example", { facts: { distribution: "all" } }],
        ["+c.example", { facts: { distribution: "all" } }],
      ]);
    },
  );

  it("of 5 is one organisation where nothing around it says one, or the document ends before", () => {
    const attribute = { distribution: "5", value: "a.example" };
    const alone = [["+a.example", { facts: { distribution: "organisation" } }]];
    expect(json({ distribution: "distribution" }, [attribute]).said).toEqual(alone);
    expect(
      json({ distribution: "distribution" }, { Event: { Attribute: [attribute] } }, { path: "Event.Attribute" }).said,
    ).toEqual(alone);
    const both = { Event: { Attribute: [attribute], distribution: "5" } };
    expect(json({ distribution: "distribution" }, both, { path: "Event.Attribute" }).said).toEqual(alone);
    const cut = `{"Event": {"Attribute": [${JSON.stringify(attribute)}`;
    const options = { format: "json", fields: { distribution: "distribution" }, path: "Event.Attribute" } as const;
    expect(read(options, cut).said).toEqual(alone);
  });
});

describe("objects that lack a fact", () => {
  const rows = [{ domain: "a.example", tlp_marking: "RED" }, { domain: "b.example" }];

  it.each([
    ["tlp", rows],
    ["tlp", ["a.example"]],
    ["meta.tlp", [{ domain: "a.example", tlp: "red", meta: { level: "red" } }]],
    ["Tag.name", [{ domain: "a.example", Tag: [{ label: "tlp:red" }] }]],
    ["Tag.name", [{ domain: "a.example", Tag: ["tlp:red"] }]],
  ])("make the list none where no other has %s", (tlp, document) => {
    expect(refusalOf({ tlp }, document)).toBe(`no object in it has ${tlp} (\`fields.tlp\`)`);
  });

  it("make it none where the keys never lead there, and each fact is named", () => {
    const document = { Event: { Tag: [{ name: "tlp:red" }], Attribute: [{ value: "a.example", other: 1 }] } };
    const fields = { tlp: ["Attribute.Tag.name", "Event.Attribute.tlp"], id: "uuid" };
    expect(refusalOf(fields, document, { path: "Event.Attribute" })).toBe(
      "no object in it has uuid (`fields.id`), nor Attribute.Tag.name nor Event.Attribute.tlp (`fields.tlp`)",
    );
  });

  it.each([
    ["tlp", [{ domain: "a.example", tlp: null }]],
    ["tlp", [{ domain: "a.example", tlp: [] }]],
    ["tlp", [{ domain: "a.example" }, { domain: "b.example", TLP: "red" }]],
    ["meta.tlp", [{ domain: "a.example", meta: null }]],
    ["Tag.name", [{ domain: "a.example", Tag: [] }]],
    ["tlp", []],
  ])("do not where %s is there and says nothing, or another has it", (tlp, document) => {
    expect(refusalOf({ tlp }, document)).toBeUndefined();
  });

  it("do not where it may be missing, or is in another of its fields", () => {
    const document = [{ domain: "a.example", old: "red" }];
    expect(refusalOf({ tlp: "tlp" }, document, { factReading: { optionalFields: ["tlp"] } })).toBeUndefined();
    expect(refusalOf({ tlp: ["tlp", "old"] }, document)).toBeUndefined();
  });

  it("are counted where the fact is a marking, a time or a revocation", () => {
    const document = [
      { domain: "a.example", tlp: "red", campaign: "x" },
      { domain: "b.example" },
      { domain: "c.example", tlp: null },
    ];
    expect(json({ tlp: "tlp", campaign: "campaign" }, document)).toEqual({
      said: [
        ["+a.example", { facts: { tlp: "red", campaign: "x" } }],
        ["+b.example", {}],
        ["+c.example", {}],
      ],
      rejects: { "no-such-fact": 1 },
    });
    const options = { format: "json", fields: { tlp: "tlp" } } as const;
    expect(sampleOf(options, JSON.stringify(document), "no-such-fact")).toBe('tlp not there; {"domain":"b.example"}');
    expect(json({ tlp: "tlp" }, ["b.example", { domain: "a.example", tlp: "red" }]).rejects).toEqual({
      "no-such-fact": 1,
    });
  });

  it.each(["Event.*.Attribute", "Event.17.Attribute"])("are not where an object around them on %s has it", (path) => {
    const attributes = [{ domain: "a.example" }, { domain: "b.example" }, { domain: "c.example", tlp: "red" }];
    const event = { Attribute: attributes, tlp: "green", until: "2030-01-01" };
    const fields = { tlp: "tlp", validUntil: "until" };
    expect(json(fields, { Event: { 17: event } }, { path }).rejects).toEqual({});
    const other = { Event: { 17: { Attribute: attributes, until: "2030-01-01" } } };
    expect(json(fields, other, { path }).rejects).toEqual({ "no-such-fact": 2 });
    const options = { format: "json", fields, path } as const;
    expect(sampleOf(options, JSON.stringify(other), "no-such-fact")).toBe('tlp not there; {"domain":"a.example"}');
  });

  it("are not where the items are no objects and the one around them has it", () => {
    expect(json({ tlp: "tlp" }, { hosts: ["a.example"], tlp: "red" }, { path: "hosts" }).rejects).toEqual({});
    expect(json({ tlp: "tlp" }, [{ hosts: ["a.example"] }, { tlp: "red" }], { path: "hosts" }).rejects).toEqual({
      "no-such-fact": 1,
    });
  });

  it("are rejects where another field seems to be what it is called now", () => {
    const document = [
      { domain: "a.example", tlp: "green", until: "2026-12-31", revoked: false },
      { domain: "b.example", tlp_marking: "RED", until: null, revoked: false },
      { domain: "c.example", tlp: "green", valid_until: "2026-12-31", revoked: false },
      { domain: "d.example", tlp: "green", until: null, "is-revoked": true },
      { domain: "e.example", marking: "TLP:RED", until: null, revoked: false },
      { domain: "f.example", note: "green", until: null, revoked: false },
    ];
    const fields = { tlp: "tlp", validUntil: "until", revoked: "revoked" };
    const { said, rejects } = json(fields, document);
    expect(said.map(([entry]) => entry)).toEqual(["+a.example", "+f.example"]);
    expect(rejects).toEqual({ "bad-fact": 4, "no-such-fact": 1 });
    // For the ledger they are there, and do not count as they stand.
    expect(unreadableIn({ format: "json", fields }, JSON.stringify(document))).toEqual([
      ["b.example", "use"],
      ["c.example", "times"],
      ["d.example", "use"],
      ["e.example", "use"],
    ]);
    expect(sampleOf({ format: "json", fields }, JSON.stringify(document), "bad-fact")).toMatch(
      /^tlp is not there, and tlp_marking is; \{"domain":"b\.example"/,
    );
  });
});

describe("objects with a fact under another key", () => {
  const fields = { id: "uuid", tlp: "marking", validUntil: "until", revoked: "gone" };
  const whole = { domain: "a.example", uuid: "1", marking: "green", until: "2030-01-01", gone: false };
  const lackingOne = (lacked: string, instead: object): object => ({
    ...Object.fromEntries(
      Object.entries({ ...whole, domain: "b.example", uuid: "2" }).filter(([key]) => key !== lacked),
    ),
    ...instead,
  });

  it.each([
    ["marking", { TLP: "red" }, "use"],
    ["marking", { markng: "red" }, "use"],
    ["marking", { classification: "RED" }, "use"],
    ["marking", { classification: "green" }, "use"],
    ["marking", { meta: { marking: "red" } }, "use"],
    ["marking", { labels: [{ name: "TLP:RED" }] }, "use"],
    ["marking", { markings: ["red"] }, "use"],
    ["marking", { traffic_light: "AMBER+STRICT" }, "use"],
    ["marking", { trafficLight: "green" }, "use"],
    ["marking", { note: "amber" }, "use"],
    ["until", { untill: "2020-01-01" }, "times"],
    ["until", { expires: "2020-01-01" }, "times"],
    ["until", { expiry_date: "2020-01-01" }, "times"],
    ["until", { validUntil: "2020-01-01" }, "times"],
    ["until", { time: { end: "2020-01-01" } }, "times"],
    ["gone", { revokd: true }, "use"],
    ["gone", { withdrawn: true }, "use"],
    ["gone", { "is-retracted": 1 }, "use"],
  ])("that lack %s and have %j are rejects", (lacked, instead, unreadable) => {
    const document = [whole, lackingOne(lacked, instead)];
    expect(json(fields, document).rejects).toEqual({ "bad-fact": 1 });
    expect(unreadableIn({ format: "json", fields }, JSON.stringify(document))).toEqual([["b.example", unreadable]]);
  });

  it.each([
    ["marking", { classification: "malware", tld: "example", colour: "blue", tags: ["botnet"], score: "90" }],
    ["marking", { campaign: "Red October", parent: { marking: "" } }],
    ["until", { expired: false, ports: { start: 1, end: 443 } }],
    ["gone", { withdrawn: false, extracted: "yes", invoked: true }],
  ])("are none where they lack %s and have %j", (lacked, instead) => {
    const document = [whole, lackingOne(lacked, instead)];
    expect(json(fields, document).rejects).toEqual({ "no-such-fact": 1 });
  });

  it("are none where the key is that of another fact, or the object has the fact", () => {
    const both = { ...fields, campaign: "name" };
    expect(json(both, [{ ...whole, name: "red" }, lackingOne("marking", { name: "red" })]).rejects).toEqual({
      "no-such-fact": 1,
    });
    expect(json(fields, [{ ...whole, TLP: "red", expires: "2020-01-01" }]).rejects).toEqual({});
  });
});

describe("objects with several markings", () => {
  it("have the strictest, from arrays and from several fields", () => {
    const document = [
      { value: "a.example", Tag: [{ name: "tlp:clear" }, { name: "tlp:red" }] },
      { value: "b.example", Tag: [{ name: 'osint:source-type="blog"' }, { name: "PAP:AMBER" }], Event: { Tag: [] } },
      { value: "c.example", Tag: [{ name: "tlp:green" }], Event: { Tag: [{ name: "tlp:amber" }] } },
      { value: "d.example", Tag: [{ name: "tlp:unclear" }] },
      { value: "e.example", Tag: [{ name: "tlp:green" }, { name: 7 }, {}] },
    ];
    const fields = { tlp: ["Tag.name", "Event.Tag.name"], pap: "Tag.name" };
    expect(json(fields, document)).toEqual({
      said: [
        ["+a.example", { facts: { tlp: "red" } }],
        ["+b.example", { facts: { pap: "amber" } }],
        ["+c.example", { facts: { tlp: "amber" } }],
        ["+e.example", { facts: { tlp: "green" } }],
      ],
      rejects: { "bad-fact": 1 },
    });
    expect(json({ tlp: "tlp" }, [{ domain: "a.example", tlp: ["tlp:clear", "tlp:red"] }]).said).toEqual([
      ["+a.example", { facts: { tlp: "red" } }],
    ]);
  });

  it("take what an array of too many would say for unreadable", () => {
    const tags = Array.from({ length: 300 }, (_, i) => (i === 299 ? "tlp:red" : "tlp:clear"));
    expect(json({ tlp: "tlp" }, [{ domain: "a.example", tlp: tags }])).toEqual({
      said: [],
      rejects: { "bad-fact": 1 },
    });
  });

  it("never block where they were deleted", () => {
    const document = [
      { value: "a.example", deleted: true },
      { value: "b.example", deleted: false },
    ];
    expect(json({}, document).rejects).toEqual({ "marked-legitimate": 1 });
    expect(json({ revoked: "deleted" }, document).said).toEqual([
      ["+a.example", { revoked: true }],
      ["+b.example", {}],
    ]);
  });
});
