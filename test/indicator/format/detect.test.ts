import { describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/base/errors.ts";
import { detectFormat, sampleLinesMax } from "../../../src/indicator/format/detect.ts";

const names = ["evil.example", "a.bad.example", "worse.example", "www.worst.example"];
const each = (line: (name: string) => string): string => names.map(line).join("\n");

const known: readonly [list: string, format: string, options: object][] = [
  [each((name) => name), "domains", {}],
  [`# list\n\n${each((name) => `*.${name} # c2`)}\n192.0.2.1\n`, "domains", {}],
  ["192.0.2.1\n192.0.2.0/24\n2001:db8::1\n", "domains", {}],
  [`${each((name) => name)}\nhttp://evil.example/x\n`, "domains", {}],
  [`127.0.0.1 localhost\n::1 localhost\n${each((name) => `0.0.0.0 ${name}`)}`, "hosts", {}],
  [each((name) => `0.0.0.0\t${name}`), "hosts", {}],
  [`[Adblock Plus 2.0]\n! list\n${each((name) => `||${name}^`)}`, "adblock", {}],
  [`||evil.example^\nbing.com##.x\nshop.example##.y\n||cdn.example^$third-party\n@@||good.example^`, "adblock", {}],
  [each((name) => `address=/${name}/0.0.0.0`), "dnsmasq", {}],
  [each((name) => `server=/${name}/`), "dnsmasq", {}],
  [`server:\n${each((name) => `local-zone: "${name}" always_nxdomain`)}`, "unbound", {}],
  [`$TTL 60\n@ SOA localhost. x.example. 1 2 3 4 5\n@ NS localhost.\n${each((name) => `${name} CNAME .`)}`, "rpz", {}],
  [each((name) => `${name}\tIN\tCNAME\trpz-passthru.`), "rpz", {}],
  [each((name) => `http://${name}/x`), "urls", {}],
  [each((name) => `hxxps://${name}/`), "domains", {}],
  [`id,domain,family\n${each((name) => `1,${name},x`)}`, "csv", { column: "domain" }],
  [`Type;Indicator\n${each((name) => `domain;${name}`)}`, "csv", { column: "indicator" }],
  [`# c\n${each((name) => `7,"${name}",some family`)}`, "csv", { column: 2 }],
  [`seen,address\n${each((name) => `2026-01-01,${name}`)}`, "csv", { column: 2 }],
  [JSON.stringify(names), "json", {}],
  [JSON.stringify({ version: 2, domains: names, tags: ["a", "b"] }, null, 1), "json", { path: "domains" }],
  [
    JSON.stringify({ data: [{ host: "evil.example", by: "team.example", n: 1 }] }),
    "json",
    { path: "data", column: "host" },
  ],
  [JSON.stringify({ data: [{ site: "evil.example", n: "x" }] }), "json", { path: "data", column: "site" }],
  [each((name) => JSON.stringify({ domain: name, kind: "x" })), "json", { column: "domain" }],
  [JSON.stringify({ deny: names }).slice(0, 40), "json", { path: "deny" }],
];

describe("a list is told by its lines:", () => {
  it.each(known)("%j is %s", (list, format, options) => {
    const found = detectFormat(Buffer.from(list));
    expect([found.format, found.options]).toEqual([format, options]);
    expect(found.why).not.toBe("");
  });

  it("with a byte order mark and CR LF", () => {
    const list = `\uFEFF${each((name) => `0.0.0.0 ${name}`)}`.replaceAll("\n", "\r\n");
    expect(detectFormat(Buffer.from(list)).format).toBe("hosts");
  });

  it("of which only the first thousand count", () => {
    const list = `${"evil.example\n".repeat(sampleLinesMax)}${"0.0.0.0 evil.example\n".repeat(5000)}`;
    const found = detectFormat(Buffer.from(list));
    expect(found.format).toBe("domains");
    expect(found.why).toBe("1000 of its first 1000 lines read as domains");
  });

  it("and by nothing where these are blank or comments, for the size of the list then decides", () => {
    expect(detectFormat(Buffer.from("# nothing\n\n")).format).toBe("domains");
    expect(detectFormat(new Uint8Array(0)).format).toBe("domains");
  });

  it("and not at all where the source says the format", () => {
    expect(detectFormat(Buffer.from(each((name) => name)), "hosts").format).toBe("hosts");
  });
});

function refusal(list: string | Uint8Array, wanted?: "auto" | "domains"): OperatorError {
  try {
    detectFormat(Buffer.from(list), wanted, "lists/x");
  } catch (error) {
    if (error instanceof OperatorError) return error;
  }
  throw new Error("it was not refused");
}

describe("a carriage return", () => {
  it.each([
    ["at the end of the only line", "evil.example\r"],
    ["before each line feed", "evil.example\r\nbad.example\r\n"],
    ["somewhere in a list of lines", "evil.example\nbad\r.example\n"],
  ])("%s is no reason to refuse a list", (_, list) => {
    expect(detectFormat(Buffer.from(list), "domains").format).toBe("domains");
  });
  it("is a blank in JSON", () => {
    expect(detectFormat(Buffer.from('["evil.example",\r"bad.example"]\r')).format).toBe("json");
    expect(detectFormat(Buffer.from('["evil.example",\r"bad.example"]\r'), "json").format).toBe("json");
  });
});

describe("a list is refused, with what to do,", () => {
  it.each([
    ["a web page", "<!DOCTYPE html>\n<html><body>evil.example</body></html>"],
    ["a web page", "\uFEFF\n  <HTML>"],
    ["a web page", "<!-- error --><html></html>"],
    ["UTF-16 text", Uint8Array.of(0xff, 0xfe, 0x65, 0x00)],
    ["UTF-16 text without a byte order mark", Buffer.from("evil.example\nbad.example\n", "utf16le")],
    ["UTF-16 text without a byte order mark", Buffer.from("evil.example\nbad.example\n", "utf16le").swap16()],
    ["text whose lines end in carriage returns alone", "evil.example\rbad.example\r"],
    ["text whose lines end in carriage returns alone", "||evil.example^\r||bad.example^"],
    ["compressed", Uint8Array.of(0x1f, 0x8b, 0x08)],
    ["an archive or a document", "PK\u0003\u0004"],
  ])("where it is %s, whatever the format", (what, list) => {
    for (const wanted of ["auto", "domains"] as const) {
      const error = refusal(list, wanted);
      expect(error.code).toBe("SOURCE_NOT_A_LIST");
      expect(error.message).toBe(`Cannot read "lists/x" as a list: it is ${what}`);
    }
  });

  it.each<[what: string, list: string, remedy: RegExp]>([
    ["no format reads it", "the quick brown fox\njumps over\nthe lazy dog\n", /Set format/],
    [
      "it is a table with legitimate rows",
      "type,indicator,classification\ndomain,evil.example,malicious\ndomain,bank.example,legitimate\n",
      /where.*"classification"/,
    ],
    [
      "it is a table without a header and with legitimate rows",
      "evil.example\tmalicious\t2026-01-01\nbank.example\tlegitimate\t2026-01-01\n",
      /^Set format: csv and column, to its number from 1; rows that are so marked never block$/,
    ],
    ["it is a table with two columns of names", `a,b\n${each((name) => `${name},x.${name}`)}`, /column/],
    ["it is a table without names", "a,b\n1,2\n3,4\n", /column/],
    ["it is JSON with an array to allow", '{"allow": ["good.example"], "deny": ["evil.example"]}', /path/],
    ["it is JSON with benign objects", '[{"domain": "good.example", "verdict": "benign"}]', /path/],
    ["it is JSON with whitelisted objects", '[{"domain": "good.example", "whitelisted": true}]', /path/],
    [
      "it is a warninglist",
      '{"description": "d", "list": ["good.example"], "matching_attributes": ["domain"], "name": "n", "type": "string", "version": 1}',
      /guards/,
    ],
    ["it is JSON with two arrays of names", '{"a": ["evil.example"], "b": ["bad.example"]}', /path/],
    ["it is JSON without names", '{"a": [1, 2]}', /path/],
  ])("where %s", (_, list, remedy) => {
    const error = refusal(list);
    expect(error.code).toBe("SOURCE_NOT_A_LIST");
    expect(error.message).toMatch(/^Cannot read "lists\/x" as a list: .*[^.]$/);
    expect(error.remedy).toMatch(remedy);
  });
});
