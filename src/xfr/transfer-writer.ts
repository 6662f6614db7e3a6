/**
 * Writes one transfer to one socket: about 128 KiB a write, in one buffer that is filled again only when the kernel has
 * taken it. So a slow reader costs that buffer and a fast one few system calls.
 */

import type { Socket } from "node:net";
import { messageOf } from "../base/errors.ts";
import { startTimer } from "../base/timer.ts";
import { blockBytesMax } from "../dns/block.ts";
import { messagesAtOnce } from "../dns/transfer-size.ts";
import type { Limits } from "./limits.ts";
import type { Transfer } from "./query.ts";
import type { ResponseContext } from "./response-context.ts";

/** Writes to a fast reader finish at once; after so many the other connections get their turn. */
const batchesPerTurn = 4;

export type TransferEnd =
  /** The kernel has taken the last octet, which does not say that the client has. */
  | { readonly kind: "complete"; readonly octets: number; readonly messages: number }
  /** Broken off, for the reason given, with some of it written. */
  | { readonly kind: "cut"; readonly octets: number; readonly why: string }
  | { readonly kind: "not-begun" };

export class TransferWriter {
  readonly #socket: Pick<Socket, "write">;
  readonly #context: ResponseContext;
  readonly #messages: Iterator<Uint8Array>;
  readonly #limits: Limits;
  readonly #signal: AbortSignal;
  readonly #endsApart: boolean;
  readonly #end: Promise<TransferEnd>;
  #settle: (end: TransferEnd) => void = () => {};
  #batch: Uint8Array = new Uint8Array(0);
  /** Read, but not yet in a batch. */
  readonly #ready: Uint8Array[] = [];
  #batches = 0;
  #octets = 0;
  #count = 0;
  #over = false;
  #stall: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /**
   * Once `signal` aborts, nothing more is written. `endsApart`: the last message is a write of its own, and so begins a TLS
   * record. Unbound 1.17 reads one message each time that its socket has octets, and would wait for more where the rest of
   * the last record holds another one.
   */
  constructor(
    socket: Pick<Socket, "write">,
    context: ResponseContext,
    transfer: Transfer,
    limits: Limits,
    signal: AbortSignal,
    endsApart: boolean,
  ) {
    this.#socket = socket;
    this.#context = context;
    this.#messages = transfer.messages;
    this.#limits = limits;
    this.#signal = signal;
    this.#endsApart = endsApart;
    this.#end = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /**
   * Reads what the first write takes. Signing waits: a message that is signed and then not sent would spoil the chain of
   * MACs (RFC 8945 5.3.1) for an error that is sent instead. Throws whatever reading the zone throws.
   */
  readAhead(): void {
    while (this.#ready.length < messagesAtOnce) {
      const read = this.#messages.next();
      if (read.done === true) return;
      this.#ready.push(read.value);
    }
  }

  /** Writes all of it. Resolves after the last octet was handed to the kernel, or when it is broken off. */
  write(): Promise<TransferEnd> {
    if (this.#signal.aborted) return Promise.resolve({ kind: "not-begun" });
    const { stallTimeoutMs, transferTimeoutMs } = this.#limits;
    this.#batch = Buffer.allocUnsafeSlow(messagesAtOnce * (2 + blockBytesMax + this.#context.bytes));
    this.#signal.addEventListener("abort", this.#onAbort);
    this.#stall = startTimer(() => this.#cut("the client takes nothing"), stallTimeoutMs).unref();
    this.#deadline = startTimer(() => this.#cut("it took too long"), transferTimeoutMs).unref();
    this.#writeBatch();
    return this.#end;
  }

  readonly #onAbort = (): void => this.#cut(messageOf(this.#signal.reason));

  #cut(why: string): void {
    this.#finish(this.#batches > 0 ? { kind: "cut", octets: this.#octets, why } : { kind: "not-begun" });
  }

  #finish(end: TransferEnd): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#stall);
    clearTimeout(this.#deadline);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#settle(end);
  }

  #writeBatch(): void {
    if (this.#over) return;
    let filled: { bytes: number; isLast: boolean };
    try {
      filled = this.#fillBatch();
    } catch (thrown) {
      this.#cut(`the zone cannot be read: ${messageOf(thrown)}`);
      return;
    }
    this.#batches += 1;
    this.#socket.write(this.#batch.subarray(0, filled.bytes), (error) => {
      if (error) this.#cut(error.message);
      else if (filled.isLast) this.#finish({ kind: "complete", octets: this.#octets, messages: this.#count });
      else this.#afterBatch();
    });
  }

  #afterBatch(): void {
    if (this.#over) return;
    this.#stall?.refresh();
    if (this.#batches % batchesPerTurn === 0) setImmediate(() => this.#writeBatch());
    else this.#writeBatch();
  }

  #fillBatch(): { bytes: number; isLast: boolean } {
    let at = 0;
    for (;;) {
      const message = this.#ready.shift() ?? this.#read();
      if (message === undefined) return { bytes: at, isLast: true };
      const needed = 2 + message.length + this.#context.bytes;
      if (at > 0 && (at + needed > this.#batch.length || (this.#endsApart && this.#isLast()))) {
        this.#ready.unshift(message);
        return { bytes: at, isLast: false };
      }
      if (needed > this.#batch.length) {
        this.#batch = Buffer.allocUnsafeSlow(needed);
      }
      const end = this.#context.write(message, this.#batch, at + 2);
      free(message);
      const length = end - at - 2;
      this.#batch[at] = length >> 8;
      this.#batch[at + 1] = length & 0xff;
      this.#octets += length;
      this.#count += 1;
      at = end;
    }
  }

  /** Whether none follows the message that was taken last. */
  #isLast(): boolean {
    if (this.#ready.length > 0) return false;
    const next = this.#read();
    if (next !== undefined) this.#ready.push(next);
    return next === undefined;
  }

  #read(): Uint8Array | undefined {
    const read = this.#messages.next();
    return read.done === true ? undefined : read.value;
  }
}

/**
 * Gives the octets of a message back at once. Else they would wait for a garbage collection and, as memory outside the heap,
 * bring it on early: that took half of a transfer's time (measured: 46 ms of CPU for 42 MB, 22 ms so).
 */
function free(message: Uint8Array): void {
  const { buffer } = message;
  // Where it is a part of something larger, others may have the rest.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === message.length) buffer.transfer(0);
}
