/** Knot Resolver has no transfer: what it does with the zone files it is given. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zoneFile } from "../model/rules.ts";
import { havePrograms } from "./harness/programs.ts";
import { startUpstream, type Upstream } from "./harness/upstream.ts";
import { waitFor } from "./harness/wait.ts";
import { startKnotResolver } from "./peers/knot-resolver.ts";
import type { Peer } from "./peers/peer.ts";
import { observe } from "./verdicts.ts";

const apex = "rpz.example";

describe.skipIf(!havePrograms("kresd"))("Knot Resolver with a zone file", () => {
  let directory: string;
  let upstream: Upstream;
  let peer: Peer;

  const replaceFile = (serial: number, blocked: string): void => {
    writeFileSync(join(directory, "next"), zoneFile(apex, serial, new Map([[blocked, "nxdomain"]])));
    renameSync(join(directory, "next"), join(directory, "policy.zone"));
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "rpzmill-zone-"));
    upstream = await startUpstream();
    replaceFile(1, "old.example");
    const zone = { apex, primary: upstream.endpoint, file: join(directory, "policy.zone") };
    peer = await startKnotResolver({ zones: [zone], upstream: upstream.endpoint });
  });

  afterAll(async () => {
    await peer?.stop();
    await upstream?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("takes a file that a rename puts in the old one's place, each time", async () => {
    expect(observe(await peer.query("old.example", "A"))).toBe("nxdomain");
    for (const [serial, name, before] of [
      [2, "new.example", "old.example"],
      [3, "newer.example", "new.example"],
    ] as const) {
      replaceFile(serial, name);
      await waitFor(async () => observe(await peer.query(name, "A")) === "nxdomain", { what: `see ${name} blocked` });
      expect(observe(await peer.query(before, "A"))).toBe("untouched");
    }
  });
});
