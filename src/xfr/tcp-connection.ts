/**
 * One TCP connection (RFC 7766): queries in, answers out, in the order in which they came. While a transfer runs, the
 * queries behind it wait; once too many octets do, we stop reading. A refusal is the last answer. Not implemented: answering out of order (6.2.1.1 allows
 * it). Over TLS it is the same; only a reset is the inner socket's.
 */

import type { Socket } from "node:net";
import { startTimer } from "../base/timer.ts";
import { rcode } from "../dns/types.ts";
import type { Place } from "./connection-places.ts";
import type { Dispatcher, Reply, TransferReply } from "./dispatch.ts";
import { FrameReader } from "./frame-reader.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import type { Client } from "./query.ts";
import { type SessionEnd, type TransferParts, TransferSession } from "./transfer-session.ts";

export interface ConnectionParts extends TransferParts {
  readonly dispatcher: Dispatcher;
  readonly known: KnownAddresses;
}

/** What the connection is at; only when free does it answer the next query. */
type State =
  | "free"
  /** A transfer runs or waits for a place. */
  | "transfer"
  /** The client does not take its answers. */
  | "blocked"
  /** Other connections have their turn. */
  | "yielding"
  /** The last answer is written; what comes in is left unread. */
  | "closing";

export class TcpConnection {
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #place: Place;
  readonly #parts: ConnectionParts;
  readonly #reset: () => void;
  readonly #frames = new FrameReader();
  /** Of `waitingBytes` over all connections, what is ours. */
  #waitingBytes = 0;
  #state: State = "free";
  /** The client has sent its FIN; RFC 7766 6.2.4: it still gets its answers. */
  #hasEnded = false;
  #isDraining = false;
  #transfer: TransferSession | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;

