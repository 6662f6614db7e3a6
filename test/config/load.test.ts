import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { computedGuards } from "../../src/guard/computed.ts";
import { folderOf, mainWith, zoneWith } from "./folder.ts";

const secret = Buffer.from("0123456789abcdef0123456789abcdef").toString("base64");

function load(main: string, zone: string, env: Record<string, string> = {}) {
  const folder = folderOf({ "rpzmill.yaml": main, "zone.yaml": zone });
  return { folder, config: loadConfig(join(folder, "rpzmill.yaml"), { env }) };
}

describe("a configuration without a fault", () => {
  test("fills in every default", () => {
    const { folder, config } = load(mainWith(), zoneWith());
    expect(config).toEqual({
      file: join(folder, "rpzmill.yaml"),
      stateDir: join(folder, "var"),
      databaseFile: join(folder, "var/rpzmill.db"),
      zoneDir: join(folder, "var/zones"),
      historySeconds: 400 * 86_400,
      server: {
        listen: [
          { address: "127.0.0.1", port: 5354 },
          { address: "::1", port: 5354 },
        ],
        limits: {},
      },
      fetchesMax: 8,
      keys: [],
      keyFiles: [],
      sources: [
        {
          id: "phish",
          from: join(folder, "phish.txt"),
          format: "auto",
          where: {},
          wildcard: "subtree",
          limit: { percent: 50, entries: 1000 },
          expandedBytesMax: 4294967296,
          category: "phishing",
          confidence: 50,
          tlp: "clear",
          pap: "clear",
          localData: "block",
          unknownTld: "keep",
          trust: "automatic",
          allowPublicSuffix: false,
          overrideGuards: [],
        },
      ],
      allow: [],
      guards: [...builtInGuards, ...computedGuards(config.zones).map((guard) => ({ ...guard, builtIn: true }))],
      zones: [
        {
          definedIn: join(folder, "zone.yaml"),
          apex: "phishing.rpz.example",
          take: {
            sources: ["phish"],
            categories: [],
            minConfidence: 0,
            audience: "others",
            maxTlp: "amber",
            maxPap: "green",
            triggers: ["qname", "response-ip"],
          },
          action: { default: "nxdomain", byCategory: {} },
          ttl: 30,
          soa: {
            mname: "localhost",
            rname: "hostmaster.phishing.rpz.example",
            refresh: 60,
            retry: 30,
            expire: 2592000,
            minimum: 30,
          },
          ns: ["localhost"],
          transfer: [],
          file: false,
          keep: { versions: 100, seconds: 604800 },
          limit: { percent: 50, rules: 5000 },
        },
      ],
      warnings: [
        {
          file: join(folder, "zone.yaml"),
          line: 2,
          column: 7,
          key: "apex",
          message: "no one may transfer this zone and it writes no file, so nothing can use it",
        },
      ],
    });
  });

  test("reads what the example of the contract says", () => {
    const folder = folderOf({
      "rpzmill.yaml": `version: 1
state: /var/lib/rpzmill
server:
  listen: ["127.0.0.1:5354", "[::1]:5354"]
keys:
  - {name: ISP-A., algorithm: hmac-sha256, secretFile: keys/isp-a.key}
sources:
  - {id: phish, format: domains, from: lists/phish.txt, category: phishing, confidence: 80, scope: subtree}
allow:
  - {from: lists/allow.txt, scope: subtree}
zones: zones
`,
      "keys/isp-a.key": `${secret}\n`,
      "zones/phishing.yaml": `version: 1
apex: Phishing.RPZ.example.
take: {sources: [phish]}
action: {default: nxdomain, phishing: {cname: garden.example.net}}
ttl: 300
soa: {mname: localhost, rname: hostmaster.rpz.example, refresh: 60, retry: 30, expire: 2592000, minimum: 60}
ns: [localhost]
transfer: [{address: 127.0.0.1/32}, {address: "::1/128"}, {key: isp-a}]
file: true
`,
      "zones/README.md": "not a zone",
    });
    const config = loadConfig(join(folder, "rpzmill.yaml"));
    expect(config.databaseFile).toBe("/var/lib/rpzmill/rpzmill.db");
    expect(config.keys[0]).toMatchObject({ name: "isp-a", algorithm: "hmac-sha256" });
    expect(config.keyFiles).toEqual([join(folder, "keys/isp-a.key")]);
    expect(Buffer.from(config.keys[0]?.secret ?? []).toString("base64")).toBe(secret);
    expect(config.sources[0]).toMatchObject({
      confidence: 80,
      scope: "subtree",
      from: join(folder, "lists/phish.txt"),
    });
    expect(config.allow[0]).toMatchObject({ id: "allow:1", scope: "subtree", format: "domains" });
    expect(config.zones).toHaveLength(1);
    expect(config.zones[0]).toMatchObject({
      apex: "phishing.rpz.example",
      action: { default: "nxdomain", byCategory: { phishing: { cname: "garden.example.net" } } },
      transfer: [{ address: "127.0.0.1/32" }, { address: "::1/128" }, { key: "isp-a" }],
      soa: { rname: "hostmaster.rpz.example" },
    });
  });

  test("reads zone files of a directory once each, in the order of their names", () => {
    const folder = folderOf({
      "rpzmill.yaml": mainWith().replace("[zone.yaml]", "[zones, zones/b.yml]"),
      "zones/c.yaml": zoneWith().replace("phishing.rpz", "c"),
      "zones/b.yml": zoneWith().replace("phishing.rpz", "b"),
      "zones/deeper/a.yaml": "not read",
    });
    expect(loadConfig(join(folder, "rpzmill.yaml")).zones.map(({ apex }) => apex)).toEqual(["b.example", "c.example"]);
  });

  test("is frozen in depth", () => {
    const { config } = load(mainWith(), zoneWith());
    expect(() => Object.assign(config.zones[0]?.take ?? {}, { minConfidence: 99 })).toThrow(TypeError);
    expect(() => (config.sources as unknown[]).push({})).toThrow(TypeError);
  });

  test("gives zones of plain JSON values", () => {
    const { config } = load(mainWith(), zoneWith("transfer: [{address: 192.0.2.0/24}]"));
    expect(JSON.parse(JSON.stringify(config.zones))).toEqual(config.zones);
  });

  test("keeps secrets out of what is printed", () => {
    const { config } = load(mainWith("keys: [{name: k, secretEnv: K}]\n"), zoneWith(), { K: secret });
    expect(config.keys[0]?.secret).toHaveLength(32);
    expect(JSON.stringify(config)).not.toContain("secret");
    expect(inspect(config, { depth: 9 })).not.toContain("secret");
  });
});

