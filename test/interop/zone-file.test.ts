/** rpzmill's zone files: every reader loads them without a word, and they hold what a transfer brings, to the octet. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transferText } from "./harness/dig.ts";
import { havePrograms } from "./harness/programs.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { compiledRecords, kzonecheck, ldnsReadZone, namedCheckzone } from "./harness/zone-tools.ts";
import { startKnotResolver } from "./peers/knot-resolver.ts";
import type { Peer } from "./peers/peer.ts";
import { impatientSoa, type Mill, type MillFiles, startMill } from "./primaries/mill.ts";

/** Every kind of action, by category. */
const plainActions = {
  nx: "nxdomain",
  nodata: "nodata",
  drop: "drop",
  tcp: "tcp-only",
  pass: "passthru",
  text: {
    txt: [
      'say "hi"; \\ back',
      "bücher – €",
      "",
      "x".repeat(255),
      "a\tb\nc\u007f",
      " semi;colon (paren) @ $ORIGIN . ",
      "\\097\\",
    ],
  },
};
const aliasActions = { alias: { cname: "garden.example.net" }, mirror: { cname: "*.garden.example.net" } };
const addressActions = {
  four: { a: ["192.0.2.1", "192.0.2.2"] },
  six: { aaaa: ["2001:db8::1", "2001:db8:0:0:1::", "::ffff:192.0.2.1", "::"] },
  both: { a: "192.0.2.3", aaaa: "2001:db8::3", txt: 'why: https://garden.example.net/?a=b&c="d"' },
};

/** Names for a category: with all beneath, in other letters, no host name, and beneath one another. */
function namesOf(category: string, hostNamesOnly: boolean): string[] {
  const hostNames = [
    `${category}.example`,
    `bücher-${category}.example`,
    `例え.${category}.test`,
    `A.B.${category}.Test`,
  ];
  return hostNamesOnly ? hostNames : [...hostNames, `_sip._tcp.${category}.example.com`, `-x-.${category}.example.net`];
}

const addresses = [
  "192.0.2.0/24",
  "203.0.113.9",
  "198.51.100.0/25",
  "2001:db8::/32",
  "2001:db8:1::1",
  "2001:db8:0:0:1:0:0:1",
  "2001:db8:aaaa:bbbb::/64",
];

/** Names as long as they may be under the apex with their wildcard, and one more label or octet each way. */
function longNames(apex: string): string[] {
  const module = 255 - (apex.length + 2) - "*.".length;
  const label = (bytes: number): string => "l".repeat(bytes - 1);
  const longest = [label(64), label(64), label(64), label(module - 192)].join(".");
  return [
    longest,
    `${longest}l`,
    `a.${longest}`,
    Array(Math.floor(module / 2))
      .fill("n")
      .join("."),
    `${"m".repeat(63)}.example`,
  ];
}

function millFiles(apex: string, actions: Record<string, string | object>, lists: Record<string, string[]>): MillFiles {
  const ids = Object.keys(lists);
  return {
    "rpzmill.yaml": {
      version: 1,
      sources: ids.map((id) => ({ id, category: id, format: "domains", scope: "subtree", from: `lists/${id}.txt` })),
      allow: [{ from: "allow.txt" }],
      zones: ["zone.yaml"],
    },
    ...Object.fromEntries(Object.entries(lists).map(([id, lines]) => [`lists/${id}.txt`, lines.join("\n")])),
    "allow.txt": "ok.b.a.nx.example\n192.0.2.7\n",
    "zone.yaml": {
      version: 1,
      apex,
      take: { categories: ids },
      action: { default: "nxdomain", ...actions },
      ns: ["localhost", "ns.example.net"],
      soa: impatientSoa,
      transfer: [{ address: "127.0.0.1/32" }],
      file: true,
    },
  };
}

interface Sample {
  readonly title: string;
  readonly apex: string;
  readonly files: MillFiles;
  /** Named as it starts has to be told to take this file; otherwise it loads without a word. */
  readonly needsCheckNamesOff?: boolean;
  /** Rules that Knot Resolver says it ignores; otherwise it loads without a word. */
  readonly hasAliases?: boolean;
}

function listsOf(actions: object, hostNamesOnly = false): Record<string, string[]> {
  return Object.fromEntries(Object.keys(actions).map((id) => [id, namesOf(id, hostNamesOnly)]));
}

