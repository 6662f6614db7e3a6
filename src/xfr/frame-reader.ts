/**
 * Splits a TCP stream into messages by their two length octets (RFC 1035 4.2.2), however the octets arrive. They wait
 * as they came until a message is taken, so that what waits can be bounded by its octets.
 */
import { requestBytesMax } from "./request-bounds.ts";

/** What a piece of the stream costs in memory beside its octets, about. */
const chunkCostBytes = 256;
/** More of a message is never kept: who gets one of this length need not see the rest to refuse it. */
const keptBytesMax = requestBytesMax + 1;

export class FrameReader {
  /** Received, not yet looked at; of the first, the octets from `#at` on. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #chunkBytes = 0;
  /** Length octets seen of the message under way, 0..2. */
  #lengthOctets = 0;
  #length = 0;
  /** The message under way, or its first `keptBytesMax` octets; there once both length octets are. */
  #message: Uint8Array | undefined;
  #filled = 0;

  /** Octets that wait, those of an unfinished message included. */
  get waitingBytes(): number {
    return this.#chunkBytes + (this.#message?.length ?? 0);
  }

  /** Adds received octets. RFC 7766 section 8: the length field and the message may come in separate segments. */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length + chunkCostBytes;
  }

  /** The next whole message, of one over `requestBytesMax` octets a part that is longer than that; undefined until there is one. */
  take(): Uint8Array | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const message = this.#read(chunk);
      if (this.#at === chunk.length) {
        this.#chunks.shift();
        this.#chunkBytes -= chunk.length + chunkCostBytes;
        this.#at = 0;
      }
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Forgets what waits; nothing may be pushed afterwards. */
  clear(): void {
    this.#chunks.length = 0;
    this.#chunkBytes = 0;
    this.#message = undefined;
  }

  /** Reads on in a chunk to its end or to that of a message, which it gives. */
  #read(chunk: Uint8Array): Uint8Array | undefined {
    while (this.#at < chunk.length && this.#lengthOctets < 2) {
      this.#length = (this.#length << 8) | (chunk[this.#at++] as number);
      this.#lengthOctets += 1;
    }
    if (this.#lengthOctets < 2) return undefined;
    this.#message ??= new Uint8Array(Math.min(this.#length, keptBytesMax));
    const message = this.#message;
    const part = chunk.subarray(this.#at, this.#at + this.#length - this.#filled);
    if (this.#filled < message.length) message.set(part.subarray(0, message.length - this.#filled), this.#filled);
    this.#filled += part.length;
    this.#at += part.length;
    if (this.#filled < this.#length) return undefined;
    this.#message = undefined;
    this.#lengthOctets = 0;
    this.#length = 0;
    this.#filled = 0;
    return message;
  }
}