test("warns of what is allowed but unwise", () => {
  const folder = folderOf({
    "rpzmill.yaml": mainWith("keys: [{name: k, secretFile: k.key}]\n").replace(
      "zones:",
      "  - {id: idle, from: idle.txt, category: idle, guard: {percent: 20}}\nzones:",
    ),
    "zone.yaml": zoneWith("transfer: [{address: 0.0.0.0/0}]\nsoa: {expire: 70}\n"),
    "k.key": secret,
  });
  expect(
    loadConfig(join(folder, "rpzmill.yaml")).warnings.map(({ line, key, message }) => [line, key, message]),
  ).toEqual([
    [6, "keys[0].secretFile", `"${folder}/k.key" can be read by other users; take that right away with chmod 600`],
    [4, "sources[1].id", 'no zone takes "idle" or its category'],
    [4, "sources[1].guard", "`guard` is called `limit` now; it still counts"],
    [5, "transfer[0].address", "anyone who reaches the server may transfer this zone"],
    [6, "soa.expire", "secondaries drop the zone before their first retry has passed"],
  ]);
});

test("warns of a limit that means nothing for an allow list", () => {
  const allow =
    "allow: [{from: a.txt, limit: {entries: 5}}, {from: b.txt, guard: {entries: 5}}, {from: c.txt, limit: {percent: 5}}]\n";
  const folder = folderOf({ "rpzmill.yaml": mainWith(allow), "zone.yaml": zoneWith("file: true\n") });
  const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
  const message = "has no meaning for an allow list: names on it are held by `percent`, however few";
  expect(warnings.filter(({ key }) => key?.endsWith(".entries"))).toMatchObject([
    { key: "allow[0].limit.entries", message },
    { key: "allow[1].guard.entries", message },
  ]);
});

