import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { folderOf, mainWith, zoneWith } from "./folder.ts";

/** What is wrong, as `file:line:column key: message` with the folder left out. */
function faultsOf(files: Record<string, string | Uint8Array>, env: Record<string, string> = {}): string[] {
  const folder = folderOf(files);
  try {
    loadConfig(join(folder, "rpzmill.yaml"), { env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(
      ({ file, line, column, key, message }) =>
        `${file.slice(folder.length + 1)}:${line}:${column}${key === undefined ? "" : ` ${key}`}: ${message.replaceAll(`${folder}/`, "")}`,
    );
  }
  return [];
}

describe("every fault is reported at once, with its place", () => {
  test("over all files", () => {
    expect(
      faultsOf({
        "rpzmill.yaml": `version: 1
server:
  listen: ["localhost:5354"]
  limits: {idleSecond: 5}
sources:
  - id: phish
    from: phish.txt
    format: domain
    confidence: 101
  - id: phish
    from: https://feeds.example/list
zones: [zone.yaml]
`,
        "zone.yaml": `version: 2
apex: a..example
take: {sources: [fish], categories: [phishing]}
action: nxdomian
`,
      }),
    ).toEqual([
      'rpzmill.yaml:3:12 server.listen[0]: "localhost:5354" is not an address and port such as 127.0.0.1:5354 or [::1]:5354',
      'rpzmill.yaml:4:12 server.limits.idleSecond: is not a key here (did you mean "idleSeconds"?)',
      'rpzmill.yaml:8:13 sources[0].format: should be auto, domains, hosts, adblock, dnsmasq, unbound, rpz, csv, json, urls, misp, stix, misp-feed or taxii, but is "domain" (did you mean "domains"?)',
      "rpzmill.yaml:9:17 sources[0].confidence: should be at most 100, but is 101",
      'rpzmill.yaml:10:9 sources[1].id: "phish" is there already, at line 6',
      'rpzmill.yaml:11:11 sources[1].from: "https://feeds.example/list" is an address on the network; it should be the path of a file, or stand as url',
      "zone.yaml:1:10 version: should be 1, but is 2",
      'zone.yaml:2:7 apex: "a..example" is not a domain name: empty-label',
      'zone.yaml:3:18 take.sources[0]: "fish" is no source\'s id (did you mean "phish"?)',
      'zone.yaml:3:38 take.categories[0]: "phishing" is no category that a source has',
      'zone.yaml:4:9 action: should be nxdomain, nodata, passthru, drop or tcp-only, but is "nxdomian" (did you mean "nxdomain"?)',
    ]);
  });

  test("answers of a policy zone's own, which a source cannot keep", () => {
    const main = (value: string, format = "format: rpz, "): string =>
      `version: 1\nsources:\n  - {id: s, from: s, ${format}localData: ${value}}\nzones: [zone.yaml]\n`;
    const files = (text: string) => ({ "rpzmill.yaml": text, "zone.yaml": zoneWith().replace("phish]", "s]") });
    expect(faultsOf(files(main("block")))).toEqual([]);
    expect(faultsOf(files(main("keep")))).toEqual([
      'rpzmill.yaml:3:46 sources[0].localData: cannot be "keep": a source says that a name is malicious and not what to answer; choose the answer by the zone\'s action, and here block or reject',
    ]);
    expect(faultsOf(files(main("no")))).toEqual([
      'rpzmill.yaml:3:46 sources[0].localData: should be block or reject, but is "no"',
    ]);
    expect(faultsOf(files(main("block", "")))).toEqual([
      "rpzmill.yaml:3:22 sources[0].localData: is for format rpz only; set the format",
    ]);
  });

  test("columns of facts, where the format has none or nobody says which", () => {
    const main = (source: string): string =>
      `version: 1\nsources:\n  - {id: phish, from: s, ${source}}\nzones: [zone.yaml]\n`;
    const faults = (source: string): string[] => faultsOf({ "rpzmill.yaml": main(source), "zone.yaml": zoneWith() });
    expect(faults("format: csv, fields: {category: type, validUntil: 4}, decay: {lifetimeDays: 0.5}")).toEqual([]);
    expect(faults("fields: {tlp: marking}")).toEqual([
      "rpzmill.yaml:3:26 sources[0].fields: is for format csv and json only; set the format",
    ]);
    expect(faults("format: json, fields: {tlp: 2}")).toEqual([
      "rpzmill.yaml:3:54 sources[0].fields.tlp: should be the name of a field where the format is json",
    ]);
    expect(faults("format: csv, fields: {marking: tlp}")).toEqual([
      expect.stringContaining("sources[0].fields.marking: is not a key here"),
    ]);
    expect(faults("format: csv, decay: {lifetimeDays: 90}")).toEqual([
      "rpzmill.yaml:3:39 sources[0].decay: is for sources with fields; say which columns have the facts",
    ]);
    expect(faults("format: csv, fields: {}, decay: {lifetimeDays: 0, threshold: 0}")).toHaveLength(2);
    expect(faults("format: json, fields: {tlp: [a, 2]}")).toEqual([
      "rpzmill.yaml:3:54 sources[0].fields.tlp: should be the name of a field where the format is json",
    ]);
    expect(faults("format: csv, fields: {tlp: []}")).toHaveLength(1);
  });

  test("how facts are written", () => {
    const faults = (source: string): string[] =>
      faultsOf({
        "rpzmill.yaml": `version: 1\nsources:\n  - {id: phish, from: s, format: csv, ${source}}\nzones: [zone.yaml]\n`,
        "zone.yaml": zoneWith(),
      });
    const all = "dateFormat: dmy, timeZone: Europe/Berlin, confidenceScale: 10, optionalFields: tlp";
    expect(faults(`fields: {tlp: [a, 2]}, ${all}`)).toEqual([]);
    expect(faults("dateFormat: dmy")).toEqual([
      "rpzmill.yaml:3:39 sources[0].dateFormat: is for sources with fields; say which columns have the facts",
    ]);
    expect(faults("fields: {tlp: a}, dateFormat: ymd")).toEqual([
      'rpzmill.yaml:3:69 sources[0].dateFormat: should be iso, dmy, mdy or excel, but is "ymd"',
    ]);
    expect(faults("fields: {tlp: a}, timeZone: MESZ")).toEqual([
      'rpzmill.yaml:3:67 sources[0].timeZone: "MESZ" is not a time zone such as Europe/Berlin or UTC',
    ]);
    expect(faults("fields: {tlp: a}, confidenceScale: 5")).toEqual([
      "rpzmill.yaml:3:74 sources[0].confidenceScale: should be 1, 10 or 100: what the highest confidence is",
    ]);
    expect(faults("fields: {tlp: a}, optionalFields: [tlp, pap]")).toEqual([
      "rpzmill.yaml:3:79 sources[0].optionalFields[1]: is not in fields, so that nothing of it may be missing",
    ]);
  });

  test.each([
    ["expires", "validUntil"],
    ["orgc", "organisation"],
    ["type", "category"],
    ["firstseen", "firstSeen"],
    ["Valid-Until", "validUntil"],
    ["isRevoked", "revoked"],
  ])("%s where %s is meant", (key, fact) => {
    const main = `version: 1\nsources:\n  - {id: phish, from: s, format: csv, fields: {${key}: x}}\nzones: [zone.yaml]\n`;
    expect(faultsOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith() })).toEqual([
      `rpzmill.yaml:3:48 sources[0].fields.${key}: is not a key here (did you mean "${fact}"?)`,
    ]);
  });

  test("a category that no source has, unless rows have categories of their own", () => {
    const files = (fields: string) => ({
      "rpzmill.yaml": `version: 1\nsources:\n  - {id: phish, from: s, format: csv, fields: ${fields}}\nzones: [zone.yaml]\n`,
      "zone.yaml": zoneWith().replace("sources: [phish]", "categories: [botnet]"),
    });
    expect(faultsOf(files("{tlp: tlp}"))).toEqual([
      'zone.yaml:3:21 take.categories[0]: "botnet" is no category that a source has',
    ]);
    expect(faultsOf(files("{category: type}"))).toEqual([]);
  });

  const mainCases: readonly [string, string, readonly string[]][] = [
    ["an unknown key", "stat: here\n", ['rpzmill.yaml:5:1 stat: is not a key here (did you mean "state"?)']],
    [
      "an unknown key far from all known ones",
      "portal: here\n",
      [
        "rpzmill.yaml:5:1 portal: is not a key here; known are version, state, historyDays, server, fetch, keys, sources, allow, guards, zones",
      ],
    ],
    [
      "an allow list for a zone that there is not",
      "allow: [{from: a.txt, zones: [Phishing.rpz.example., phish.rpz.example]}, {from: b.txt, zones: x.example}]\n",
      [
        'rpzmill.yaml:5:54 allow[0].zones[1]: "phish.rpz.example" is no zone\'s apex (did you mean "phishing.rpz.example"?)',
        'rpzmill.yaml:5:96 allow[1].zones: "x.example" is no zone\'s apex',
      ],
    ],
    ["a key without a value", "keys:\n", ["rpzmill.yaml:5:1 keys: should be a list, but is empty"]],
    ["a key twice", "zones: z\n", ["rpzmill.yaml:5:1: this key stands in the mapping already"]],
    ["__proto__ as a key", "server: {__proto__: {a: 1}}\n", ['rpzmill.yaml:5:10: no key may be called "__proto__"']],
    [
      "a key without a secret",
      "keys: [{name: k}]\n",
      ["rpzmill.yaml:5:8 keys[0]: has no secret; give it a secretFile or a secretEnv"],
    ],
    [
      "a key with two secrets",
      "keys: [{name: k, secretEnv: K, secretFile: k.key}]\n",
      [
        'rpzmill.yaml:5:44 keys[0].secretFile: "k.key" cannot be read: ENOENT',
        "rpzmill.yaml:5:18 keys[0].secretEnv: cannot stand beside secretFile",
      ].reverse(),
    ],
    [
      "a limit under both of its names",
      "allow: [{from: own.txt, limit: {percent: 1}, guard: {percent: 2}}]\n",
      ["rpzmill.yaml:5:46 allow[0].guard: is the old name of limit, which stands here too; keep one"],
    ],
    [
      "a variable that is not set",
      "keys: [{name: k, secretEnv: K}]\n",
      ["rpzmill.yaml:5:29 keys[0].secretEnv: the variable K is not set"],
    ],
    [
      "a column for a format without columns",
      "allow: [{from: a.txt, column: 2}]\n",
      ["rpzmill.yaml:5:23 allow[0].column: is for format csv and json only; set the format"],
    ],
    [
      "a column number for json",
      "allow: [{from: a.json, format: json, column: 2}]\n",
      ["rpzmill.yaml:5:46 allow[0].column: should be the name of a field where the format is json"],
    ],
    [
      "a value of where that YAML takes for something else than text",
      "allow: [{from: a.csv, format: csv, where: {legitimate: false}}]\n",
      ["rpzmill.yaml:5:56 allow[0].where.legitimate: should be text, but is false"],
    ],
    [
      "names that every object has or an action reads otherwise",
      "allow: [{id: constructor, from: a.txt}]\n",
      ['rpzmill.yaml:5:14 allow[0].id: "constructor" cannot be told from a part of the program; choose another'],
    ],
    ["an empty list", "server: {listen: []}\n", ["rpzmill.yaml:5:18 server.listen: should have at least 1 entry"]],
    [
      "an address to listen on twice",
      'server: {listen: ["127.0.0.1:53", "127.0.0.1:53"]}\n',
      ['rpzmill.yaml:5:35 server.listen[1]: "127.0.0.1:53" is there already, at line 5'],
    ],
  ];
  test.each(mainCases)("in the main file: %s", (_, lines, faults) => {
    expect(faultsOf({ "rpzmill.yaml": mainWith(lines), "zone.yaml": zoneWith() })).toEqual(faults);
  });

  const zoneCases: readonly [string, string, readonly string[]][] = [
    [
      "an unknown key of local data",
      "action: {cnam: x.example}",
      [
        'action.cnam: "cnam" is no category that a source has (did you mean "cname"?)',
        "action: has no default; say what happens to categories that it does not name",
        'action.cnam: should be nxdomain, nodata, passthru, drop or tcp-only, but is "x.example"',
      ],
    ],
    [
      "an unknown key beside known ones",
      "action: {a: 192.0.2.1, aaa: '::1'}",
      ['action.aaa: is not a key here (did you mean "aaaa"?)'],
    ],
    [
      "a category that no source has",
      "action: {default: drop, phising: nodata}",
      ['action.phising: "phising" is no category that a source has (did you mean "phishing"?)'],
    ],
    [
      "records beside a CNAME",
      "action: {a: 192.0.2.1, cname: x.example}",
      ["action.cname: cannot stand beside other records (RFC 1034 3.6.2)"],
    ],
    [
      "a fault inside an action per category",
      "action: {default: drop, phishing: {a: 192.0.2.256}}",
      ['action.phishing.a: "192.0.2.256" is not an IPv4 address'],
    ],
    [
      "an empty object as the action",
      "action: {}",
      ["action: says nothing; give it at least one of a, aaaa, cname and txt"],
    ],
    [
      "a CNAME that means an action",
      "action: {cname: rpz-drop.}",
      [
        'action.cname: "rpz-drop." is how a zone writes an action of its own; name the action (nxdomain, nodata, passthru, drop, tcp-only)',
      ],
    ],
    [
      "the root as a CNAME",
      "action: {cname: .}",
      ['action.cname: "." is how a zone writes nxdomain; name that action instead'],
    ],
    [
      "a wildcard inside a CNAME",
      "action: {cname: x.*.example}",
      [
        'action.cname: "x.*.example" is not a host name: the label "*" has other than letters, digits, "-" and "_" inside',
      ],
    ],
    ["one address twice", "action: {aaaa: ['2001:db8::1', '2001:DB8:0::1']}", ["action.aaaa: has one record twice"]],
    [
      "a text of 256 octets",
      `action: {txt: ${"é".repeat(128)}}`,
      ["action.txt: has more than the 255 octets of a TXT string"],
    ],
  ];
  test.each(zoneCases)("in a zone's action: %s", (_, line, faults) => {
    const found = faultsOf({ "rpzmill.yaml": mainWith(), "zone.yaml": zoneWith().replace("action: nxdomain", line) });
    expect(found.map((text) => text.replace(/^zone.yaml:4:\d+ /, "")).toSorted()).toEqual([...faults].toSorted());
  });

  const valueCases: readonly [string, string, string][] = [
    [
      "an apex in the alphabet of its language",
      "apex: bücher.example",
      'apex: "bücher.example" is not a domain name: not-ascii (write "xn--bcher-kva.example")',
    ],
    ["the root as the apex", "apex: .", "apex: the root is not a name that can stand here"],
    ["a path as the apex", "apex: ../../etc/x", 'apex: "../../etc/x" is not a domain name: empty-label'],
    ["a take of nothing", "take: {minConfidence: 5}", "take: takes nothing; name sources or categories"],
    ["a take of an empty list", "take: {sources: []}", "take.sources: should have at least 1 entry"],
    ["a source twice", "take: {sources: [phish, phish]}", 'take.sources[1]: "phish" is there already, at line 3'],
  ];
  test.each(valueCases)("in a zone: %s", (_, line, fault) => {
    const key = line.split(":", 1)[0] ?? "";
    const zone = zoneWith().replace(new RegExp(`^${key}:.*$`, "m"), line);
    const found = faultsOf({ "rpzmill.yaml": mainWith(), "zone.yaml": zone });
    expect(found.map((text) => text.replace(/^zone.yaml:\d+:\d+ /, ""))).toEqual([fault]);
  });

  test.each(["cname", "default", "constructor"])("a category that an action would read otherwise: %s", (category) => {
    const main = mainWith().replace("category: phishing", `category: ${category}`);
    expect(faultsOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith() })).toEqual([
      `rpzmill.yaml:3:44 sources[0].category: "${category}" is a word that a zone's action reads otherwise; choose another`,
    ]);
  });

  test("a listener on an IPv4 address in IPv6 form", () => {
    const main = mainWith('server: {listen: ["[::ffff:127.0.0.1]:5354"]}\n');
    expect(faultsOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith() })).toEqual([
      'rpzmill.yaml:5:19 server.listen[0]: "[::ffff:127.0.0.1]:5354" is an IPv4 address in IPv6 form (write "127.0.0.1:5354")',
    ]);
  });

  const moreCases: readonly [string, string, string][] = [
    ["a key that no one gave", "transfer: [{key: isp-b}]", 'transfer[0].key: "isp-b" is no key of the main file'],
    [
      "an entry that allows no one",
      "transfer: [{}]",
      "transfer[0]: allows no one; give it an address, a key or a tlsName",
    ],
    [
      "a prefix that is too long",
      "transfer: [{address: 192.0.2.0/33}]",
      'transfer[0].address: "192.0.2.0/33" is not an address prefix such as 192.0.2.0/24 or 2001:db8::/32',
    ],
    [
      "a prefix with host bits",
      'transfer: [{address: "2001:db8::1/32"}]',
      'transfer[0].address: "2001:db8::1/32" has bits set beyond its prefix length (write "2001:db8::/32")',
    ],
    [
      "an IPv4 address in IPv6 form, as no client has",
      'transfer: [{address: "::ffff:192.0.2.1/128"}]',
      'transfer[0].address: "::ffff:192.0.2.1/128" is an IPv4 address in IPv6 form, which matches no client (write "192.0.2.1/32")',
    ],
    [
      "an IPv4 prefix in IPv6 form",
      'transfer: [{address: "::FFFF:c000:200/120"}]',
      'transfer[0].address: "::FFFF:c000:200/120" is an IPv4 address in IPv6 form, which matches no client (write "192.0.2.0/24")',
    ],
    [
      "a name server in the zone",
      "ns: ns.phishing.rpz.example",
      'ns: "ns.phishing.rpz.example" lies in the zone itself, which holds no addresses; name one outside',
    ],
    [
      "a mail address as rname",
      "soa: {rname: a.b@example.net}",
      'soa.rname: "a.b@example.net" is a mail address; the SOA wants it as a name (write "a\\.b.example.net")',
    ],
    ["a TTL beyond 31 bits", "ttl: 2147483648", "ttl: should be at most 2147483647, but is 2147483648"],
    ["a word for true", "file: yes", 'file: should be true or false, but is "yes"'],
  ];
  test.each(moreCases)("in a zone: %s", (_, line, fault) => {
    const found = faultsOf({ "rpzmill.yaml": mainWith(), "zone.yaml": zoneWith(line) });
    expect(found.map((text) => text.replace(/^zone.yaml:5:\d+ /, ""))).toEqual([fault]);
  });

  test("an apex whose rules would not fit", () => {
    const fits = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(62)}.example`;
    const long = fits.replace("c", "cc");
    const files = (apex: string) => ({
      "rpzmill.yaml": mainWith(),
      "zone.yaml": zoneWith().replace("phishing.rpz.example", apex),
    });
    expect(faultsOf(files(fits))).toEqual([]);
    expect(faultsOf(files(long))[0]).toContain("is too long for an apex: 201 octets of at most 200");
  });

  test("two zones of one apex, naming both files, letter case aside", () => {
    expect(
      faultsOf({
        "rpzmill.yaml": mainWith().replace("[zone.yaml]", "[zone.yaml, other.yaml]"),
        "zone.yaml": zoneWith(),
        "other.yaml": zoneWith().replace("phishing.rpz", "Phishing.RPZ"),
      }),
    ).toEqual([
      'other.yaml:2:7 apex: "Phishing.RPZ.example" is the apex of another zone already, in "zone.yaml" line 2',
    ]);
  });
});
