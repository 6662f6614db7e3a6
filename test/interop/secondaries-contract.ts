/**
 * What every peer must get from a primary: the whole zone, then exact differences, signed or not, and the answers that
 * follow from them. The suite takes the primary as a parameter, so that each server that claims to be one is held to it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Action, type Rules, rdataOf } from "../model/rules.ts";
import { expectAnswers, expectSameRules } from "./expectations.ts";
import { type TsigKey, transferRules } from "./harness/dig.ts";
import { havePrograms, type Program } from "./harness/programs.ts";
import { startTap, type Tap } from "./harness/tap.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { type PeerKind, resolverKinds, secondaryKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import type { Primary, StartPrimary } from "./primaries/primary.ts";

const apex = "rpz.example";
const key: TsigKey = {
  name: "transfer-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret of thirty-two octets ok").toString("base64"),
};

/**
 * Enough rules for several messages, so that a signed transfer has messages between its first and last. None of them is
 * covered by another or leaves a gap, so that a primary which tidies rules up has nothing to do here.
 */
function firstRules(): Map<string, Action> {
  const rules = new Map<string, Action>();
  for (let i = 0; i < 3000; i++) {
    rules.set(`bad${i}.example`, "nxdomain");
    rules.set(`*.bad${i}.example`, "nxdomain");
  }
  rules.set("ok.bad1.example", "passthru");
  rules.set("*.ok.bad1.example", "nxdomain");
  rules.set("nodata.example", "nodata");
  rules.set("tcp.example", "tcp-only");
  rules.set("local.example", { a: "192.0.2.1" });
  return rules;
}

/** The rules after a change of each kind: gone, new, other action, other address. */
function changedRules(rules: Rules): Map<string, Action> {
  const changed = new Map(rules);
  changed.delete("bad2.example");
  changed.delete("*.bad2.example");
  changed.delete("nodata.example");
  changed.set("new.example", "nxdomain");
  changed.set("*.new.example", "nxdomain");
  changed.set("bad3.example", "nodata");
  changed.set("local.example", { a: "192.0.2.2" });
  return changed;
}

function describePeer(startPrimary: StartPrimary, kind: PeerKind, signed: boolean): void {
  const enforces = resolverKinds.some(({ name }) => name === kind.name);
  let upstream: Upstream;
  let primary: Primary;
  let tap: Tap;
  let peer: Peer;

  beforeAll(async () => {
    const sign = signed ? { key } : {};
    upstream = await startUpstream();
    primary = await startPrimary({ apex, rules: firstRules(), ...sign });
    tap = await startTap(primary.endpoint);
    peer = await kind.start({ zones: [{ apex, primary: tap.endpoint, ...sign }], upstream: upstream.endpoint });
  });

  afterAll(async () => {
    await peer?.stop();
    await tap?.stop();
    await primary?.stop();
    await upstream?.stop();
  });

  test("gets the whole zone", async () => {
    await peer.waitForSerial(apex, primary.serial());
    expect(tap.transfers().map(({ got }) => got)).toEqual(["full"]);
    expect(tap.transfers().every((transfer) => transfer.signed === signed)).toBe(true);
    await expectSameRules(primary, peer, 3000);
  });

  // Plain secondaries answer from the zone; there is nothing for them to enforce.
  const testEnforcing: (name: string, check: () => Promise<void>) => void = enforces ? test : () => {};

  testEnforcing("enforces it", async () => {
    await expectAnswers(peer, {
      "bad2.example": "nxdomain",
      "x.bad2999.example": "nxdomain",
      "ok.bad1.example": "untouched",
      "x.ok.bad1.example": "nxdomain",
      "nodata.example": "nodata",
      "tcp.example": "tcp-only",
      "local.example": "a 192.0.2.1",
      "new.example": "untouched",
    });
  });

  test("follows a change by differences", async () => {
    const before = tap.transfers().length;
    const serial = await primary.publish(changedRules(firstRules()));
    await peer.waitForSerial(apex, serial);
    expect(tap.transfers().slice(before)).toEqual([{ asked: "IXFR", signed, got: "differences" }]);
    await expectSameRules(primary, peer, 3000);
  });

  testEnforcing("enforces the change", async () => {
    await expectAnswers(peer, {
      "bad2.example": "untouched",
      "x.bad2.example": "untouched",
      "bad3.example": "nodata",
      "nodata.example": "untouched",
      "local.example": "a 192.0.2.2",
      "new.example": "nxdomain",
      "x.new.example": "nxdomain",
    });
  });

  test("follows several changes that came at once", async () => {
    const before = tap.transfers().length;
    const rules = changedRules(firstRules());
    let serial = 0;
    for (let i = 0; i < 5; i++) {
      rules.set(`late${i}.example`, "nxdomain");
      rules.delete(`bad${10 + i}.example`);
      if (i > 0) rules.delete(`late${i - 1}.example`);
      serial = await primary.publish(rules);
    }
    await peer.waitForSerial(apex, serial);
    const transfers = tap.transfers().slice(before);
    expect(transfers.length).toBeGreaterThan(0);
    expect(transfers.every(({ got }) => got === "differences")).toBe(true);
    await expectSameRules(primary, peer, 3000);
  });
}

/** Runs the contract with `startPrimary`; `programs` are what the primary itself needs. */
export function describeSecondaries(title: string, startPrimary: StartPrimary, programs: readonly Program[]): void {
  const kinds = [...resolverKinds, ...secondaryKinds].filter(({ transfers }) => transfers);
  for (const kind of kinds) {
    for (const signed of kind.signs ? [false, true] : [false]) {
      const how = signed ? "with TSIG" : "without TSIG";
      describe.skipIf(!havePrograms(...kind.programs, ...programs, "dig"))(`${kind.name} from ${title}, ${how}`, () => {
        describePeer(startPrimary, kind, signed);
      });
    }
  }

  describe.skipIf(!havePrograms(...programs, "dig"))(`${title} with a key`, () => {
    let primary: Primary;
    beforeAll(async () => {
      primary = await startPrimary({ apex, rules: firstRules(), key });
    });
    afterAll(() => primary?.stop());

    test("gives the zone to the key", async () => {
      const lines = [...firstRules()].map(([owner, action]) => `${owner}.${apex}. 60 IN ${rdataOf(action)}`);
      expect(await transferRules(primary.endpoint, apex, key)).toEqual(lines.sort());
    });

    test("gives nothing to a request without a key", async () => {
      expect(await transferRules(primary.endpoint, apex)).toBeUndefined();
    });

    test("gives nothing to another secret, another algorithm or an unknown key", async () => {
      const other = Buffer.from("another secret").toString("base64");
      expect(await transferRules(primary.endpoint, apex, { ...key, secret: other })).toBeUndefined();
      expect(await transferRules(primary.endpoint, apex, { ...key, algorithm: "hmac-sha512" })).toBeUndefined();
      expect(await transferRules(primary.endpoint, apex, { ...key, name: "unknown-key" })).toBeUndefined();
    });
  });
}
