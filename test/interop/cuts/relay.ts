/** A path between a resolver and its primary that breaks transfers off, at a given octet and in a given manner. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";
import { startUdpRelay, type UdpRelay } from "../harness/udp-relay.ts";

export interface Cut {
  /** Octets of an answer that still pass; answers with fewer pass whole and leave the cut for the next. */
  readonly afterOctets: number;
  /**
   * `reset` and `fin` end both sides at once. `swallow` takes all that the primary has to say, so that it believes to be
   * done, and then resets. `pause` stops reading and leaves the rest to whoever waits for it.
   */
  readonly how: "reset" | "fin" | "swallow" | "pause";
}

/** Silence of the primary after which it has handed everything over. */
const quietMs = 100;

export class CuttingRelay {
  /** Where the resolver shall fetch from. */
  readonly endpoint: Endpoint;
  /** Cuts to come, one an answer. */
  plan: Cut[] = [];
  /** Whether connections by TCP come through. */
  isOpen = true;
  /** Whether it closes by itself with the last cut of the plan. */
  closesAfterPlan = false;
  readonly #primary: Endpoint;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #udp: UdpRelay | undefined;
  #done = 0;
  #paused: readonly [Socket, Socket] | undefined;

  private constructor(endpoint: Endpoint, primary: Endpoint) {
    this.endpoint = endpoint;
    this.#primary = primary;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  static async start(primary: Endpoint): Promise<CuttingRelay> {
    const relay = new CuttingRelay({ address: "127.0.0.1", port: await freePort() }, primary);
    relay.#server.listen(relay.endpoint.port, relay.endpoint.address);
    await once(relay.#server, "listening");
    relay.#udp = await startUdpRelay(relay.endpoint, primary);
    return relay;
  }

  /** How many cuts were made. */
  get cuts(): number {
    return this.#done;
  }

  /** Ends what is paused, by a reset. */
  breakPaused(): void {
    for (const socket of this.#paused ?? []) socket.resetAndDestroy();
    this.#paused = undefined;
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#udp?.stop();
  }

  #accept(client: Socket): void {
    client.on("error", () => {});
    if (!this.isOpen) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: this.#primary.address, port: this.#primary.port, allowHalfOpen: true });
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    server.on("error", () => client.resetAndDestroy());
    for (const socket of pair) {
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    let passed = 0;
    let isCut = false;
    client.on("data", (chunk) => {
      passed = 0;
      server.write(chunk);
    });
    client.on("end", () => server.end());
    server.on("end", () => client.end());
    server.on("data", (chunk: Buffer) => {
      if (isCut) return;
      const [cut] = this.plan;
      if (cut !== undefined && passed + chunk.length > cut.afterOctets) {
        isCut = true;
        this.plan.shift();
        if (this.closesAfterPlan && this.plan.length === 0) this.isOpen = false;
        client.write(chunk.subarray(0, Math.max(0, cut.afterOctets - passed)), () => this.#cut(cut, pair));
        return;
      }
      passed += chunk.length;
      if (client.write(chunk)) return;
      server.pause();
      client.once("drain", () => server.resume());
    });
  }

  #cut({ how }: Cut, pair: readonly [Socket, Socket]): void {
    const [client, server] = pair;
    switch (how) {
      case "reset":
        for (const socket of pair) socket.resetAndDestroy();
        break;
      case "fin":
        for (const socket of pair) socket.end();
        break;
      case "swallow": {
        const quiet = setTimeout(() => {
          for (const socket of pair) socket.resetAndDestroy();
        }, quietMs);
        server.on("data", () => quiet.refresh());
        server.on("close", () => clearTimeout(quiet));
        break;
      }
      case "pause":
        server.pause();
        client.pause();
        this.#paused = pair;
    }
    this.#done += 1;
  }
}
