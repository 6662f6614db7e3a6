/** What the interop tests need of a primary, so that any server can be put in its place. */
import type { Rules } from "../../model/rules.ts";
import type { TsigKey } from "../harness/dig.ts";
import type { Endpoint } from "../harness/dns-client.ts";

export interface PrimaryOptions {
  /** Without a final dot. */
  readonly apex: string;
  readonly rules: Rules;
  /** Transfers need this key; absent: anyone on the loopback may transfer. */
  readonly key?: TsigKey;
}

/** A running server of one policy zone, with SOA refresh and retry of a second, that keeps differences for IXFR. */
export interface Primary {
  readonly endpoint: Endpoint;
  readonly apex: string;
  readonly key: TsigKey | undefined;
  /** The serial it serves now. */
  serial(): number;
  /** Replaces the zone's rules; resolves to the new serial once it is served. */
  publish(rules: Rules): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a primary and waits until it serves the zone. */
export type StartPrimary = (options: PrimaryOptions) => Promise<Primary>;
