/**
 * Who may have a TCP connection: so many in all, so many of one network, and a quarter of all that strangers cannot
 * take. Where none is left, the connection that has been idle longest makes room. Knows no sockets.
 */
import { networkOf } from "./known-addresses.ts";
import type { Limits } from "./limits.ts";
import type { Counters } from "./stats.ts";

/** Of all places, those that strangers leave to known clients. */
const reservedShare = 1 / 4;

/** The place of one open connection. */
export interface Place {
  /** Whether its client is one that some zone knows. */
  readonly isKnown: boolean;
  /** Its client was served: strangers no longer make it go. */
  setKnown(): void;
  /** Nothing is owed to the client; from now on it may be closed to make room. */
  setIdle(): void;
  setBusy(): void;
  /** The connection is gone; may be called more than once. */
  release(): void;
}

interface Holder {
  readonly network: string;
  readonly close: () => void;
  isKnown: boolean;
}

/** All holders, and the idle ones in the order in which they became so. */
class Group {
  readonly all = new Set<Holder>();
  readonly idle = new Set<Holder>();

  delete(holder: Holder): void {
    this.all.delete(holder);
    this.idle.delete(holder);
  }

  oldestIdle(network?: string): Holder | undefined {
    for (const holder of this.idle) if (network === undefined || holder.network === network) return holder;
    return undefined;
  }
}

export class ConnectionPlaces {
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #strangers = new Group();
  readonly #known = new Group();
  readonly #perNetwork = new Map<string, number>();

  constructor(limits: Limits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /**
   * A place for a new connection, which is idle at first; undefined where there is none. `close` is called where it has
   * to make room, and its place is free at once.
   */
  take(address: string, isKnown: boolean, close: () => void): Place | undefined {
    const { connections } = this.#counters;
    const network = networkOf(address);
    if (!this.#freePlace(network, isKnown)) {
      connections.overLimit += 1;
      return undefined;
    }
    const holder: Holder = { network, close, isKnown };
    const group = this.#groupOf(holder);
    group.all.add(holder);
    group.idle.add(holder);
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1);
    connections.accepted += 1;
    this.#count();
    return this.#placeOf(holder);
  }

  #placeOf(holder: Holder): Place {
    return {
      get isKnown() {
        return holder.isKnown;
      },
      setKnown: () => {
        if (holder.isKnown || !this.#strangers.all.delete(holder)) return;
        holder.isKnown = true;
        this.#known.all.add(holder);
        if (this.#strangers.idle.delete(holder)) this.#known.idle.add(holder);
      },
      setIdle: () => {
        const { all, idle } = this.#groupOf(holder);
        idle.delete(holder);
        if (all.has(holder)) idle.add(holder);
      },
      setBusy: () => void this.#groupOf(holder).idle.delete(holder),
      release: () => this.#release(holder),
    };
  }

  #groupOf({ isKnown }: Holder): Group {
    return isKnown ? this.#known : this.#strangers;
  }

  /** Whether there is a place now, perhaps since another connection was closed for it. */
  #freePlace(network: string, isKnown: boolean): boolean {
    const { connectionsMax, connectionsPerClientMax } = this.#limits;
    const [strangers, known] = [this.#strangers, this.#known];
    if ((this.#perNetwork.get(network) ?? 0) >= connectionsPerClientMax) {
      if (!this.#close(strangers.oldestIdle(network) ?? known.oldestIdle(network))) return false;
    }
    const isFull = strangers.all.size + known.all.size >= connectionsMax;
    const forStrangers = connectionsMax - Math.floor(connectionsMax * reservedShare);
    if (!isKnown) {
      const areTooMany = isFull || strangers.all.size >= forStrangers;
      return !areTooMany || this.#close(strangers.oldestIdle());
    }
    return !isFull || this.#close(strangers.oldestIdle() ?? known.oldestIdle());
  }

  #close(holder: Holder | undefined): boolean {
    if (holder === undefined) return false;
    this.#release(holder);
    this.#counters.connections.evicted += 1;
    holder.close();
    return true;
  }

  #release(holder: Holder): void {
    const group = this.#groupOf(holder);
    if (!group.all.has(holder)) return;
    group.delete(holder);
    const left = (this.#perNetwork.get(holder.network) ?? 1) - 1;
    if (left > 0) this.#perNetwork.set(holder.network, left);
    else this.#perNetwork.delete(holder.network);
    this.#count();
  }

  #count(): void {
    this.#counters.connections.open = this.#strangers.all.size + this.#known.all.size;
  }
}
