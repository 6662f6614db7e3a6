/** Lists as others publish them become zones that the resolvers load and enforce, and that harm no bystander. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noteReasons, type RejectReason } from "../../src/indicator/rejects.ts";
import { askAll } from "./harness/dns-client.ts";
import { havePrograms } from "./harness/programs.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { resolverKinds } from "./peers/kinds.ts";
import type { Peer } from "./peers/peer.ts";
import { type Mill, startMill } from "./primaries/mill.ts";
import {
  askable,
  haveRealLists,
  itemsOf,
  legitimateNames,
  polkadotAllow,
  type RealList,
  realAddresses,
  realFile,
  realLists,
  suffixKind,
} from "./real-lists.ts";
import { observe, type Visible } from "./verdicts.ts";

const namesApex = "names.rpz.example";
const addressesApex = "addresses.rpz.example";
const samplesPerList = 150;

/** Names under which strangers live: none of them may be blocked with all beneath it, whatever a list says. */
const sharedParents = `
  com org net co.uk com.tr com.ua co.kr gov.tr eu.org ip6.arpa
  amazonaws.com s3.amazonaws.com compute-1.amazonaws.com elasticbeanstalk.com amplifyapp.com
  blogspot.com weebly.com wordpress.com myshopify.com wixsite.com webflow.io square.site
  duckdns.org ddns.net hopto.org zapto.org sytes.net no-ip.org redirectme.net myftp.org
  github.io gitlab.io pages.dev workers.dev r2.dev netlify.app vercel.app herokuapp.com
  web.app firebaseapp.com appspot.com azurewebsites.net cloudfront.net windows.net glitch.me
`
  .trim()
  .split(/\s+/);

const wellKnown = `
  www.example.com example.com www.iana.org www.google.com docs.google.com github.com
  www.microsoft.com login.microsoftonline.com en.wikipedia.org www.rfc-editor.org www.isc.org
  www.nlnetlabs.nl www.cloudflare.com www.apple.com www.amazon.com www.debian.org nodejs.org
`
  .trim()
  .split(/\s+/);

/** Every so manieth of a list, so that all of it is seen. */
function sampleOf<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter((_, i) => i % step === 0);
}

/** Names of a list that must be blocked: neither allowed nor public suffixes. */
function blockedSample(list: RealList, allowed: ReadonlySet<string>): string[] {
  const names = sampleOf(itemsOf(list), samplesPerList).flatMap((item) => askable(item) ?? []);
  return names.filter((name) => !allowed.has(name) && suffixKind(name) === "none");
}

async function shown(peer: Peer, names: readonly string[]): Promise<Visible[]> {
  const replies = await askAll(
    peer.endpoint,
    names.map((name) => ({ name, type: "A" })),
  );
  return replies.map(observe);
}

/** Names whose verdict is another than expected, with what it is. */
async function astray(peer: Peer, names: readonly string[], expected: Visible): Promise<string[]> {
  const got = await shown(peer, names);
  return names.flatMap((name, i) => (got[i] === expected ? [] : [`${name}: ${got[i]}`]));
}

function nameOfAddress(address: string): string {
  return `ip4-${address.replaceAll(".", "-")}.example`;
}

