/**
 * A BIND that follows rpzmill over a path that breaks. Each round publishes a change of several messages, cuts what BIND
 * fetches of it, and waits until BIND enforces all of it again. BIND answers a cut difference with one full zone at once;
 * when that is cut, too, it has lost every rule beyond the cut and asks for differences again.
 */
import type { Endpoint } from "../harness/dns-client.ts";
import { sendNotify } from "../harness/notify.ts";
import { freePort } from "../harness/ports.ts";
import { startUpstream, type Upstream } from "../harness/upstream.ts";
import { waitFor } from "../harness/wait.ts";
import { startBind } from "../peers/bind.ts";
import type { Peer } from "../peers/peer.ts";
import { observe } from "../verdicts.ts";
import { CutPrimary, type End } from "./primary.ts";
import { type Cut, CuttingRelay } from "./relay.ts";

const apex = "rpz.example";
/** Rules that each round replaces: some 150 KB of differences. */
const changed = 2000;

export interface LabOptions {
  /** Names that stay. Each is two rules, of some 25 octets on the wire. */
  readonly names: number;
  /** Whether the server is a process of its own, which can be killed. */
  readonly isOwnProcess: boolean;
  readonly firstCuts?: readonly Cut[];
}

export interface Round {
  /** The first breaks the difference off, the second the full zone, the others what repairs it. */
  readonly cuts: readonly Cut[];
  /** How the server ends while a transfer is paused. */
  readonly end?: End;
  /** Whether the next version is published while BIND lacks rules of this one and no path leads through. */
  readonly publishesMeanwhile?: boolean;
  /** Called when the cuts are made, with no way through, and BIND lacks the last rules. */
  readonly onLost?: () => Promise<void>;
}

export class CutLab {
  readonly #names: number;
  readonly #upstream: Upstream;
  readonly #primary: CutPrimary;
  readonly #relay: CuttingRelay;
  #bind: Peer;
  #round = 0;

  private constructor(names: number, upstream: Upstream, primary: CutPrimary, relay: CuttingRelay, bind: Peer) {
    this.#names = names;
    this.#upstream = upstream;
    this.#primary = primary;
    this.#relay = relay;
    this.#bind = bind;
  }

  /** `firstCuts` break off the transfers by which BIND gets the zone for the first time; `pause` kills the server. */
  static async start({ names, isOwnProcess, firstCuts = [] }: LabOptions): Promise<CutLab> {
    const upstream = await startUpstream();
    const primary = await CutPrimary.start(apex, listOf(names, 0), isOwnProcess);
    const relay = await CuttingRelay.start(primary.endpoint);
    relay.plan = [...firstCuts];
    const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
    let isReady = false;
    const starting = startBind({ ...bindOptions(relay.endpoint, upstream), endpoint }).then((bind) => {
      isReady = true;
      return bind;
    });
    for (const [i, { how }] of firstCuts.entries()) {
      // Without a zone BIND would ask again after some 50 seconds.
      const isCut = (): boolean | Promise<boolean> =>
        relay.cuts > i || (i > 0 && sendNotify(endpoint, apex).then(() => false));
      await waitFor(isCut, { what: `make first cut ${i + 1}`, deadlineMs: 30_000 });
      if (how === "pause") await restart(primary, relay, "kill");
    }
    if (firstCuts.length > 0) {
      const isThere = (): boolean | Promise<boolean> => isReady || sendNotify(endpoint, apex).then(() => false);
      await waitFor(isThere, { what: "give BIND its first version", deadlineMs: 90_000, intervalMs: 500 });
    }
    return new CutLab(names, upstream, primary, relay, await starting);
  }

  /** One round. Resolves to the milliseconds from the last cut until BIND had everything; undefined where it never did. */
  async run(
    { cuts, end, publishesMeanwhile = false, onLost }: Round,
    deadlineMs = 30_000,
  ): Promise<number | undefined> {
    const relay = this.#relay;
    const before = relay.cuts;
    relay.plan = [...cuts];
    relay.closesAfterPlan = onLost !== undefined;
    this.#round += 1;
    let serial = await this.#primary.publish(listOf(this.#names, this.#round));
    for (const [i, { how }] of cuts.entries()) {
      await waitFor(() => relay.cuts > before + i, { what: `make cut ${i + 1} of ${cuts.length}`, deadlineMs });
      if (how !== "pause") continue;
      await restart(this.#primary, relay, end ?? "kill");
    }
    const since = performance.now();
    if (onLost !== undefined) {
      await this.#shows({ "zz-last.example": "untouched" }, 15_000);
      await onLost();
      if (publishesMeanwhile) {
        this.#round += 1;
        serial = await this.#primary.publish(listOf(this.#names, this.#round));
      }
      relay.isOpen = true;
    }
    try {
      await this.#bind.waitForSerial(apex, serial);
      await this.#shows(this.#expected(), deadlineMs);
      return performance.now() - since;
    } catch {
      return undefined;
    }
  }

  /** What BIND shows when it has every rule of the round and none of the one before. */
  #expected(): Record<string, string> {
    const last = changed - 1;
    return {
      "x.aa-first.example": "nxdomain",
      [`base-${this.#names >> 1}.example`]: "nxdomain",
      [`round-${this.#round}-0.example`]: "nxdomain",
      [`x.round-${this.#round}-${last}.example`]: "nxdomain",
      [`round-${this.#round - 1}-${last}.example`]: "untouched",
      "x.zz-last.example": "nxdomain",
    };
  }

  async #shows(answers: Readonly<Record<string, string>>, deadlineMs: number): Promise<void> {
    const look = async (): Promise<boolean> => {
      for (const [name, expected] of Object.entries(answers)) {
        if (observe(await this.#bind.query(name, "A")) !== expected) return false;
      }
      return true;
    };
    await waitFor(look, { what: "see in BIND what should show", deadlineMs });
  }

  /** Whether BIND shows the first version, whole. */
  async hasFirst(deadlineMs = 30_000): Promise<void> {
    await this.#shows(this.#expected(), deadlineMs);
  }

  /** A BIND with nothing in it in the place of one that is beyond help. */
  async replaceBind(): Promise<void> {
    await this.#bind.stop();
    this.#bind = await startBind(bindOptions(this.#relay.endpoint, this.#upstream));
  }

  async stop(): Promise<void> {
    await this.#bind.stop();
    await this.#relay.stop();
    await this.#primary.stop();
    await this.#upstream.stop();
  }
}

/** Ends a server in the middle of a transfer, and starts it again. */
async function restart(primary: CutPrimary, relay: CuttingRelay, end: End): Promise<void> {
  await primary.end(end);
  relay.breakPaused();
  await primary.serve();
}

function bindOptions(primary: Endpoint, { endpoint }: Upstream) {
  return { zones: [{ apex, primary }], upstream: endpoint };
}

/** The list of a round: names that stay, between the first and the last of the zone, and some of that round alone. */
function listOf(names: number, round: number): string {
  const base = Array.from({ length: names }, (_, i) => `base-${i}.example`);
  const own = Array.from({ length: changed }, (_, i) => `round-${round}-${i}.example`);
  return `${["aa-first.example", ...base, ...own, "zz-last.example"].join("\n")}\n`;
}