const samples: readonly Sample[] = [
  {
    title: "of plain actions and texts, at any name, and of addresses",
    apex: "rpz.example",
    files: millFiles("rpz.example", plainActions, {
      ...listsOf(plainActions),
      addresses,
      long: longNames("rpz.example"),
    }),
  },
  {
    title: "of addresses in answers",
    apex: "garden.rpz.example",
    files: millFiles("garden.rpz.example", addressActions, { nx: ["nx.example"], ...listsOf(addressActions, true) }),
  },
  {
    title: "of addresses in answers, at names that are no host names",
    apex: "garden.rpz.example",
    files: millFiles("garden.rpz.example", addressActions, { nx: ["nx.example"], ...listsOf(addressActions) }),
    needsCheckNamesOff: true,
  },
  {
    title: "of aliases",
    apex: "xn--bcher-kva.example",
    files: millFiles("xn--bcher-kva.example", aliasActions, { nx: ["nx.example"], ...listsOf(aliasActions) }),
    hasAliases: true,
  },
  {
    title: "of many messages",
    apex: "r",
    files: millFiles(
      "r",
      {},
      {
        many: Array.from(
          { length: 20_000 },
          (_, i) => `${"x".repeat(1 + (i % 57))}${i.toString(36)}.s${i % 97}.example`,
        ),
      },
    ),
  },
];

const tools = ["named-checkzone", "named-compilezone", "kzonecheck", "ldns-read-zone", "kresd", "dig"] as const;

describe.skipIf(!havePrograms(...tools))("a zone file", () => {
  describe.each(samples)("$title", ({ apex, files, needsCheckNamesOff = false, hasAliases = false }) => {
    let directory: string;
    let mill: Mill;
    let file: string;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), "rpzmill-zone-file-"));
      mill = await startMill(files);
      file = mill.zoneFile(apex);
    });

    afterAll(async () => {
      await mill?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("is plain lines of printable ASCII with the two directives at its top", () => {
      const text = readFileSync(file, "latin1");
      expect(text).toMatch(/^(?:[ -~]+\n)+$/);
      expect(text.split("\n").filter((line) => line.startsWith("$"))).toEqual([`$ORIGIN ${apex}.`, "$TTL 30"]);
    });

    test("loads without a warning in named-checkzone", async () => {
      const options = needsCheckNamesOff ? ["-k", "ignore"] : ["-k", "fail"];
      const stdout = `zone ${apex}/IN: loaded serial ${mill.serial(apex)}\nOK\n`;
      expect(await namedCheckzone(apex, file, ...options)).toEqual({ code: 0, stdout, stderr: "" });
      // A BIND primary of such a file needs `check-names primary ignore`; a secondary takes the zone as it is.
      expect(await namedCheckzone(apex, file, "-k", "fail")).toMatchObject({ code: needsCheckNamesOff ? 1 : 0 });
    });

    test("loads without a warning in kzonecheck", async () => {
      expect(await kzonecheck(apex, file)).toEqual({ code: 0, stdout: "", stderr: "" });
    });

    test("loads without a warning in ldns-read-zone", async () => {
      expect(await ldnsReadZone(file)).toMatchObject({ code: 0, stderr: "" });
    });

    test("loads in Knot Resolver, which speaks of aliases alone", async () => {
      const upstream: Upstream = await startUpstream();
      let peer: Peer | undefined;
      try {
        const zones = [{ apex, primary: mill.endpoint, file }];
        peer = await startKnotResolver({ zones, upstream: upstream.endpoint });
        const said = peer
          .log()
          .split("\n")
          .filter((line) => /\[policy\]|RPZ/.test(line));
        const aliases = said.filter((line) =>
          line.endsWith("CNAME with custom target in RPZ is not supported yet (ignored)"),
        );
        expect(said).toEqual(aliases);
        expect(aliases.length > 0).toBe(hasAliases);
      } finally {
        await peer?.stop();
        await upstream.stop();
      }
    });

    test("holds the records that a transfer brings, as BIND and ldns write them", async () => {
      const transferred = join(directory, "transferred.zone");
      writeFileSync(transferred, (await transferText(mill.endpoint, apex)) ?? "");
      expect(await compiledRecords(apex, file)).toEqual(await compiledRecords(apex, transferred));
      const [fromFile, fromTransfer] = [await ldnsReadZone(file), await ldnsReadZone(transferred)];
      expect(fromFile.stdout.split("\n")).toEqual(fromTransfer.stdout.split("\n"));
      const [zone] = mill.outcome().zones;
      expect(fromFile.stdout.trimEnd().split("\n")).toHaveLength(zone?.result?.records ?? 0);
    });

    test("is the same when it is built from nothing again, but for the serial", async () => {
      const again = await startMill(files);
      try {
        const [one, other] = [file, again.zoneFile(apex)].map((path) => readFileSync(path, "latin1"));
        expect(other?.replace(String(again.serial(apex)), "N")).toBe(one?.replace(String(mill.serial(apex)), "N"));
      } finally {
        await again.stop();
      }
    });
  });
});
