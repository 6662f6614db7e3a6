/** One request at a time per host: those for a host that is busy wait in the order in which they came. */

export class HostQueue {
  /** By host, the last that was let in or waits. */
  readonly #last = new Map<string, Promise<void>>();

  /** Whether a request for a host would wait. */
  isBusy(host: string): boolean {
    return this.#last.has(host);
  }

  /** Does the work once nobody else has the host. */
  async use<T>(host: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(host);
    let release = (): void => {};
    const own = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#last.set(host, own);
    try {
      await before;
      return await work();
    } finally {
      if (this.#last.get(host) === own) this.#last.delete(host);
      release();
    }
  }
}