test("warns of markings where nothing says what an entry without one counts as", () => {
  const sources = [
    "  - {id: a, from: a, format: csv, fields: {tlp: [t, u], pap: p, category: c}}",
    "  - {id: b, from: b, format: csv, tlp: clear, pap: AMBER, fields: {tlp: t, pap: p}}",
    "  - {id: c, from: c, format: csv, fields: {category: c}}",
  ].join("\n");
  const folder = folderOf({
    "rpzmill.yaml": `version: 1\nsources:\n${sources}\nzones: [zone.yaml]\n`,
    "zone.yaml": zoneWith("file: true\n").replace("[phish]", "[a, b, c]"),
  });
  const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
  expect(warnings.map(({ line, key, message }) => [line, key, message])).toEqual([
    [
      3,
      "sources[0].fields.tlp",
      "an entry without a marking counts as clear, which anybody may have: say `tlp: amber` beside `fields` where that may be wrong, or `tlp: clear` where it is right",
    ],
    [
      3,
      "sources[0].fields.pap",
      "an entry without a marking counts as clear, which may be blocked anywhere: say `pap: amber` beside `fields` where that may be wrong, or `pap: clear` where it is right",
    ],
  ]);
});

test.each([
  ["white", "clear"],
  ["AMBER+STRICT", "amber+strict"],
  ["TLP:Red", "red"],
])("reads the level %s as lists do", (written, level) => {
  const main = mainWith().replace("id: phish,", `id: phish, tlp: "${written}", pap: White,`);
  const { config } = load(main, zoneWith().replace("[phish]", `[phish], maxTlp: "${written}", maxPap: PAP:GREEN`));
  expect(config.sources[0]).toMatchObject({ tlp: level, pap: "clear" });
  expect(config.zones[0]?.take).toMatchObject({ maxTlp: level, maxPap: "green" });
});

describe("what a zone may know", () => {
  const takeOf = (more: string) =>
    load(mainWith(), zoneWith().replace("{sources: [phish]}", `{sources: [phish]${more}}`)).config.zones[0]?.take;

  test.each<[string, object]>([
    ["", { audience: "others", maxTlp: "amber", maxPap: "green" }],
    [", audience: own", { audience: "own", maxTlp: "red", maxPap: "green" }],
    [", audience: own, maxTlp: green", { audience: "own", maxTlp: "green" }],
    [", maxTlp: amber+strict, maxPap: red", { audience: "others", maxTlp: "amber+strict", maxPap: "red" }],
  ])("follows from its audience unless it says more: %j", (more, take) => {
    expect(takeOf(more)).toMatchObject(take);
  });

  test("is warned of where it takes nothing of a source that it names, or more than its audience should know", () => {
    const sources = [
      "  - {id: open, from: a, tlp: green}",
      "  - {id: secret, from: b, tlp: red}",
      "  - {id: mixed, from: c, format: csv, tlp: red, fields: {tlp: marking}}",
      "  - {id: passive, from: d, pap: amber}",
      "  - {id: doubtful, from: e, confidence: 10}",
    ].join("\n");
    const take = "sources: [open, secret, mixed, passive, doubtful], minConfidence: 20";
    const notesWith = (more: string) => {
      const folder = folderOf({
        "rpzmill.yaml": `version: 1\nsources:\n${sources}\nzones: [zone.yaml]\n`,
        "zone.yaml": zoneWith("file: true\n").replace("{sources: [phish]}", `{${take}${more}}`),
      });
      return loadConfig(join(folder, "rpzmill.yaml")).warnings.map(({ key, message }) => [key, message]);
    };
    const others = [
      ["take.sources[3]", 'takes nothing of "passive": its pap is amber, and maxPap green'],
      ["take.sources[4]", 'takes nothing of "doubtful": its confidence is 10, and minConfidence 20'],
    ];
    expect(notesWith("")).toEqual([
      ["take.sources[1]", 'takes nothing of "secret": its tlp is red, and maxTlp amber'],
      ...others,
    ]);
    expect(notesWith(", audience: own")).toEqual(others);
    expect(notesWith(", maxTlp: red")).toEqual([
      ...others,
      ["take.maxTlp", "whoever may query the resolvers can find out the names in this zone, also those marked red"],
    ]);
  });
});