  /** `reset` ends the connection by a TCP reset. */
  constructor(socket: Socket, client: Client, place: Place, parts: ConnectionParts, reset: () => void) {
    this.#socket = socket;
    this.#reset = reset;
    this.#client = client;
    this.#place = place;
    this.#parts = parts;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => {
      this.#hasEnded = true;
      if (this.#state === "free") this.#answerWaiting();
    });
    socket.on("drain", () => this.#becomeFree("blocked"));
    // What went wrong shows in "close"; without a listener it would end the process.
    socket.on("error", () => {});
    socket.on("close", () => this.#forget());
    this.#armIdle();
  }

  /** Lets a running transfer come to its end and closes; closes at once where none runs. */
  drain(): void {
    this.#isDraining = true;
    if (this.#state === "free") this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#state === "closing") return;
    this.#frames.push(chunk);
    if (this.#state === "free") this.#answerWaiting();
    else this.#countWaiting();
  }

  /** Counts the octets that wait here, and stops reading where they or those of all connections are too many. */
  #countWaiting(): void {
    const { limits, counters } = this.#parts;
    const { connections } = counters;
    connections.waitingBytes += this.#frames.waitingBytes - this.#waitingBytes;
    this.#waitingBytes = this.#frames.waitingBytes;
    if (this.#state === "free" || this.#state === "closing") return;
    const isOver =
      this.#waitingBytes >= limits.waitingBytesPerConnectionMax || connections.waitingBytes >= limits.waitingBytesMax;
    if (isOver) this.#socket.pause();
  }

  /** Answers what has arrived, until an answer takes longer or other connections should have their turn. */
  #answerWaiting(): void {
    const { limits, dispatcher } = this.#parts;
    let accepted = 0;
    let answered = 0;
    while (this.#state === "free" && !this.#isDraining) {
      const frame = this.#frames.take();
      if (frame === undefined) break;
      const reply = dispatcher.answer(frame, this.#client);
      if (reply.kind !== "none") answered += 1;
      this.#send(reply);
      if (++accepted >= limits.pipelinedQueriesMax && this.#state === "free") {
        this.#state = "yielding";
        this.#place.setBusy();
        setImmediate(() => this.#becomeFree("yielding"));
      }
    }
    this.#countWaiting();
    if (this.#state !== "free") {
      clearTimeout(this.#idle);
      return;
    }
    if (this.#isDraining || this.#hasEnded) {
      this.#socket.end();
      clearTimeout(this.#idle);
      this.#armStall();
    }
    // Neither octets of an unfinished query nor messages that are none keep a connection alive.
    else if (answered > 0) {
      this.#place.setIdle();
      this.#armIdle();
    }
  }

  /** Goes on after the state named; another one stays as it is. */
  #becomeFree(from: State): void {
    if (this.#state !== from || this.#socket.destroyed) return;
    this.#state = "free";
    clearTimeout(this.#stall);
    this.#place.setIdle();
    this.#armIdle();
    this.#answerWaiting();
    if (this.#state === "free") this.#socket.resume();
  }

  #armIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = startTimer(() => this.#socket.destroy(), this.#parts.limits.idleTimeoutMs).unref();
  }

  #armStall(): void {
    clearTimeout(this.#stall);
    this.#stall = startTimer(() => this.#socket.destroy(), this.#parts.limits.stallTimeoutMs).unref();
  }

  /**
   * Closes behind the answer just written. What still comes is read and dropped for a while: octets left unread would
   * make the kernel reset the connection, and the client might lose that answer.
   */
  #close(): void {
    this.#state = "closing";
    this.#frames.clear();
    this.#place.setIdle();
    this.#socket.end();
    this.#socket.resume();
    clearTimeout(this.#stall);
    this.#stall = startTimer(() => this.#socket.destroy(), this.#parts.limits.closeTimeoutMs).unref();
  }

  #send(reply: Reply): void {
    switch (reply.kind) {
      case "none":
        if (!this.#place.isKnown) this.#close();
        return;
      case "transfer":
        this.#setServed();
        void this.#transferZone(reply);
        return;
      case "message": {
        const { context, message, fullRcode } = reply;
        const frame = Buffer.allocUnsafe(2 + message.length + context.bytes);
        const end = context.write(message, frame, 2, fullRcode);
        frame.writeUInt16BE(end - 2, 0);
        this.#parts.counters.octets.tcp += end - 2;
        const isTaken = this.#socket.write(frame.subarray(0, end));
        if (isServed(fullRcode)) this.#setServed();
        if (fullRcode === rcode.refused || fullRcode === rcode.notAuth || !this.#place.isKnown) this.#close();
        else if (!isTaken) this.#block();
      }
    }
  }

  /** The client does not take its answers: no further query is read until it does. */
  #block(): void {
    this.#state = "blocked";
    this.#place.setBusy();
    this.#armStall();
  }

  /** The client has passed a zone's access list. */
  #setServed(): void {
    if (this.#place.isKnown) return;
    this.#place.setKnown();
    this.#parts.known.addServed(this.#client.address);
  }

  async #transferZone(reply: TransferReply): Promise<void> {
    this.#state = "transfer";
    this.#place.setBusy();
    this.#transfer = new TransferSession(this.#socket, this.#client, this.#parts);
    const end = await this.#transfer.run(reply);
    this.#transfer = undefined;
    this.#endTransfer(end);
  }

  #endTransfer(end: SessionEnd): void {
    switch (end.kind) {
      case "complete":
        this.#becomeFree("transfer");
        return;
      case "reply":
        if (this.#socket.destroyed) return;
        this.#send(end.reply);
        this.#becomeFree("transfer");
        return;
      case "cut":
      case "gone":
        // A reset, and not a FIN that could pass for an end.
        this.#reset();
    }
  }

  #forget(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#stall);
    this.#parts.counters.connections.waitingBytes -= this.#waitingBytes;
    this.#transfer?.abort();
  }
}

/** Whether a query got as far as the zone: only a client that its access list allows does. */
function isServed(fullRcode: number): boolean {
  return fullRcode === rcode.noError || fullRcode === rcode.nxDomain;
}
