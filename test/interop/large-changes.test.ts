/** Changes of rpzmill's zones that differences do not serve, or that touch the apex, as real servers follow them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Action, Rules } from "../model/rules.ts";
import { expectAnswers, expectSameRules } from "./expectations.ts";
import { havePrograms } from "./harness/programs.ts";
import { type SeenTransfer, startTap, type Tap } from "./harness/tap.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { resolverKinds, secondaryKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import { type RpzmillPrimary, startRpzmillPrimary, type ZoneSettings } from "./primaries/rpzmill.ts";

const apex = "rpz.example";

function manyRules(label: string): Rules {
  const owners = Array.from({ length: 1500 }, (_, i) => `${label}${i}.example`);
  return new Map(
    owners.flatMap((owner): [string, Action][] => [
      [owner, "nxdomain"],
      [`*.${owner}`, "nxdomain"],
    ]),
  );
}

/** A change in a list of them, each on top of the one before. */
interface Change {
  readonly title: string;
  readonly rules: Rules;
  readonly settings: ZoneSettings;
  readonly got: SeenTransfer["got"];
  /** What resolvers show afterwards. */
  readonly answers: Readonly<Record<string, string>>;
}

const old = manyRules("old");
const young = manyRules("new");
const ns = { ns: ["localhost", "ns.example.net"] };
const changes: readonly Change[] = [
  {
    title: "every rule is another",
    rules: young,
    settings: {},
    got: "full",
    answers: { "old1.example": "untouched", "x.old1499.example": "untouched", "x.new1499.example": "nxdomain" },
  },
  {
    title: "the apex has another NS record",
    rules: young,
    settings: ns,
    got: "differences",
    answers: { "new1.example": "nxdomain" },
  },
  {
    title: "the SOA has other times",
    rules: young,
    settings: { ...ns, soa: { refresh: 1, retry: 1, minimum: 61 } },
    got: "differences",
    answers: { "new1.example": "nxdomain" },
  },
  {
    title: "every record has another TTL",
    rules: young,
    settings: { ttl: 61 },
    got: "full",
    answers: { "new1.example": "nxdomain" },
  },
  {
    title: "no rule is left",
    rules: new Map(),
    settings: { ttl: 61 },
    got: "full",
    answers: { "new1.example": "untouched", "x.new1499.example": "untouched" },
  },
  {
    title: "rules come to an empty zone",
    rules: old,
    settings: { ttl: 61 },
    got: "differences",
    answers: { "old1.example": "nxdomain", "x.old1499.example": "nxdomain", "new1.example": "untouched" },
  },
];

const kinds = [...resolverKinds, ...secondaryKinds].filter(({ transfers }) => transfers);

for (const kind of kinds) {
  describe.skipIf(!havePrograms(...kind.programs, "dig"))(`${kind.name} follows when`, () => {
    const enforces = resolverKinds.some(({ name }) => name === kind.name);
    let upstream: Upstream;
    let primary: RpzmillPrimary;
    let tap: Tap;
    let peer: Peer;

    beforeAll(async () => {
      upstream = await startUpstream();
      primary = await startRpzmillPrimary({ apex, rules: old });
      tap = await startTap(primary.endpoint);
      peer = await kind.start({ zones: [{ apex, primary: tap.endpoint }], upstream: upstream.endpoint });
      await peer.waitForSerial(apex, primary.serial());
    });

    afterAll(async () => {
      await peer?.stop();
      await tap?.stop();
      await primary?.stop();
      await upstream?.stop();
    });

    test.each(changes)("$title", async ({ rules, settings, got, answers }) => {
      const before = tap.transfers().length;
      await peer.waitForSerial(apex, await primary.publish(rules, settings));
      expect(tap.transfers().slice(before)).toEqual([{ asked: "IXFR", signed: false, got }]);
      await expectSameRules(primary, peer, rules.size);
      if (enforces) await expectAnswers(peer, answers);
    });
  });
}
