/** Warns once a day of certificates that expire soon; the start of a command warns of them for the first time. */
import { type Clock, steadyMs } from "../base/clock.ts";
import { expiryNotes } from "../config/tls.ts";
import type { TlsConfig } from "../config/types.ts";
import type { Reporter } from "./reporter.ts";

const dayMs = 86_400_000;

export class ExpiryWarnings {
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  #nextMs: number;

  constructor(clock: Clock, reporter: Reporter) {
    this.#clock = clock;
    this.#reporter = reporter;
    this.#nextMs = steadyMs(clock) + dayMs;
  }

  /** To be called often. */
  look(tls: TlsConfig | undefined): void {
    const now = steadyMs(this.#clock);
    if (now < this.#nextMs) return;
    this.#nextMs = now + dayMs;
    if (tls === undefined) return;
    for (const { key, message } of expiryNotes(tls, this.#clock.nowMs())) {
      this.#reporter.warn({ key: `server.tls.${key}` }, message);
    }
  }
}
