/** Why a transfer came to nothing, in words of our own that go on from `Cannot fetch "…": `. */

export interface TransferFaultFacts {
  /** Whether another try in a moment may do. */
  readonly isTransient?: boolean;
  /** Whether the differences are at fault, so that the whole zone may still come. */
  readonly needsWhole?: boolean;
}

export class TransferFault extends Error {
  /** What to do, one sentence. */
  readonly remedy: string;
  readonly isTransient: boolean;
  readonly needsWhole: boolean;

  constructor(why: string, remedy: string, facts: TransferFaultFacts = {}) {
    super(why);
    this.name = "TransferFault";
    this.remedy = remedy;
    this.isTransient = facts.isTransient === true;
    this.needsWhole = facts.needsWhole === true;
  }
}

const brokenRemedy = "Transfer it with `dig` or `kdig` to see what comes; the primary's operator must fix it";
const cutRemedy = "It is tried again by itself; look at the network and the primary if this lasts";

/** What the primary sent is not what RFC 5936 and RFC 1995 have it send. */
export function broken(why: string, facts?: TransferFaultFacts): TransferFault {
  return new TransferFault(why, brokenRemedy, facts);
}

/** The connection or the time ended before the answer did. */
export function cut(why: string): TransferFault {
  return new TransferFault(why, cutRemedy, { isTransient: true });
}

/** Differences that do not fit, after which the whole zone is asked for. */
export function inconsistent(why: string): TransferFault {
  return broken(why, { needsWhole: true });
}

export const messageFault = (why: string): TransferFault =>
  broken(`its primary sent a message that cannot be read: ${why}`);
