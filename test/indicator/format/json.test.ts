import { describe, expect, it } from "vitest";
import { JsonReader, type JsonTaker } from "../../../src/indicator/format/json-reader.ts";
import { parse } from "../parse.ts";
import { shown, takes, type Vector } from "../vectors.ts";

const arrays: readonly Vector[] = [
  ["an array of strings", '["evil.example", "bad.example"]', "+evil.example +bad.example"],
  ["no blanks", '["evil.example","bad.example"]', "+evil.example +bad.example"],
  ["a byte order mark", '\uFEFF["evil.example"]', "+evil.example"],
  ["a star label", '["*.evil.example"]', "+evil.example +*.evil.example"],
  ["a defanged name", '["evil[.]example"]', "+evil.example"],
  ["an address", '["192.0.2.1", "192.0.2.0/24"]', "+192.0.2.1 +192.0.2.0/24"],
  ["IDN", '["bücher.example"]', "+xn--bcher-kva.example"],
  ["escapes", '["\\u0065vil.example", "b\\u00fccher.example"]', "+evil.example +xn--bcher-kva.example"],
  ["an escaped slash", '["http:\\/\\/evil.example\\/"]', "+evil.example"],
  ["an escaped quote", '["ev\\"il.example"]', "!bad-character"],
  ["a wrong escape", '["ev\\xil.example", "bad.example"]', "+bad.example !not-utf8"],
  ["an escaped NUL", '["evil\\u0000.example"]', "!binary"],
  ["an escaped line feed", '["evil.example\\nbad.example"]', "!binary"],
  ["bytes that are not UTF-8", Buffer.from('["b\xfccher.example","bad.example"]', "latin1"), "+bad.example !not-utf8"],
  ["a URL, the host alone", '["http://evil.example/x"]', "+evil.example"],
  ["an empty string", '[""]', "!empty-item"],
  ["null", "[null]", "!empty-item"],
  ["null for a field", '[{"domain": "evil.example"}, {"domain": null}]', "+evil.example !no-such-column"],
  ["numbers and booleans", "[1, -2.5e3, true]", "!not-text !not-text !not-text"],
  ["an array in the array", '[["evil.example"]]', "+evil.example"],
  ["objects with a known field", '[{"domain": "evil.example", "note": "bad.example"}]', "+evil.example"],
  ["objects without a known field", '[{"site": "evil.example"}]', "!no-such-column"],
  ["an empty array", "[]", ""],
  ["the only array of an object", '{"version": 1, "domains": ["evil.example"], "by": "team"}', "+evil.example"],
  ["two arrays of an object", '{"a": ["evil.example"], "b": ["bad.example"]}', "!ambiguous-path"],
  ["an array to allow beside one to deny", '{"allow": ["good.example"], "deny": ["evil.example"]}', "!ambiguous-path"],
  ["only an array to allow", '{"allow": ["good.example"]}', "!ambiguous-path"],
  ["an array beside a known field", '{"domain": "evil.example", "related": ["good.example"]}', "!ambiguous-path"],
  ["JSON lines of objects", '{"domain": "evil.example"}\n{"domain": "bad.example"}', "+evil.example +bad.example"],
  ["JSON lines of strings in arrays", '["evil.example"]\n["bad.example"]', "+evil.example +bad.example"],
  ["a property of objects as a name", '["constructor", "__proto__.example"]', "+__proto__.example !single-label"],
  ["a string that is cut", '["evil.example", "bad.exa', "+evil.example !bad-syntax"],
  ["an array that is cut", '["evil.example",', "+evil.example !bad-syntax"],
  ["no comma", '["evil.example" "bad.example"]', "+evil.example !bad-syntax"],
  ["a comma at the end", '["evil.example",]', "+evil.example !bad-syntax"],
  ["a word of nobody", '["evil.example", nil]', "+evil.example !bad-syntax"],
  ["a wrong closing bracket", '["evil.example"}', "+evil.example !bad-syntax"],
  ["a key that is no string", "{domain: 1}", "!bad-syntax"],
  ["a web page", "<html></html>", "!bad-syntax"],
  ["nothing", "", ""],
];

describe("a JSON document gives", () => takes({ format: "json" }, arrays));

