/**
 * The resolvers enforce what rpzmill's lists mean: by transfer in BIND, Unbound and PowerDNS, by rpzmill's own zone file
 * in Knot Resolver. Each is held to the same expected verdict for every name, so all four answer alike.
 */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyAncestor } from "../model/resolver-model.ts";
import { queryNames, ruleSets } from "../model/rule-sets.ts";
import type { Action, Rules } from "../model/rules.ts";
import { enforcementActions, enforcementCases, enforcementSources, type ListId } from "./enforcement-cases.ts";
import { ask, askAll } from "./harness/dns-client.ts";
import { havePrograms } from "./harness/programs.ts";
import { startTap, type Tap } from "./harness/tap.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { waitFor } from "./harness/wait.ts";
import { type ResolverKind, resolverKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import { impatientSoa, type Mill, type MillFiles, startMill } from "./primaries/mill.ts";
import { rulesFiles } from "./primaries/rpzmill.ts";
import { observe, type Visible, visible } from "./verdicts.ts";

const namesApex = "names.rpz.example";
const randomApex = "random.rpz.example";
/** Address triggers stand in a zone of their own, last in each resolver. */
const addressesApex = "addresses.rpz.example";
const apexes = [namesApex, randomApex, addressesApex];

/** A random configuration: what sources say, and what an allow list says against it. */
interface RandomSet {
  readonly rules: Rules;
  readonly allow: Rules;
  readonly names: readonly string[];
}

/** The rules of one set, its exceptions left to the sources in one set and given to an allow list in the next. */
function randomSet(i: number, seed: number): RandomSet {
  const bases: [string, string] = [`s${i}.example`, `s${i}.test`];
  const [all] = fc.sample(ruleSets(bases), { seed, numRuns: 1 }) as [Rules];
  const names = queryNames(bases, all);
  if (i % 2 === 0) return { rules: all, allow: new Map(), names };
  const isException = ([, action]: [string, Action]): boolean => action === "passthru";
  const rules = new Map([...all].filter((rule) => !isException(rule)));
  return { rules, allow: new Map([...all].filter(isException)), names };
}

/** What is meant for a name: the most specific statement counts, and an allow entry wins over all of them. */
function meant({ rules, allow }: RandomSet, name: string): Visible {
  return anyAncestor(allow, name) === "none" ? visible(anyAncestor(rules, name)) : "untouched";
}

const setCount = 60;
const firstSets = Array.from({ length: setCount }, (_, i) => randomSet(i, 9000 + i));
/** After the change every third set is another one. */
const changedSets = firstSets.map((set, i) => (i % 3 === 0 ? randomSet(i, 7000 + i) : set));

/** Lists of the written cases. */
function caseFiles(): MillFiles {
  const lists = new Map<ListId, string[]>();
  const add = (id: ListId, lines: readonly string[]): void => {
    lists.set(id, [...(lists.get(id) ?? []), ...lines]);
  };
  for (const { lists: given } of enforcementCases) {
    for (const [id, lines] of Object.entries(given)) add(id as ListId, lines);
  }
  return Object.fromEntries([...lists].map(([id, lines]) => [`lists/${id}.txt`, `${lines.join("\n")}\n`]));
}

const addressLists = {
  addresses: ["192.0.2.64/26", "203.0.113.9", "2001:db8:bad::/48", "2001:db8::99", "2001:db8:0:0:1:0:0:1"],
  "allow-addresses": ["192.0.2.77", "2001:db8:bad::1"],
};

function millFiles(sets: readonly RandomSet[]): MillFiles {
  const random = rulesFiles("random", new Map(sets.flatMap(({ rules }) => [...rules])));
  const allowed = sets.flatMap(({ allow }) => [...allow.keys()].map((owner) => `${owner} CNAME .\n`));
  const zone = {
    version: 1,
    soa: impatientSoa,
    transfer: [{ address: "127.0.0.1/32" }],
    file: true,
  };
  const special = { drop: "drop.example", garden: "garden.example", mirror: "mirror.example" };
  return {
    ...random.lists,
    ...caseFiles(),
    ...Object.fromEntries(Object.entries(special).map(([id, name]) => [`lists/${id}.txt`, `${name}\n`])),
    ...Object.fromEntries(Object.entries(addressLists).map(([id, lines]) => [`lists/${id}.txt`, lines.join("\n")])),
    "lists/allow-random.rpz": allowed.join(""),
    "rpzmill.yaml": {
      version: 1,
      sources: [
        ...random.sources,
        ...Object.entries(enforcementSources).map(([id, source]) => ({
          id,
          category: id,
          from: `lists/${id}.txt`,
          ...source,
        })),
        ...Object.keys(special).map((id) => ({ id, category: id, from: `lists/${id}.txt`, scope: "subtree" })),
        { id: "addresses", format: "domains", category: "addresses", from: "lists/addresses.txt" },
      ],
      allow: [
        { id: "allow-plain", from: "lists/allow-plain.txt" },
        { id: "allow-tree", from: "lists/allow-tree.txt", scope: "subtree" },
        { id: "allow-random", format: "rpz", from: "lists/allow-random.rpz" },
        { id: "allow-addresses", from: "lists/allow-addresses.txt" },
      ],
      zones: ["names.yaml", "random.yaml", "addresses.yaml"],
    },
    "names.yaml": {
      ...zone,
      apex: namesApex,
      take: { sources: [...Object.keys(enforcementSources), ...Object.keys(special)] },
      action: {
        ...enforcementActions,
        drop: "drop",
        garden: { cname: "garden.example.net" },
        mirror: { cname: "*.mirror.example.net" },
      },
    },
    "random.yaml": { ...zone, apex: randomApex, take: { categories: random.categories }, action: random.action },
    "addresses.yaml": { ...zone, apex: addressesApex, take: { sources: ["addresses"] }, action: "nxdomain" },
  };
}

const kinds = resolverKinds.filter(({ programs }) => havePrograms(...programs));
const peers = new Map<ResolverKind["name"], Peer>();
const taps = new Map<ResolverKind["name"], Tap>();
let upstream: Upstream | undefined;
let mill: Mill | undefined;

async function startPeer({ name, transfers, start }: ResolverKind, from: Mill, forwardTo: Upstream): Promise<void> {
  const tap = await startTap(from.endpoint);
  taps.set(name, tap);
  const zones = apexes.map((apex) => ({
    apex,
    primary: tap.endpoint,
    ...(transfers ? {} : { file: from.zoneFile(apex) }),
  }));
  peers.set(name, await start({ zones, upstream: forwardTo.endpoint }));
}

beforeAll(async () => {
  upstream = await startUpstream();
  mill = await startMill(millFiles(firstSets));
  for (const kind of kinds) await startPeer(kind, mill, upstream);
});

afterAll(async () => {
  for (const peer of peers.values()) await peer.stop();
  for (const tap of taps.values()) await tap.stop();
  await mill?.stop();
  await upstream?.stop();
});

function peerOf(name: ResolverKind["name"]): Peer {
  const peer = peers.get(name);
  if (peer === undefined) throw new Error(`${name} is not running`);
  return peer;
}

/** What a resolver shows for each name, in their order. */
async function shown(peer: Peer, names: readonly string[]): Promise<Visible[]> {
  const replies = await askAll(
    peer.endpoint,
    names.map((name) => ({ name, type: "A" })),
  );
  return replies.map(observe);
}

/** Names whose verdict is another than meant, with all that led to it; and the verdicts that there are. */
async function compare(peer: Peer, sets: readonly RandomSet[]) {
  const asked = sets.flatMap((set) => set.names.map((name) => ({ name, set })));
  const got = await shown(
    peer,
    asked.map(({ name }) => name),
  );
  const differences = asked.flatMap(({ name, set }, i) => {
    const expected = meant(set, name);
    return got[i] === expected ? [] : [{ name, got: got[i], expected, rules: [...set.rules], allow: [...set.allow] }];
  });
  return { differences, asked: asked.length, verdicts: new Set(got) };
}

async function expectMeant(peer: Peer, sets: readonly RandomSet[]): Promise<void> {
  const { differences, asked, verdicts } = await compare(peer, sets);
  expect(differences).toEqual([]);
  // Guards the test itself: the sets must lead to many names and to blocks of several kinds.
  expect(asked).toBeGreaterThan(4000);
  expect(verdicts.size).toBeGreaterThan(4);
}

describe.each(kinds)("$name enforces rpzmill's zones", ({ name: kind }) => {
  test.each(enforcementCases)("$title", async ({ answers }) => {
    const names = Object.keys(answers);
    const got = await shown(peerOf(kind), names);
    expect(Object.fromEntries(names.map((name, i) => [name, got[i]]))).toEqual(answers);
  });

  test("as random configurations mean it, for every name", async () => {
    await expectMeant(peerOf(kind), firstSets);
  });

  test("with addresses of its own for each type", async () => {
    expect(await peerOf(kind).query("e9.test", "AAAA")).toMatchObject({ rcode: "NOERROR" });
    expect(await peerOf(kind).query("x.e9.test", "AAAA")).toMatchObject({ answers: [{ data: "2001:db8::80" }] });
    expect(await peerOf(kind).query("x.e9.test", "TXT")).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  // Knot Resolver's rules have no aliases: it passes such a name on.
  test("with an alias where its rules have aliases", async () => {
    const got = await shown(peerOf(kind), ["garden.example", "x.garden.example", "x.mirror.example"]);
    const expected: Visible[] = [
      "cname garden.example.net",
      "cname garden.example.net",
      "cname x.mirror.example.mirror.example.net",
    ];
    expect(got).toEqual(kind === "Knot Resolver" ? ["untouched", "untouched", "untouched"] : expected);
  });

  test("with silence, which Knot Resolver tells as SERVFAIL", async () => {
    for (const name of ["drop.example", "x.drop.example"]) {
      const reply = await ask(peerOf(kind).endpoint, { name, type: "A" }, { timeoutMs: 500, attempts: 1 });
      expect(observe(reply)).toBe(kind === "Knot Resolver" ? "odd: SERVFAIL" : "drop");
    }
  });

  // Knot Resolver has no rules for addresses: it passes them on.
  test("by the addresses that a name has, where its rules have addresses", async () => {
    const names = {
      "ip4-192-0-2-63.example": "a 192.0.2.63",
      "ip4-192-0-2-64.example": "nxdomain",
      "ip4-192-0-2-127.example": "nxdomain",
      "ip4-192-0-2-128.example": "a 192.0.2.128",
      "ip4-192-0-2-77.example": "a 192.0.2.77",
      "ip4-203-0-113-9.example": "nxdomain",
      "ip4-203-0-113-10.example": "a 203.0.113.10",
    };
    const got = await shown(peerOf(kind), Object.keys(names));
    const untouched = Object.keys(names).map((name) => `a ${name.slice(4, name.indexOf(".")).replaceAll("-", ".")}`);
    expect(got).toEqual(kind === "Knot Resolver" ? untouched : Object.values(names));
  });

  test("by the IPv6 addresses that a name has, where its rules have addresses", async () => {
    const names = {
      "ip6-2001-db8-bad--2.example": "NXDOMAIN",
      "ip6-2001-db8-bad-0-ffff--.example": "NXDOMAIN",
      "ip6-2001-db8-bad--1.example": "NOERROR",
      "ip6-2001-db8-bae--.example": "NOERROR",
      "ip6-2001-db8--99.example": "NXDOMAIN",
      "ip6-2001-db8--98.example": "NOERROR",
      // Two runs of zeros of the same length: which of them `zz` stands for has to be everyone's choice.
      "ip6-2001-db8-0-0-1-0-0-1.example": "NXDOMAIN",
      "ip6-2001-db8-0-0-1-0-0-2.example": "NOERROR",
    };
    for (const [name, rcode] of Object.entries(names)) {
      const expected = kind === "Knot Resolver" ? "NOERROR" : rcode;
      expect([name, await peerOf(kind).query(name, "AAAA")]).toMatchObject([name, { rcode: expected }]);
    }
  });
});

describe("after a change", () => {
  beforeAll(async () => {
    await mill?.publish(millFiles(changedSets));
  });

  describe.each(kinds)("$name enforces rpzmill's zones", ({ name: kind, transfers }) => {
    test("as random configurations mean it, for every name", async () => {
      const peer = peerOf(kind);
      for (const apex of apexes) if (transfers) await peer.waitForSerial(apex, mill?.serial(apex) ?? 0);
      // A resolver takes a change in a moment after its serial, name by name; what is wrong for good is told below.
      const settled = async (): Promise<boolean> => (await compare(peer, changedSets)).differences.length === 0;
      await waitFor(settled, { what: `see the change in ${kind}`, deadlineMs: 10_000 }).catch(() => {});
      await expectMeant(peer, changedSets);
    });

    // Knot Resolver reads a file and asks for nothing.
    test("having followed by differences alone", () => {
      const got = taps
        .get(kind)
        ?.transfers()
        .map((transfer) => transfer.got);
      const full = apexes.map(() => "full");
      expect(got).toEqual(transfers ? [...full, "differences"] : []);
    });
  });
});
