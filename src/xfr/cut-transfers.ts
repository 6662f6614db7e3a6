/**
 * Remembers whose full transfer broke off. BIND then keeps the old SOA but drops every rule of the zone, and differences
 * do not bring them back: its next IXFR must be answered with the whole zone. Kept in memory only, since a restart
 * drains running transfers first.
 */
import type { Clock } from "../base/clock.ts";
import { nameId } from "../dns/message.ts";

/** Pairs of client and zone remembered; the oldest goes first. */
const entriesMax = 4096;
/** A zone's usual expire time is of this order; after it the client asks for all of it anyway. */
const keepMs = 7 * 24 * 3_600_000;

export class CutTransfers {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  static #id(address: string, apex: Uint8Array): string {
    return `${address} ${nameId(apex)}`;
  }

  add(address: string, apex: Uint8Array): void {
    const id = CutTransfers.#id(address, apex);
    this.#since.delete(id);
    this.#since.set(id, this.#clock.nowMs());
    if (this.#since.size > entriesMax) {
      for (const oldest of this.#since.keys()) {
        this.#since.delete(oldest);
        break;
      }
    }
  }

  has(address: string, apex: Uint8Array): boolean {
    const id = CutTransfers.#id(address, apex);
    const since = this.#since.get(id);
    if (since === undefined) return false;
    if (this.#clock.nowMs() - since < keepMs) return true;
    this.#since.delete(id);
    return false;
  }

  /** A full transfer reached its end. */
  delete(address: string, apex: Uint8Array): void {
    this.#since.delete(CutTransfers.#id(address, apex));
  }
}
