/** Tables and documents as sources in the field have them, in one dialect or another, and what each row means. */
import { describe, expect, it } from "vitest";
import { flag } from "../../../src/indicator/entry/collector.ts";
import { detectFormat } from "../../../src/indicator/format/detect.ts";
import { collect } from "../parse.ts";
import { shown, takes } from "../vectors.ts";

describe("a table:", () => {
  const where = (row: string, options = {}): string =>
    shown({ format: "csv", ...options }, `domain,safe,to_ids,whitelisted,tags\n${row}\n`);
  takes({ format: "csv" }, [
    ["its own separator", "sep=;\ndomain;note\nevil.example;a,b,c,d", "+evil.example"],
    ["its own separator in quotes", '"sep=;"\ndomain;note\nevil.example;a,b,c,d', "+evil.example"],
    ["a column of URLs", "id,url\n1,http://evil.example/x\n2,bad.example/y", "+evil.example +bad.example"],
    ["a URL of a public suffix", "id,url\n1,http://duckdns.org/x", "+duckdns.org"],
    ["a name and its address", "id,value\n1,evil.example|192.0.2.1", "+evil.example +192.0.2.1"],
    ["a port", "id,ioc\n1,192.0.2.1:443", "+192.0.2.1"],
  ]);
  it("rows that are safe, or not for detection, never block", () => {
    expect(where("evil.example,false,true,0,phishing")).toBe("+evil.example");
    for (const row of ["true,true,0,x", "false,false,0,x", "0,1,1,x", "0,1,0,phishing|benign", '0,1,0,"a, benign"']) {
      expect(where(`good.example,${row}`)).toBe("!marked-legitimate");
    }
  });
  it.each([
    ..."fp falsepositive false-positives non_malicious nonmalicious not_malicious not_phishing no_threat not_a_threat".split(
      " ",
    ),
    ..."known_good allow_list exclude excluded exception harmless delisted verified_safe likely_benign".split(" "),
    ..."trusted good white removed".split(" "),
    ..."legitimate legit benign probably_benign clean safe goodware allow allowed allowlist allowlisted".split(" "),
    ..."whitelist white_list whitelisted false_positive false_positives falsepositives".split(" "),
    "FP",
    "likely benign",
    "benign (sinkhole)",
    "Benign [reviewed]",
    "benign - FP",
    "benign \u2013 reviewed by two",
    "harmless/benign",
    "false positive?",
    "clean.",
    "safe;",
  ])("rows whose verdict is %j never block", (word) => {
    expect(shown({ format: "csv" }, `domain,verdict\ngood.example,${word}\n`)).toBe("!marked-legitimate");
    expect(shown({ format: "json" }, JSON.stringify([{ domain: "good.example", verdict: word }]))).toBe(
      "!marked-legitimate",
    );
  });
  it.each([
    ["tlp", "white"],
    ["reporter", "trusted"],
    ["quality", "good"],
    ["related", "clean.example"],
    ["page", "safe/login.html"],
    ["verdict", "not clean"],
    ["verdict", "malicious (was benign)"],
    ["verdict", "phishing/benign"],
  ])("rows whose %s is %j are as bad as they were", (column, word) => {
    expect(shown({ format: "csv" }, `domain,${column}\nevil.example,${word}\n`)).toBe("+evil.example");
    expect(shown({ format: "json" }, JSON.stringify([{ domain: "evil.example", [column]: word }]))).toBe(
      "+evil.example",
    );
  });
  it.each([
    ["whitelisted", "x"],
    ["malicious", "0.0"],
    ["is_malicious", "0.00"],
    ["fp", "yes"],
    ["trusted", "true"],
  ])("rows whose %s is %j never block", (column, word) => {
    expect(shown({ format: "csv" }, `domain,${column}\ngood.example,${word}\n`)).toBe("!marked-legitimate");
  });
  it("words that mean much block where the operator asks for them", () => {
    const rows = "domain,status\nevil.example,removed\n";
    expect(shown({ format: "csv", where: { status: ["removed"] } }, rows)).toBe("+evil.example");
  });
  it("rows of which a sentence or a count says so by chance are as bad as they were", () => {
    expect(where('evil.example,0,1,0,"looks like a shop, safe, at first"')).toBe("+evil.example");
    expect(shown({ format: "csv" }, "domain,harmless\nevil.example,1\n")).toBe("+evil.example");
  });
  it("rows that are safe block where the operator asks for them", () => {
    expect(where("evil.example,0,0,0,x", { where: { to_ids: ["0"] } })).toBe("+evil.example");
    expect(where("evil.example,0,1,1,x", { where: { Whitelisted: ["1"] } })).toBe("+evil.example");
  });
  it("hosts of URLs are told from names", () => {
    const { collector } = collect({ format: "csv" }, Buffer.from("url,x\nhttp://evil.example/x,1\nbad.example,2\n"));
    expect([collector.flags[0], collector.flags[1]]).toEqual([flag.blockUrlHost, flag.blockUrlHost]);
  });
});