describe("the path in a document", () => {
  const document = JSON.stringify({
    allow: ["good.example"],
    deny: ["evil.example"],
    data: { sets: [{ name: "fine.example", domains: ["a.example"] }, { domains: ["b.example", "c.example"] }] },
    hosts: [{ host: "h.example", ip: "192.0.2.1" }, { host: "i.example" }, { ip: "192.0.2.2" }],
  });
  it.each([
    ["deny", "+evil.example"],
    ["$.deny[]", "+evil.example"],
    ["data.sets.domains", "+a.example +b.example +c.example"],
    ["data.sets[*].domains[*]", "+a.example +b.example +c.example"],
    ["hosts.host", "+h.example +i.example"],
    ["hosts.ip", "+192.0.2.1 +192.0.2.2"],
    ["nowhere", ""],
    ["deny.nowhere", ""],
    ["allow", "!marked-legitimate"],
    ["constructor", ""],
  ])("%s", (path, said) => {
    expect(shown({ format: "json", path }, document)).toBe(said);
  });
  it("leads to the field of objects that column names", () => {
    expect(shown({ format: "json", path: "hosts", column: "ip" }, document)).toBe("+192.0.2.1 +192.0.2.2 !empty-item");
    expect(shown({ format: "json", path: "hosts" }, document)).toBe("+h.example +i.example !no-such-column");
  });
  it("may lead to what is to be allowed", () => {
    const said = parse({ format: "json", path: "allow", role: "allow", scope: "subtree" }, document);
    expect(said.entries).toEqual(["+good.example +*.good.example"]);
    // The other names in it are noted and nothing else.
    expect(new Set(said.rejects)).toEqual(new Set(["not-taken@1"]));
  });
});

describe("objects in a document", () => {
  const document = JSON.stringify({
    rows: [
      { type: "domain", value: "evil.example", verdict: "malicious" },
      { value: "bank.example", verdict: "benign", type: "domain" },
      { type: "url", value: "http://evil.example/x", verdict: "malicious" },
      { value: "shop.example", type: "domain", whitelisted: true },
      { type: "domain", values: ["x.example", "y.example"], verdict: "malicious" },
    ],
  });
  it("that the source calls legitimate never block", () => {
    const said = parse({ format: "json", path: "rows", column: "value" }, document);
    expect(said.entries).toEqual(["+evil.example", "+evil.example"]);
    expect(said.rejects.map((reject) => reject.split("@")[0])).toEqual([
      "marked-legitimate",
      "marked-legitimate",
      "empty-item",
    ]);
    expect(parse({ format: "json", path: "rows.value" }, document).entries).toEqual(["+evil.example", "+evil.example"]);
  });
  it("count only where they have one of the values of each field asked for", () => {
    const where = { Type: ["domain"], verdict: ["malicious"] };
    expect(shown({ format: "json", path: "rows", column: "value", where }, document)).toBe(
      "+evil.example !filtered !filtered !filtered !empty-item",
    );
    expect(shown({ format: "json", path: "rows.values", where }, document)).toBe(
      "+x.example +y.example !filtered !filtered !filtered",
    );
  });
  it("must be there where something is asked of them", () => {
    expect(shown({ format: "json", where: { type: ["domain"] } }, '["evil.example"]')).toBe("!no-such-column");
  });
});

describe("reading JSON", () => {
  it("takes bounded memory for nesting and for strings", () => {
    expect(shown({ format: "json" }, "[".repeat(100_000))).toBe("!bad-syntax");
    expect(shown({ format: "json" }, `["${"a".repeat(70_000)}", "evil.example"]`)).toBe("+evil.example !line-too-long");
    expect(shown({ format: "json" }, "1".repeat(100_000))).toBe("!bad-syntax");
  });
  it("counts lines", () => {
    const said = parse({ format: "json" }, '[\n"evil.example",\n"com"\n]\n');
    expect(said.rejects).toEqual(["single-label@3"]);
    expect(said.lines).toBe(4);
    expect(parse({ format: "json" }, '["a"]').lines).toBe(1);
  });
  it("agrees with JSON.parse on what is JSON", () => {
    const silent: JsonTaker = { open() {}, close() {}, key() {}, text() {}, longText() {}, literal() {} };
    const documents = [
      '{"a":[1,2,{"b":null}],"c":"\\u00e9"}',
      "[]",
      "{}",
      '"x"',
      "-0.5e+3",
      "[1,]",
      '{"a"}',
      '{"a":}',
      "[01]",
    ].concat([
      "{,}",
      '{"a":1,}',
      "[1 2]",
      "[}",
      "tru",
      "[true,false]",
      '{"a":1 "b":2}',
      "[.5]",
      "[1.]",
      "[-]",
      ":",
      ",",
      "]",
      '["a":1]',
    ]);
    for (const document of documents) {
      const reader = new JsonReader(silent);
      reader.write(Buffer.from(document));
      let isJson = true;
      try {
        JSON.parse(document);
      } catch {
        isJson = false;
      }
      expect([document, reader.end()]).toEqual([document, isJson]);
    }
  });
});
