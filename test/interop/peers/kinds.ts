/** Every kind of peer with what it can do, for suites that run over all of them. */
import type { Program } from "../harness/programs.ts";
import { startBind } from "./bind.ts";
import { startKnot } from "./knot.ts";
import { startKnotResolver } from "./knot-resolver.ts";
import { startNsd } from "./nsd.ts";
import type { StartPeer } from "./peer.ts";
import { startPowerDns } from "./powerdns.ts";
import { startUnbound } from "./unbound.ts";

export interface PeerKind {
  readonly name: "BIND" | "Unbound" | "PowerDNS" | "Knot Resolver" | "Knot DNS" | "NSD";
  readonly start: StartPeer;
  readonly programs: readonly Program[];
  /** Transfers zones; otherwise it reads a file. */
  readonly transfers: boolean;
  /** Signs its transfer requests. */
  readonly signs: boolean;
}

/** A resolver that enforces policy zones; its name is a key of `modelOf`. */
export interface ResolverKind extends PeerKind {
  readonly name: "BIND" | "Unbound" | "PowerDNS" | "Knot Resolver";
}

export const resolverKinds: readonly ResolverKind[] = [
  { name: "BIND", start: startBind, programs: ["named", "dig"], transfers: true, signs: true },
  { name: "Unbound", start: startUnbound, programs: ["unbound", "unbound-control"], transfers: true, signs: false },
  { name: "PowerDNS", start: startPowerDns, programs: ["pdns_recursor", "rec_control"], transfers: true, signs: true },
  { name: "Knot Resolver", start: startKnotResolver, programs: ["kresd"], transfers: false, signs: false },
];

/** Servers that pass zones on and enforce nothing. */
export const secondaryKinds: readonly PeerKind[] = [
  { name: "Knot DNS", start: startKnot, programs: ["knotd", "dig"], transfers: true, signs: true },
  { name: "NSD", start: startNsd, programs: ["nsd", "dig"], transfers: true, signs: true },
];