describe("a document:", () => {
  const keyed = JSON.stringify({
    "123": [{ ioc_value: "evil.example", ioc_type: "domain" }],
    "124": [{ ioc_value: "192.0.2.1:443" }, { ioc_value: "http://bad.example/x" }],
  });
  it("entries keyed by id", () => {
    expect(shown({ format: "json", path: "*" }, keyed)).toBe("+evil.example +192.0.2.1 +bad.example");
    expect(shown({ format: "json", path: "*", column: "ioc_value" }, keyed)).toBe(
      "+evil.example +192.0.2.1 +bad.example",
    );
    expect(shown({ format: "json", path: "*.ioc_value" }, keyed)).toBe("+evil.example +192.0.2.1 +bad.example");
    expect(detectFormat(Buffer.from(keyed))).toMatchObject({
      format: "json",
      options: { path: "*", column: "ioc_value" },
    });
  });
  it("objects that are safe, or not for detection, never block", () => {
    const said = (fields: object, options = {}): string =>
      shown({ format: "json", ...options }, JSON.stringify([{ domain: "evil.example", ...fields }]));
    expect(said({ to_ids: true, safe: false, tags: ["c2"] })).toBe("+evil.example");
    expect(said({ to_ids: false })).toBe("!marked-legitimate");
    expect(said({ safe: true })).toBe("!marked-legitimate");
    expect(said({ whitelisted: 1 })).toBe("!marked-legitimate");
    expect(said({ tags: ["c2", "benign"] })).toBe("!marked-legitimate");
    expect(said({ to_ids: false }, { where: { to_ids: ["false"] } })).toBe("+evil.example");
    expect(said({ to_ids: false }, { role: "allow" })).toBe("+evil.example");
  });
  describe("MISP's ways to say that a row must not block", () => {
    const rowOf = (fields: object): string => JSON.stringify([{ value: "good.example", ...fields }]);
    it.each([
      ["a tag", { tags: [{ name: "benign" }] }],
      ["a tag among others", { Tag: [{ name: "tlp:clear", colour: "#fff" }, { name: 'false-positive:risk="high"' }] }],
      ["a tag by itself", { Tag: { name: "legitimate" } }],
      ["the text of a tag", { tag: 'false-positive:confirmed="true"' }],
      ["texts of tags", { tags: ["c2", 'false-positive:risk="high"'] }],
      ["texts of tags in one", { tags: 'tlp:clear,false-positive:risk="high"' }],
      ["a word of some namespace", { labels: [{ value: "verdict:benign" }] }],
      ["a flag of its own object", { meta: { safe: true } }],
      ["a word of its own object", { meta: { verdict: "benign", by: "x" } }],
      ["a word of its result", { result: { verdict: "benign" } }],
      ["a no of its scan", { scan: { malicious: false } }],
      ["a no of its own object", { metadata: { to_ids: false } }],
    ])("%s", (_, fields) => {
      expect(shown({ format: "json" }, rowOf(fields))).toBe("!marked-legitimate");
      expect(shown({ format: "json", role: "allow" }, rowOf(fields))).toBe("+good.example");
    });
    it.each([
      ["another risk", { Tag: [{ name: 'false-positive:risk="low"' }] }],
      ["what is not confirmed", { Tag: [{ name: 'false-positive:confirmed="false"' }] }],
      ["a mark of another object", { related: [{ name: "x.example", safe: true }] }],
      ["a colour of a tag", { Tag: [{ name: "tlp:clear", colour: "safe" }] }],
      ["a no that is none", { meta: { safe: false, to_ids: true } }],
    ])("but not %s", (_, fields) => {
      expect(shown({ format: "json" }, rowOf(fields))).toBe("+good.example");
    });
    it("but where the operator asks for the field", () => {
      const where = { tag: ["x"] };
      expect(shown({ format: "json", where }, rowOf({ tag: "x", Tag: [{ name: "benign" }] }))).toBe("+good.example");
    });
    it("of all that is in an event, wherever its tags stand", () => {
      const attributes = { Attribute: [{ type: "domain", value: "good.example" }] };
      const tags = { Tag: [{ name: 'false-positive:risk="high"' }] };
      const other = { Attribute: [{ type: "domain", value: "evil.example" }], Tag: [{ name: "tlp:clear" }] };
      for (const event of [
        { ...attributes, ...tags },
        { ...tags, ...attributes },
      ]) {
        const document = JSON.stringify([{ Event: event }, { Event: other }]);
        expect(shown({ format: "json", path: "Event.Attribute", column: "value" }, document)).toBe(
          "+evil.example !marked-legitimate",
        );
      }
    });
    it("in a table", () => {
      const said = (row: string): string => shown({ format: "csv" }, `domain,tags,meta.safe\n${row}\n`);
      expect(said('good.example,"false-positive:risk=""high""",')).toBe("!marked-legitimate");
      expect(said('good.example,"tlp:clear,false-positive:risk=""high""",')).toBe("!marked-legitimate");
      expect(said("good.example,,true")).toBe("!marked-legitimate");
      expect(said('evil.example,"tlp:clear,false-positive:risk=""low""",false')).toBe("+evil.example");
    });
  });
  it("a field of several names", () => {
    const rows = '[{"domain": ["a.example", "b.example"], "by": "x"}, {"domain": "c.example"}]';
    expect(shown({ format: "json" }, rows)).toBe("+a.example +b.example +c.example");
    expect(shown({ format: "json", column: "domain" }, rows)).toBe("+a.example +b.example +c.example");
    expect(shown({ format: "json" }, '[{"domain": [], "by": "x"}]')).toBe("!empty-item");
    expect(shown({ format: "json" }, '[{"domain": [1, null, {"x": "y"}, "a.example"]}]')).toBe(
      "+a.example !not-text !not-text !not-text",
    );
    expect(shown({ format: "json" }, '[{"domain": {"x": "a.example"}}]')).toBe("!not-text");
    expect(shown({ format: "json" }, '[{"domain": [["a.example"], "b.example"]}]')).toBe("+b.example !not-text");
    expect(shown({ format: "json" }, '[{"url": ["http://a.example/x", "b.example/y"]}]')).toBe("+a.example +b.example");
    expect(shown({ format: "json" }, '[{"domain": ["a.example"], "tags": ["benign"]}]')).toBe("!marked-legitimate");
  });
  it("a field of more names than are kept at once", () => {
    const domain = Array.from({ length: 60_000 }, (_, i) => `name-number-${i}.example`);
    const { collector, rejects } = collect({ format: "json" }, Buffer.from(JSON.stringify([{ domain, by: "x" }])));
    expect(collector.count).toBeGreaterThan(40_000);
    expect(collector.count + (rejects.counts["line-too-long"] ?? 0)).toBe(60_000);
    const aside = JSON.stringify([{ domain: "a.example", note: domain }]);
    expect(shown({ format: "json" }, aside)).toBe("+a.example");
  });
  it("a field of URLs", () => {
    expect(shown({ format: "json" }, '[{"url": "http://evil.example/x"}, {"url": "bad.example/y"}]')).toBe(
      "+evil.example +bad.example",
    );
  });
});
