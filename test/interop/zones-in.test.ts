/** Policy zones from real primaries, through updates, in and out again, compared record by record. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Action, Rules } from "../model/rules.ts";
import { transferRules } from "./harness/dig.ts";
import { havePrograms } from "./harness/programs.ts";
import { startTap } from "./harness/tap.ts";
import { startBindPrimary } from "./primaries/bind-primary.ts";
import { startKnotPrimary } from "./primaries/knot-primary.ts";
import { startMill } from "./primaries/mill.ts";
import { startNsdPrimary } from "./primaries/nsd-primary.ts";
import type { Primary, StartPrimary } from "./primaries/primary.ts";

const vendor = "vendor.rpz.example";
const ours = "ours.rpz.example";
const key = {
  name: "vendor",
  algorithm: "hmac-sha256",
  secret: Buffer.from("0123456789abcdef0123456789abcdef").toString("base64"),
} as const;

/** A sequence that is the same in each run. */
function pseudoRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const actions: readonly Action[] = ["nxdomain", "nodata", "drop", "tcp-only", { a: "192.0.2.7" }];

/** Owners that cover nothing of each other but for a name and what is beneath it. */
function ownerOf(number: number, kind: number): string {
  const name = `n${number}.t${number % 7}-x_y.example`;
  if (kind === 1) return `32.${number % 250}.2.0.192.rpz-ip`;
  return kind === 2 ? `*.${name}` : name;
}

function changed(rules: Rules, count: number, random: (below: number) => number): Rules {
  const next = new Map(rules);
  for (let i = 0; i < count; i++) {
    const owner = ownerOf(random(900), random(3));
    if (random(3) === 0) next.delete(owner);
    else next.set(owner, actions[random(actions.length)] as Action);
  }
  return next;
}

/** Owners with their type alone: what a rule does is our zone's affair. Names beneath a blocked one are covered by it. */
const ownersOf = (lines: readonly string[] | undefined, apex: string): string[] =>
  [...new Set((lines ?? []).map((line) => line.split(" ", 1)[0]?.replace(`.${apex}.`, "") ?? ""))].toSorted();

function files({ endpoint, key: used }: Primary) {
  const from = { primary: `${endpoint.address}:${endpoint.port}`, apex: vendor };
  return {
    "rpzmill.yaml": {
      version: 1,
      guards: "none",
      ...(used === undefined ? {} : { keys: [{ name: used.name, secretFile: "keys/vendor" }] }),
      sources: [{ id: "vendor", format: "rpz", category: "malware", ...from, ...(used && { key: used.name }) }],
      zones: ["zone.yaml"],
    },
    "zone.yaml": {
      version: 1,
      apex: ours,
      action: { default: "nxdomain" },
      take: { categories: ["malware"], triggers: ["qname", "response-ip"] },
      transfer: [{ address: "127.0.0.1/32" }],
    },
    ...(used === undefined ? {} : { "keys/vendor": used.secret }),
  };
}

const primaries: [string, StartPrimary, boolean][] = [
  ["BIND", startBindPrimary, havePrograms("named", "nsupdate", "dig")],
  ["Knot DNS", startKnotPrimary, havePrograms("knotd", "knotc", "dig")],
  ["NSD", startNsdPrimary, havePrograms("nsd", "nsd-control", "dig")],
];

describe.each(primaries)("a policy zone from %s", (_, start, isInstalled) => {
  test.runIf(isInstalled).each([
    ["without a key", undefined],
    ["with a key", key],
  ])("comes in and goes out again through changes, %s", async (_how, used) => {
    const random = pseudoRandom(used === undefined ? 1 : 2);
    let rules = changed(new Map(), 1500, random);
    const primary = await start({ apex: vendor, rules, ...(used === undefined ? {} : { key: used }) });
    onTestFinished(() => primary.stop());
    const tap = await startTap(primary.endpoint);
    onTestFinished(() => tap.stop());
    const mill = await startMill(files({ ...primary, endpoint: tap.endpoint }));
    onTestFinished(() => mill.stop());
    const expectSame = async (): Promise<void> => {
      const theirs = ownersOf(await transferRules(primary.endpoint, vendor, used), vendor);
      expect(theirs.length).toBeGreaterThan(500);
      expect(ownersOf(await transferRules(mill.endpoint, ours), ours)).toEqual(theirs);
    };
    await expectSame();
    for (const count of [1, 20, 300, 1]) {
      rules = changed(rules, count, random);
      await primary.publish(rules);
      await mill.publish({});
      await expectSame();
    }
    const signed = used !== undefined;
    const differences = { asked: "IXFR", signed, got: "differences" };
    expect(tap.transfers()).toEqual([{ asked: "AXFR", signed, got: "full" }, ...new Array(4).fill(differences)]);
    await mill.publish({});
    expect(tap.transfers()).toHaveLength(5);
  });
});
