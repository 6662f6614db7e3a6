/** How much of the server one client, and all of them, may hold. Each default states its reason. */

export interface Limits {
  /** TCP connections in all; strangers take at most three quarters of them. */
  readonly connectionsMax: number;
  /** TCP connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerClientMax: number;
  /** Transfers that run at the same time; further ones wait for a place, each on its own connection. */
  readonly transfersMax: number;
  /** Queries of one connection that are answered before other connections get their turn. */
  readonly pipelinedQueriesMax: number;
  /** Octets of requests that may wait on one connection before we stop reading from it; one read of 64 KiB comes on top. */
  readonly waitingBytesPerConnectionMax: number;
  /** The same over all connections. */
  readonly waitingBytesMax: number;
  /** Time a connection may go without a whole query while nothing is owed to it. */
  readonly idleTimeoutMs: number;
  /** Time that a TLS handshake may take, from when the connection was accepted. */
  readonly handshakeTimeoutMs: number;
  /** TLS handshakes of strangers that begin in one second, of all of them. */
  readonly strangersHandshakesPerSecond: number;
  /** Time that a client has to take the answer after which we close, and to close its side. */
  readonly closeTimeoutMs: number;
  /** Time a client may leave one write (an answer, or 128 KiB of a transfer) untaken. */
  readonly stallTimeoutMs: number;
  /** Time a transfer may wait for a place; then it is answered SERVFAIL. */
  readonly transferWaitMs: number;
  /** Time one transfer may take in all, from when it has its place. */
  readonly transferTimeoutMs: number;
  /** Time that running transfers have to end when the server stops; a client whose transfer is cut may lose rules. */
  readonly drainTimeoutMs: number;
}

export const defaultLimits: Limits = {
  // A connection costs little; what transfers hold is bounded by their own number. BIND's default is 150, NSD's 100.
  connectionsMax: 256,
  // Several resolvers may share an address, and each asks for some zones at a time; BIND for two (transfers-per-ns).
  connectionsPerClientMax: 16,
  // A transfer of a large zone keeps a core busy: more at once only makes each of them slower. BIND runs 10.
  transfersMax: 64,
  // SOA and IXFR for some tens of zones.
  pipelinedQueriesMax: 64,
  // Two reads: over a thousand queries. What comes on top waits in the kernel.
  waitingBytesPerConnectionMax: 131_072,
  // Queries wait only behind a transfer or while a client takes no answers, so that few connections have any.
  waitingBytesMax: 4_194_304,
  // RFC 7766 6.2.3 recommends "the order of a few seconds".
  idleTimeoutMs: 10_000,
  // Two round trips over the worst line, and a lost packet or two. Strangers' turns are in it.
  handshakeTimeoutMs: 5000,
  // At a millisecond of CPU each, a tenth of a core.
  strangersHandshakesPerSecond: 100,
  // Some round trips; a client that takes longer loses the answer that it is refused.
  closeTimeoutMs: 2000,
  // 128 KiB in 60 s is two kilobytes a second; slower is no progress.
  stallTimeoutMs: 60_000,
  // Clients differ (PowerDNS gives up after 20 s, NSD after two minutes) and ask again; longer waits find nobody there.
  transferWaitMs: 60_000,
  // BIND grants two hours (max-transfer-time-out); a zone version stays readable for twice as long as this.
  transferTimeoutMs: 3_600_000,
  // At the pace of the slowest resolver measured, 2 million records take ten seconds.
  drainTimeoutMs: 30_000,
};
