/** Splits a TCP stream into messages by their two length octets (RFC 1035 4.2.2), however the octets arrive. */

export class FrameReader {
  /** Length octets seen of the message under way, 0..2. */
  #lengthOctets = 0;
  #length = 0;
  /** The message under way; its size is known once both length octets are. */
  #message: Uint8Array | undefined;
  #filled = 0;
  readonly #whole: Uint8Array[] = [];

  /** Whole messages that wait to be taken. */
  get waiting(): number {
    return this.#whole.length;
  }

  /** Adds received octets. RFC 7766 section 8: the length field and the message may come in separate segments. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#message === undefined) {
        this.#length = (this.#length << 8) | (chunk[at++] as number);
        this.#lengthOctets += 1;
        if (this.#lengthOctets < 2) continue;
        this.#message = new Uint8Array(this.#length);
      } else {
        const part = chunk.subarray(at, at + this.#length - this.#filled);
        this.#message.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
      }
      if (this.#filled === this.#length) this.#finish(this.#message);
    }
  }

  #finish(message: Uint8Array): void {
    this.#whole.push(message);
    this.#message = undefined;
    this.#lengthOctets = 0;
    this.#length = 0;
    this.#filled = 0;
  }

  /** The next whole message; undefined until there is one. */
  take(): Uint8Array | undefined {
    return this.#whole.shift();
  }
}