describe.skipIf(!haveRealLists())("zones of real lists", () => {
  let mill: Mill;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    const zone = { version: 1, action: "nxdomain", transfer: [{ address: "127.0.0.1/32" }], file: true };
    mill = await startMill({
      "rpzmill.yaml": {
        version: 1,
        sources: [
          ...realLists.map(({ id, path, settings }) => ({ id, category: "name", from: realFile(path), ...settings })),
          { id: realAddresses.id, category: "address", from: realFile(realAddresses.path) },
        ],
        allow: [{ from: realFile("lists/polkadot-phishing.json"), format: "json", path: "allow" }],
        zones: ["names.yaml", "addresses.yaml"],
      },
      "names.yaml": { ...zone, apex: namesApex, take: { categories: ["name"] } },
      "addresses.yaml": { ...zone, apex: addressesApex, take: { categories: ["address"] } },
    });
  });

  afterAll(async () => {
    await mill?.stop();
    await upstream?.stop();
  });

  test("take in every list, and lose no line of it in silence", () => {
    const accepted = mill.outcome().sources.map(({ id, snapshot }) => {
      const lost = Object.entries(snapshot?.rejects ?? {}).filter(
        ([reason]) => !noteReasons.has(reason as RejectReason),
      );
      const rejects = lost.reduce((sum, [, { count }]) => sum + count, 0);
      return [id, (snapshot?.entries ?? 0) + (snapshot?.duplicates ?? 0) + rejects];
    });
    const lists = realLists.map((list) => [list.id, itemsOf(list).length]);
    const addresses = readFileSync(realFile(realAddresses.path), "utf8").split("\n");
    const addressLines = addresses.filter((line) => /^\d/.test(line)).length;
    expect(accepted).toEqual([...lists, [realAddresses.id, addressLines], ["allow:1", polkadotAllow().length]]);
  });

  test("block no public suffix with what is beneath it", () => {
    const owners = readFileSync(mill.zoneFile(namesApex), "latin1").matchAll(/^([^$@ ]+) CNAME \.$/gm);
    const suffixes = [...owners].flatMap(([, owner = ""]) => {
      const isWildcard = owner.startsWith("*.");
      const kind = suffixKind(isWildcard ? owner.slice(2) : owner);
      return kind === "icann" || (isWildcard && kind === "private") ? [owner] : [];
    });
    expect(suffixes).toEqual([]);
  });

  for (const { name, start, programs, transfers } of resolverKinds) {
    describe.skipIf(!havePrograms(...programs))(`in ${name}`, () => {
      let peer: Peer;

      beforeAll(async () => {
        const zones = [namesApex, addressesApex].map((apex) => ({
          apex,
          primary: mill.endpoint,
          ...(transfers ? {} : { file: mill.zoneFile(apex) }),
        }));
        peer = await start({ zones, upstream: upstream.endpoint });
      });

      afterAll(() => peer?.stop());

      test.each(realLists)("block the names of $path", async (list) => {
        const names = blockedSample(list, new Set(polkadotAllow()));
        expect(names.length).toBeGreaterThan(0.9 * samplesPerList);
        expect(await astray(peer, names, "nxdomain")).toEqual([]);
        if (!list.isSubtree) return;
        expect(
          await astray(
            peer,
            names.map((one) => `unlisted.${one}`),
            "nxdomain",
          ),
        ).toEqual([]);
      });

      test("leave what is known, legitimate or allowed alone", async () => {
        const allowed = polkadotAllow().map((item) => item.replace(/^\*\./, ""));
        expect(legitimateNames().length).toBeGreaterThan(20);
        expect(await astray(peer, [...wellKnown, ...legitimateNames(), ...allowed], "untouched")).toEqual([]);
      });

      test("leave the names of strangers under shared parents alone", async () => {
        const strangers = sharedParents.map((parent) => `a-stranger-with-no-entry.${parent}`);
        expect(await astray(peer, strangers, "untouched")).toEqual([]);
      });

      // Knot Resolver has no rules for addresses: it passes them on.
      test("block the names that have addresses of the list", async () => {
        const addresses = sampleOf(itemsOf(realAddresses), samplesPerList).filter((one) => !one.startsWith("127."));
        const got = await shown(peer, addresses.map(nameOfAddress));
        expect(got).toEqual(addresses.map((one) => (name === "Knot Resolver" ? `a ${one}` : "nxdomain")));
        const others = ["192.0.2.1", "198.51.100.200", "203.0.113.1"];
        expect(await shown(peer, others.map(nameOfAddress))).toEqual(others.map((one) => `a ${one}`));
      });
    });
  }
});
