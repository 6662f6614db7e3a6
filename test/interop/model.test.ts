/** The model of how resolvers choose a rule, held against the resolvers themselves. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shownFor } from "../mill/entries.ts";
import { isGuarded, leftOf } from "../mill/guard-model.ts";
import { merged, namesToAsk, type World, worldOf } from "../mill/guard-worlds.ts";
import { answerOf, knownCases } from "../model/known-cases.ts";
import { modelOf } from "../model/resolver-model.ts";
import { queryNames, ruleSets } from "../model/rule-sets.ts";
import { type Action, type Rules, zoneFile } from "../model/rules.ts";
import { ask, askAll } from "./harness/dns-client.ts";
import { havePrograms } from "./harness/programs.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { resolverKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import { startKnotPrimary } from "./primaries/knot-primary.ts";
import type { Primary } from "./primaries/primary.ts";
import { observe, visible } from "./verdicts.ts";

const apex = "rpz.example";

/** Random rule sets, each under second-level names of its own, so that one zone holds them all side by side. */
const randomSets = Array.from({ length: 60 }, (_, i) => {
  const bases: [string, string] = [`s${i}.example`, `s${i}.test`];
  const [rules] = fc.sample(ruleSets(bases), { seed: 5000 + i, numRuns: 1 }) as [Rules];
  return { rules, names: queryNames(bases, rules) };
});

/** What the merge makes of random sources with guards, each world under a top-level name of its own. */
const guardedWorlds = Array.from({ length: 40 }, (_, i) => {
  const names = fc
    .array(fc.constantFrom("a", "bb", "c"), { minLength: 1, maxLength: 4, size: "max" })
    .map((labels) => [...labels, `g${i}`].join("."));
  const [world] = fc.sample(worldOf(names), { seed: 8000 + i, numRuns: 1 }) as [World];
  const left = world.sources.map((source, j) => leftOf(source, world.guards, world.overrides[j]));
  const overridden = new Set(world.overrides.slice(0, world.sources.length).flat());
  const guards = world.guards.filter(({ id }) => !overridden.has(id));
  const asked = [...namesToAsk(world)].map((name) => ({
    name,
    meant: visible(shownFor(left, world.allow, name)),
    isGuarded: guards.some((guard) => isGuarded(guard, name)),
  }));
  return { rules: merged(world).rules(), asked };
});

/** Actions that show in more than the answer to one A query. */
const actionRules: Rules = new Map<string, Action>([
  ["local.example", { a: "192.0.2.1" }],
  ["drop.example", "drop"],
  ["tcp.example", "tcp-only"],
  ["gone.example", "nxdomain"],
]);

const zone: Rules = new Map<string, Action>([
  ...randomSets.flatMap(({ rules }) => [...rules]),
  ...guardedWorlds.flatMap(({ rules }) => [...rules]),
  ...knownCases.flatMap(({ rules }) => [...rules]),
  ...actionRules,
]);

for (const kind of resolverKinds) {
  const programs = kind.transfers ? [...kind.programs, "knotd" as const, "knotc" as const] : kind.programs;
  describe.skipIf(!havePrograms(...programs))(`${kind.name} answers as its model`, () => {
    let upstream: Upstream;
    let primary: Primary | undefined;
    let peer: Peer;
    let directory: string;

    beforeAll(async () => {
      upstream = await startUpstream();
      directory = mkdtempSync(join(tmpdir(), "rpzmill-zone-"));
      const file = join(directory, "policy.zone");
      writeFileSync(file, zoneFile(apex, 1, zone));
      if (kind.transfers) primary = await startKnotPrimary({ apex, rules: zone });
      // A resolver that reads the file never asks the primary.
      const from = primary?.endpoint ?? upstream.endpoint;
      peer = await kind.start({ zones: [{ apex, primary: from, file }], upstream: upstream.endpoint });
    });

    afterAll(async () => {
      await peer?.stop();
      await primary?.stop();
      await upstream?.stop();
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    });

    test("on every name of random rule sets", async () => {
      const asked = randomSets.flatMap(({ rules, names }) => names.map((name) => ({ name, rules })));
      const replies = await askAll(
        peer.endpoint,
        asked.map(({ name }) => ({ name, type: "A" })),
      );
      const differences = asked.flatMap(({ name, rules }, i) => {
        const got = observe(replies[i] ?? "silence");
        const expected = visible(modelOf[kind.name](rules, name));
        return got === expected ? [] : [{ name, got, expected, rules: [...rules] }];
      });
      expect(differences).toEqual([]);
      // Guards the test itself: the sets must lead to blocks, exceptions and untouched names in good number.
      expect(new Set(replies.map(observe)).size).toBeGreaterThan(4);
      expect(asked.length).toBeGreaterThan(4000);
    });

    test("in zones with guards as they mean it, and never a block for a guarded name", async () => {
      const asked = guardedWorlds.flatMap((world) => world.asked);
      const replies = await askAll(
        peer.endpoint,
        asked.map(({ name }) => ({ name, type: "A" })),
      );
      const differences = asked.flatMap(({ name, meant, isGuarded }, i) => {
        const got = observe(replies[i] ?? "silence");
        return got === meant && (!isGuarded || got === "untouched") ? [] : [{ name, got, meant, isGuarded }];
      });
      expect(differences).toEqual([]);
      // Guards the test itself.
      expect(asked.filter((one) => one.isGuarded).length).toBeGreaterThan(200);
      expect(asked.filter(({ meant }) => meant !== "untouched").length).toBeGreaterThan(200);
    });

    test.each(knownCases)("$title", async ({ answers }) => {
      const names = [...answers.keys()];
      const replies = await askAll(
        peer.endpoint,
        names.map((name) => ({ name, type: "A" })),
      );
      const got = names.map((name, i) => [name, observe(replies[i] ?? "silence")]);
      expect(got).toEqual([...answers].map(([name, answer]) => [name, visible(answerOf(kind.name, answer))]));
    });

    test("local data of one type answers another type with NODATA", async () => {
      expect(await peer.query("local.example", "AAAA")).toMatchObject({ rcode: "NOERROR", answers: [] });
    });

    test("a block answers every type and letter case", async () => {
      expect(await peer.query("gone.example", "TXT")).toMatchObject({ rcode: "NXDOMAIN" });
      expect(await peer.query("GONE.Example", "A")).toMatchObject({ rcode: "NXDOMAIN" });
    });

    test("drop is silence, which Knot Resolver tells as SERVFAIL", async () => {
      const reply = await ask(peer.endpoint, { name: "drop.example", type: "A" }, { timeoutMs: 1000, attempts: 1 });
      expect(observe(reply)).toBe(kind.name === "Knot Resolver" ? "odd: SERVFAIL" : "drop");
    });
  });
}
