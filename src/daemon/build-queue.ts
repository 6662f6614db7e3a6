/** Orders builds one after the other: what comes up during a build gives one more, however much it is. */

export interface BuildQueueOptions {
  /** Builds once; resolves when that is done and never rejects. */
  readonly build: (reread: readonly string[]) => Promise<void>;
}

export class BuildQueue {
  readonly #options: BuildQueueOptions;
  #running: Promise<void> | undefined;
  #wanted: Set<string> | undefined;
  #closed = false;

  constructor(options: BuildQueueOptions) {
    this.#options = options;
  }

  /** Builds now or, where a build is running, once more after it. `reread` names lists to read though untouched. */
  request(reread: readonly string[] = []): void {
    if (this.#closed) return;
    this.#wanted ??= new Set();
    for (const id of reread) this.#wanted.add(id);
    this.#running ??= this.#work();
  }

  async #work(): Promise<void> {
    while (this.#wanted !== undefined && !this.#closed) {
      const reread = [...this.#wanted];
      this.#wanted = undefined;
      await this.#options.build(reread);
    }
    this.#running = undefined;
  }

  /** Starts no further build; resolves when the running one is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }
}
