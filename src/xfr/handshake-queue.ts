/**
 * When a TLS handshake may begin. A handshake costs about a millisecond of CPU, a hundred times what other requests of
 * strangers cost, so theirs take turns; those of known clients begin at once. Knows no sockets.
 */
import { startTimer } from "../base/timer.ts";
import type { Limits } from "./limits.ts";

export class HandshakeQueue {
  readonly #limits: Pick<Limits, "strangersHandshakesPerSecond">;
  /** Oldest first; a connection has a place, so that there are never many. */
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Pick<Limits, "strangersHandshakesPerSecond">) {
    this.#limits = limits;
  }

  /** Calls `begin` at its turn, perhaps at once. @returns leaves the queue; later calls do nothing */
  add(isKnown: boolean, begin: () => void): () => void {
    if (isKnown) {
      begin();
      return () => {};
    }
    if (this.#timer === undefined) {
      this.#armTimer();
      begin();
      return () => {};
    }
    this.#waiting.add(begin);
    return () => void this.#waiting.delete(begin);
  }

  /**
   * The one that came last is next: where more come than have a turn, the oldest make room for others or time out, so that
   * in any other order nobody at all would come through.
   */
  #next(): void {
    this.#timer = undefined;
    const last = [...this.#waiting].at(-1);
    if (last === undefined) return;
    this.#waiting.delete(last);
    this.#armTimer();
    last();
  }

  #armTimer(): void {
    this.#timer = startTimer(() => this.#next(), 1000 / this.#limits.strangersHandshakesPerSecond).unref();
  }
}
