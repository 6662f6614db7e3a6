/** What the server has counted since its start. */

export type QueryKind = "soa" | "ns" | "direct" | "axfr" | "ixfr" | "other";

export interface ServerStats {
  /** Well-formed queries, by what they ask for; `other` is other opcodes, meta types and classes. */
  readonly queries: Readonly<Record<QueryKind, number>>;
  readonly transfers: {
    readonly running: number;
    /** Wait for a place among the running ones. */
    readonly waiting: number;
    readonly completed: number;
    /** Broken off before their last message was written. */
    readonly cut: number;
  };
  readonly connections: {
    readonly open: number;
    readonly accepted: number;
    /** Closed at once, since there was no place. */
    readonly overLimit: number;
    /** Closed while idle, to make room for another. */
    readonly evicted: number;
    /** Octets of requests that wait on all of them, with what each piece costs beside its octets. */
    readonly waitingBytes: number;
  };
  /** TLS handshakes that came to their end, that ended before, whoever ended them, and that took too long. */
  readonly handshakes: { readonly completed: number; readonly failed: number; readonly timedOut: number };
  /** Octets of answers, without the length octets of TCP; those over TLS are in `tcp`, as they are before encryption. */
  readonly octets: { readonly udp: number; readonly tcp: number };
  /** Queries answered REFUSED. */
  readonly refused: number;
  /** Queries answered NOTAUTH: no zone of ours, or a signature that does not verify. */
  readonly notAuth: number;
  /** Messages that are no query (too short, or a response): dropped. */
  readonly dropped: number;
  /** Messages answered FORMERR. */
  readonly malformed: number;
  /** Queries answered SERVFAIL: no version published, or the zone could not be read. */
  readonly failed: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends number ? number : Writable<T[K]> };

/** The counters themselves, changed in place by whoever counts. */
export type Counters = Writable<ServerStats>;

export function newCounters(): Counters {
  return {
    queries: { soa: 0, ns: 0, direct: 0, axfr: 0, ixfr: 0, other: 0 },
    transfers: { running: 0, waiting: 0, completed: 0, cut: 0 },
    connections: { open: 0, accepted: 0, overLimit: 0, evicted: 0, waitingBytes: 0 },
    handshakes: { completed: 0, failed: 0, timedOut: 0 },
    octets: { udp: 0, tcp: 0 },
    refused: 0,
    notAuth: 0,
    dropped: 0,
    malformed: 0,
    failed: 0,
  };
}
