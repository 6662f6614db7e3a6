/** What every peer offers, whichever server it is, and the waiting that is the same for all. */
import { type Daemon, logTail } from "../harness/daemon.ts";
import type { TsigKey } from "../harness/dig.ts";
import { ask, type Endpoint, type Question, type Reply } from "../harness/dns-client.ts";
import type { NameServers } from "../harness/upstream.ts";
import { waitFor } from "../harness/wait.ts";

/** A policy zone that the peer shall have. */
export interface PeerZone {
  /** Without a final dot. */
  readonly apex: string;
  /** Where to transfer it from. */
  readonly primary: Endpoint;
  /** Signs the transfer requests; absent: unsigned. */
  readonly key?: TsigKey;
  /** Zone file for peers that read files instead of transferring. */
  readonly file?: string;
}

export interface PeerOptions {
  readonly zones: readonly PeerZone[];
  /** Where resolvers forward every name that no policy touches; secondaries need none. */
  readonly upstream?: Endpoint;
  /**
   * By domain its name server, for resolvers that learn it while they follow delegations. Such a server is asked at the
   * upstream's port where the resolver can be told so, and where not, not at all.
   */
  readonly nameServers?: NameServers;
  /** The clauses that say where the zones come from, in the server's own language, in place of those made of `zones`. */
  readonly clauses?: string;
}

/** A running server that consumes policy zones. */
export interface Peer {
  readonly name: string;
  readonly endpoint: Endpoint;
  log(): string;
  query(name: string, type: Question["type"]): Promise<Reply>;
  /** The serial it works with; undefined while it has no zone, and for peers that cannot tell. */
  serialOf(apex: string): Promise<number | undefined>;
  waitForSerial(apex: string, serial: number): Promise<void>;
  /** The records of its rules as `transferRules` gives them; undefined for peers that cannot tell. */
  rulesOf(apex: string): Promise<string[] | undefined>;
  stop(): Promise<void>;
}

/** Starts one kind of peer and waits until it answers and has its zones. */
export type StartPeer = (options: PeerOptions) => Promise<Peer>;

/** What a server's own file supplies. */
export interface PeerParts {
  readonly daemon: Daemon;
  readonly endpoint: Endpoint;
  serialOf(apex: string): Promise<number | undefined>;
  rulesOf(apex: string): Promise<string[] | undefined>;
  /** Whether the zones are not only there but in force; looked at until true. */
  isReady(): Promise<boolean>;
}

// Zones of a million records take some resolvers half a minute on a busy machine.
const readyDeadlineMs = 90_000;
const serialDeadlineMs = 30_000;

/** The upstream's endpoint. @throws Error for a resolver without one */
export function upstreamOf(options: PeerOptions): Endpoint {
  if (options.upstream === undefined) throw new Error("Cannot start a resolver: it needs an upstream");
  return options.upstream;
}

/** The different keys of the zones, by name. */
export function keysOf(zones: readonly PeerZone[]): TsigKey[] {
  const keys = new Map<string, TsigKey>();
  for (const { key } of zones) if (key !== undefined) keys.set(key.name, key);
  return [...keys.values()];
}

/** Whether the peer has a serial for each of the zones. */
export async function hasSerials(zones: readonly PeerZone[], serialOf: PeerParts["serialOf"]): Promise<boolean> {
  const serials = await Promise.all(zones.map((zone) => serialOf(zone.apex)));
  return serials.every((serial) => serial !== undefined);
}

/** Whether a resolver answers a name from its upstream. */
export async function resolves(endpoint: Endpoint): Promise<boolean> {
  const reply = await ask(endpoint, { name: "ready.example", type: "A" }, { timeoutMs: 500, attempts: 1 });
  return reply !== "silence" && reply.rcode === "NOERROR" && reply.answers.length > 0;
}

/** Waits until the server is ready and makes a peer of it; a server that does not become ready is stopped. */
export async function makePeer(parts: PeerParts): Promise<Peer> {
  const { daemon, endpoint, serialOf, rulesOf } = parts;
  const look = async <T>(condition: () => Promise<T>): Promise<T> => {
    daemon.checkAlive();
    return condition();
  };
  try {
    await waitFor(() => look(parts.isReady), {
      what: `start ${daemon.name}`,
      deadlineMs: readyDeadlineMs,
      detail: () => logTail(daemon),
    });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    name: daemon.name,
    endpoint,
    log: daemon.log,
    query: (name, type) => ask(endpoint, { name, type }),
    serialOf,
    waitForSerial: async (apex, serial) => {
      await waitFor(async () => (await look(() => serialOf(apex))) === serial, {
        what: `see serial ${serial} of ${apex} in ${daemon.name}`,
        deadlineMs: serialDeadlineMs,
        detail: () => logTail(daemon),
      });
    },
    rulesOf,
    stop: daemon.stop,
  };
}