test("warns of listeners that cannot choose the address they answer from", () => {
  const listen = '["127.0.0.1:5354", "0.0.0.0:53", "[0:0::0]:53"]';
  const folder = folderOf({
    "rpzmill.yaml": mainWith(`server: {listen: ${listen}}\n`),
    "zone.yaml": zoneWith("file: true\n"),
  });
  const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
  expect(warnings.map(({ key, message }) => [key, message])).toEqual([
    [
      "server.listen[1]",
      expect.stringMatching(/^"0\.0\.0\.0" answers UDP queries from .*: list the host's addresses$/),
    ],
    ["server.listen[2]", expect.stringMatching(/^"0:0::0" answers UDP queries from .*: list the host's addresses$/)],
  ]);
});

describe("files that are no configuration", () => {
  test.each<[string, string | Uint8Array, string, string]>([
    ["an empty file", "", "CONFIG_INVALID", "should be a mapping of keys to values, but is empty"],
    ["YAML that does not parse", "version: 1\n  state: [", "CONFIG_SYNTAX", ""],
    ["bytes that are not UTF-8", Uint8Array.of(0x61, 0xff), "CONFIG_SYNTAX", "is not UTF-8 text"],
    ["several documents", "version: 1\n---\nversion: 1\n", "CONFIG_SYNTAX", ""],
    [
      "aliases that expand without end",
      `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghij"
        .split("")
        .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(", ")}]\n`)
        .join("")}`,
      "CONFIG_SYNTAX",
      "Excessive alias count",
    ],
    ["brackets nested beyond the stack", "[".repeat(20_000), "CONFIG_SYNTAX", ""],
  ])("%s", (_, text, code, message) => {
    const folder = folderOf({ "rpzmill.yaml": text });
    const error = errorOf(() => loadConfig(join(folder, "rpzmill.yaml")));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test("a missing file, a directory, a missing zone file, an empty directory of zones", () => {
    const folder = folderOf({ "rpzmill.yaml": mainWith().replace("[zone.yaml]", "[none.yaml, empty]"), "empty/x": "" });
    expect(errorOf(() => loadConfig(join(folder, "none.yaml"))).code).toBe("CONFIG_UNREADABLE");
    expect(errorOf(() => loadConfig(folder)).message).toContain("is a directory, not a file");
    const { faults } = errorOf(() => loadConfig(join(folder, "rpzmill.yaml")));
    expect(faults.map(({ code, key }) => [code, key])).toEqual([
      ["CONFIG_UNREADABLE", "zones[0]"],
      ["CONFIG_INVALID", "zones[1]"],
    ]);
  });

  test("secrets that are none, without a word of what they are", () => {
    const secrets = ["hunter2 is my secret", "c2hvcnQ=", ""];
    for (const text of secrets) {
      const folder = folderOf({
        "rpzmill.yaml": mainWith("keys: [{name: k, secretFile: k}]\n"),
        "zone.yaml": zoneWith(),
        k: text,
      });
      const error = errorOf(() => loadConfig(join(folder, "rpzmill.yaml")));
      expect(error.code).toBe("SECRET_UNREADABLE");
      expect(error.faults[0]?.key).toBe("keys[0].secretFile");
      expect(error.message).not.toContain("hunter2");
      expect(error.message).not.toContain("c2hvcnQ");
    }
  });
});

test("a fault reads file, line, column, key and what is wrong, on a line of its own", () => {
  const folder = folderOf({ "rpzmill.yaml": mainWith("stat: x\n"), "zone.yaml": zoneWith() });
  const file = join(folder, "rpzmill.yaml");
  const error = errorOf(() => loadConfig(file));
  expect(error.message).toBe(
    `Cannot use the configuration "${file}": 1 fault\n${file}:5:1: stat: is not a key here (did you mean "state"?)`,
  );
  expect(error.place).toMatchObject({ file, line: 5, column: 1, key: "stat" });
});

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("It should have failed");
}
