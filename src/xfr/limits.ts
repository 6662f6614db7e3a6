/** How much of the server one client, and all of them, may hold. Each default states its reason. */

export interface Limits {
  /** TCP connections in all. */
  readonly connectionsMax: number;
  /** TCP connections of one client address. */
  readonly connectionsPerClientMax: number;
  /** Transfers that run at the same time; further ones wait for a place, each on its own connection. */
  readonly transfersMax: number;
  /** Queries of one connection that wait for their turn before we stop reading from it. */
  readonly pipelinedQueriesMax: number;
  /** Time a connection may go without a whole query while nothing is owed to it. */
  readonly idleTimeoutMs: number;
  /** Time a client may leave one write (an answer, or 128 KiB of a transfer) untaken. */
  readonly stallTimeoutMs: number;
  /** Time a transfer may wait for a place; then it is answered SERVFAIL. */
  readonly transferWaitMs: number;
  /** Time one transfer may take in all, from when it has its place. */
  readonly transferTimeoutMs: number;
}

export const defaultLimits: Limits = {
  // A connection costs little; what transfers hold is bounded by their own number. BIND's default is 150, NSD's 100.
  connectionsMax: 256,
  // Several resolvers may share an address, and each asks for some zones at a time; BIND for two (transfers-per-ns).
  connectionsPerClientMax: 16,
  // A transfer of a large zone keeps a core busy: more at once only makes each of them slower. BIND runs 10.
  transfersMax: 64,
  // SOA and IXFR for some tens of zones; what comes on top waits in the kernel.
  pipelinedQueriesMax: 64,
  // RFC 7766 6.2.3 recommends "the order of a few seconds".
  idleTimeoutMs: 10_000,
  // 128 KiB in 60 s is two kilobytes a second; slower is no progress.
  stallTimeoutMs: 60_000,
  // Clients differ (PowerDNS gives up after 20 s, NSD after two minutes) and ask again; longer waits find nobody there.
  transferWaitMs: 60_000,
  // An hour, as BIND's max-transfer-idle-out; a zone version stays readable for longer than that.
  transferTimeoutMs: 3_600_000,
};
