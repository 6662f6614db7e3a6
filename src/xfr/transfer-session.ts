/**
 * One transfer on one connection, from the wait for a place to the last octet. What is sent is decided when the place is
 * granted, not when the query came: a version chosen earlier could be gone by then.
 */
import type { Socket } from "node:net";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { nameToText } from "../dns/name.ts";
import type { MessageReply, TransferReply } from "./dispatch.ts";
import type { FullTransfers } from "./full-transfers.ts";
import type { Limits } from "./limits.ts";
import type { Client, Transfer } from "./query.ts";
import type { Counters } from "./stats.ts";
import type { TransferSlots } from "./transfer-slots.ts";
import { type TransferEnd, TransferWriter } from "./transfer-writer.ts";

export interface TransferParts {
  readonly limits: Limits;
  readonly slots: TransferSlots;
  readonly fullTransfers: FullTransfers;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** What is left for the connection to do. */
export type SessionEnd =
  /** All is written; the next query may be answered. */
  | { readonly kind: "complete" }
  /** Nothing is written, and this is the answer. */
  | { readonly kind: "reply"; readonly reply: MessageReply }
  /** A part is written: nothing but a reset makes sense now. */
  | { readonly kind: "cut" }
  /** The connection was gone before anything was written. */
  | { readonly kind: "gone" };

export class TransferSession {
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #parts: TransferParts;
  readonly #abort = new AbortController();

  constructor(socket: Socket, client: Client, parts: TransferParts) {
    this.#socket = socket;
    this.#client = client;
    this.#parts = parts;
  }

  /** The connection is gone: leaves the queue, or breaks the transfer off. */
  abort(): void {
    this.#abort.abort(new Error("the connection is gone"));
  }

  /** Waits for a place, reads and writes. Resolves when there is nothing more to write; never rejects. */
  async run(reply: TransferReply): Promise<SessionEnd> {
    const { signal } = this.#abort;
    const { slots, logger, counters } = this.#parts;
    const ticket = await slots.acquire(signal);
    if (ticket === undefined) {
      if (signal.aborted) return { kind: "gone" };
      const { running, waiting } = counters.transfers;
      const fields = { client: this.#client.address, zone: reply.zone, running, waiting };
      logger.warn(fields, "no place for a transfer became free in time: answered SERVFAIL");
      return { kind: "reply", reply: reply.fail() };
    }
    try {
      const opened = signal.aborted ? undefined : reply.open();
      if (opened === undefined) return { kind: "gone" };
      return opened.kind === "message" ? { kind: "reply", reply: opened } : await this.#send(opened.transfer, reply);
    } finally {
      ticket.release();
    }
  }

  async #send(transfer: Transfer, reply: TransferReply): Promise<SessionEnd> {
    const { limits, logger } = this.#parts;
    const { address, transport, certificate } = this.#client;
    const fields = {
      client: address,
      transport,
      certificate: certificate?.shownNames,
      zone: nameToText(transfer.apex),
      type: transfer.kind,
      full: transfer.full,
      from: transfer.from,
      serial: transfer.serial,
    };
    const { signal } = this.#abort;
    const writer = new TransferWriter(this.#socket, reply.context, transfer, limits, signal, transport === "tls");
    try {
      writer.readAhead();
    } catch (thrown) {
      // RFC 5936 2.2: a server that cannot complete a transfer of which it has sent nothing answers with an error.
      logger.error({ ...fields, error: messageOf(thrown) }, "cannot read a zone: answered SERVFAIL");
      return { kind: "reply", reply: reply.fail() };
    }
    const end = await this.#write(writer, transfer, fields.zone);
    return this.#report(end, fields);
  }

  /** Writes all of it, with a record of a full zone from before its first octet on. */
  async #write(writer: TransferWriter, { full, client, serial }: Transfer, zone: string): Promise<TransferEnd> {
    const { fullTransfers } = this.#parts;
    if (!full) return writer.write();
    await fullTransfers.begin(zone, client, serial);
    const end = await writer.write();
    fullTransfers.end(zone, client, serial, end.kind === "complete");
    return end;
  }

  #report(end: TransferEnd, fields: Readonly<Record<string, unknown>>): SessionEnd {
    const { counters, logger } = this.#parts;
    switch (end.kind) {
      case "complete":
        counters.octets.tcp += end.octets;
        counters.transfers.completed += 1;
        logger.info({ ...fields, octets: end.octets, messages: end.messages }, "transferred a zone");
        return { kind: "complete" };
      case "cut":
        counters.octets.tcp += end.octets;
        counters.transfers.cut += 1;
        logger.warn({ ...fields, octets: end.octets, why: end.why }, "a transfer was cut");
        return { kind: "cut" };
      case "not-begun":
        return { kind: "gone" };
    }
  }
}
