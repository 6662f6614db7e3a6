/**
 * Addresses finished messages to one request: its ID, RD and question are patched in, OPT and TSIG appended. Nothing
 * in here looks at a record, so that a stored message costs one copy and, where asked for, one HMAC.
 */
import { type Edns, type ExtendedError, type OptOptions, optBytesMax, writeOpt } from "../dns/edns.ts";
import type { Question } from "../dns/message.ts";
import { flagRd, headerBytes } from "../dns/types.ts";
import type { Signer } from "./tsig-session.ts";

export interface RequestContext {
  readonly id: number;
  /** The third octet of the request's header. */
  readonly flags: number;
  readonly question: Question | undefined;
  readonly edns: Edns | undefined;
  /** How long an idle connection stays open; undefined by UDP, which has none. */
  readonly keepaliveMs: number | undefined;
  /** Whether nobody else reads along. */
  readonly isEncrypted: boolean;
  readonly signer: Signer | undefined;
}

export class ResponseContext {
  /** Octets that OPT and TSIG add to a message, at most. */
  readonly bytes: number;
  readonly #to: RequestContext;
  readonly #options: OptOptions;

  /** `error` is told to a client that has EDNS. */
  constructor(to: RequestContext, error?: ExtendedError) {
    this.#to = to;
    const { edns, keepaliveMs, isEncrypted } = to;
    this.#options = {
      ...(edns?.hasKeepalive === true && keepaliveMs !== undefined ? { keepaliveMs } : {}),
      ...(error === undefined ? {} : { error }),
      isPadded: isEncrypted && edns?.hasPadding === true,
    };
    this.bytes = (edns === undefined ? 0 : optBytesMax(this.#options)) + (to.signer?.bytes ?? 0);
  }

  /** The same, but that it tells why as well. */
  withError(error: ExtendedError): ResponseContext {
    return new ResponseContext(this.#to, error);
  }

  /**
   * Copies `message` to `at` and addresses it there. Where it has a question, that is the request's but for the letter
   * case and the QTYPE. `fullRcode` is 0..4095; above 15 it needs a request with OPT.
   * @returns the offset behind it
   */
  write(message: Uint8Array, target: Uint8Array, at: number, fullRcode = message[3] as number): number {
    const { id, flags, question, edns, signer } = this.#to;
    target.set(message, at);
    // RFC 5936 2.2.1: "ID: MUST be copied from request", RD likewise (RFC 1035 4.1.1).
    target[at] = id >> 8;
    target[at + 1] = id & 0xff;
    target[at + 2] = (message[2] as number) | (flags & flagRd);
    target[at + 3] = fullRcode & 15;
    if (question !== undefined) target.set(question.octets, at + headerBytes);
    let end = at + message.length;
    if (edns !== undefined) {
      // RFC 6891 6.1.1: "If an OPT record is present in a received request, compliant responders MUST include an OPT
      // record in their respective responses": in each message of a transfer, as BIND and Knot want it.
      const place = { start: at, at: end, bytesBehind: signer?.bytes ?? 0 };
      end = writeOpt(target, place, fullRcode, edns.dnssecOk, this.#options);
      target[at + 11] = (target[at + 11] as number) + 1;
    }
    // RFC 8945 5.1: the TSIG is the last record of the additional section.
    return signer === undefined ? end : signer.sign(target, at, end);
  }
}
