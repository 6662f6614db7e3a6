/**
 * Decides what each message is answered with. One place, for all transports, with no sockets in it.
 *
 * Implemented: opcode QUERY with one question. NOTIFY (opcode 4) where somebody takes it, else NOTIMP. Not implemented:
 * UPDATE, answered NOTIMP; catalog zones; cookies. Extended errors (RFC 8914) say what TLS has to do with a refusal.
 */

import { equalBytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { type Logger } from "../base/logger.ts";
import { type ExtendedError, ednsUdpBytes, extendedError, plainUdpBytes, readEdns } from "../dns/edns.ts";
import { type Header, MessageError, type Question, readHeader, readQuestion, readSections } from "../dns/message.ts";
import { nameToText } from "../dns/name.ts";
import { readTsig, type TsigKeyring } from "../dns/tsig.ts";
import {
  classIn,
  opcodeNotify,
  opcodeQuery,
  rcode,
  typeAxfr,
  typeIxfr,
  typeMaila,
  typeMailb,
  typeNs,
  typeOpt,
  typeSoa,
  typeTkey,
  typeTsig,
} from "../dns/types.ts";
import { isAllowed } from "./acl.ts";
import { answerDirectly } from "./direct.ts";
import type { FullTransfers } from "./full-transfers.ts";
import type { Limits } from "./limits.ts";
import { type NotifyTaker, notifyMessage, takeNotify } from "./notify.ts";
import type { Client, Decision, Query, Transfer } from "./query.ts";
import type { QuietLog } from "./quiet-log.ts";
import { directMessage, emptyMessage } from "./replies.ts";
import { isOverBounds } from "./request-bounds.ts";
import { type RequestContext, ResponseContext } from "./response-context.ts";
import type { Counters, QueryKind } from "./stats.ts";
import { answerTransfer } from "./transfer.ts";
import { openTsigSession } from "./tsig-session.ts";
import type { Zone, ZoneSource } from "./zone-source.ts";
import { zoneAt, zoneOf } from "./zones.ts";

export type Reply =
  /** Say nothing. */
  { readonly kind: "none" } | MessageReply | TransferReply;

export interface MessageReply {
  readonly kind: "message";
  readonly context: ResponseContext;
  readonly message: Uint8Array;
  /** 0..4095. */
  readonly fullRcode: number;
}

/** A transfer that waits for a place. */
export interface TransferReply {
  readonly kind: "transfer";
  readonly context: ResponseContext;
  /** In text, for messages. */
  readonly zone: string;
  /** Decides what is sent, once there is a place: all that may have changed meanwhile is looked at again. */
  open(): MessageReply | { readonly kind: "opened"; readonly transfer: Transfer };
  /** SERVFAIL, for where nothing of the transfer can be sent; NOTAUTH where its key is none any more. */
  fail(): MessageReply;
}

export interface DispatcherParts {
  readonly source: ZoneSource;
  readonly keyring: TsigKeyring;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly quietLog: QuietLog;
  readonly counters: Counters;
  readonly fullTransfers: FullTransfers;
  /** Absent: nobody fetches zones here. */
  readonly notify?: NotifyTaker | undefined;
  readonly limits: Pick<Limits, "idleTimeoutMs">;
}

/** What could be read of a request so far. */
type RequestRead = { -readonly [K in keyof RequestContext]: RequestContext[K] };

type CodeDecision = Extract<Decision, { kind: "code" }>;
const servFail: CodeDecision = { kind: "code", code: rcode.servFail };

const metaTypes: readonly number[] = [typeOpt, typeTkey, typeTsig, typeMailb, typeMaila];

export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** The reply to one message, whatever octets it consists of. Never throws. */
  answer(bytes: Uint8Array, client: Client): Reply {
    const { counters, limits } = this.#parts;
    const header = readHeader(bytes);
    // A response is never answered, or two servers could go on answering each other forever.
    if (header === undefined || header.isResponse) {
      counters.dropped += 1;
      return { kind: "none" };
    }
    const read: RequestRead = {
      ...header,
      question: undefined,
      edns: undefined,
      keepaliveMs: client.transport === "udp" ? undefined : limits.idleTimeoutMs,
      isEncrypted: client.transport === "tls",
      signer: undefined,
    };
    try {
      return this.#answerWellFormed(bytes, header, read, client);
    } catch (thrown) {
      if (!(thrown instanceof MessageError)) throw thrown;
      // RFC 6891 6.1.1: an OPT that could be read is answered with one. A valid signature is answered with one, too.
      const context = new ResponseContext(read);
      if (header.opcode === opcodeQuery) return this.#code(context, header, read.question, rcode.formErr);
      counters.malformed += 1;
      return this.#code(context, header, read.question, rcode.notImp);
    }
  }

  #code(context: ResponseContext, header: Header, question: Question | undefined, fullRcode: number): MessageReply {
    const { counters } = this.#parts;
    if (fullRcode === rcode.formErr) counters.malformed += 1;
    if (fullRcode === rcode.refused) counters.refused += 1;
    if (fullRcode === rcode.notAuth) counters.notAuth += 1;
    if (fullRcode === rcode.servFail) counters.failed += 1;
    return { kind: "message", context, message: emptyMessage(question, header.opcode, fullRcode & 15), fullRcode };
  }

  /**
   * Puts what it reads into `read`, as far as it comes.
   * @throws MessageError where the request is larger than a request may be or not well-formed
   */
  #answerWellFormed(bytes: Uint8Array, header: Header, read: RequestRead, client: Client): Reply {
    const { keyring, clock, counters, quietLog } = this.#parts;
    const question = readQuestion(bytes, header);
    read.question = question;
    // From here on a request costs little, whoever sent it; without this bound 64 KiB of records cost milliseconds.
    if (isOverBounds(bytes.length, header)) throw new MessageError("it is larger than a request may be");
    const sections = readSections(bytes, header, question);
    const edns = readEdns(bytes, sections);
    read.edns = edns;
    const record = readTsig(bytes, sections);
    const tsig = openTsigSession(bytes, record, keyring, clock);
    if (tsig.kind === "malformed") throw new MessageError("a MAC has a length that RFC 8945 forbids");
    const signer = tsig.kind === "unsigned" ? undefined : tsig.signer;
    read.signer = signer;
    const context = new ResponseContext(read);
    const rejected = (why: string, to: ResponseContext): MessageReply => {
      // RFC 8945 5.2.1: "The server SHOULD log the error."
      const fields = { client: client.address, zone: nameToText(question.lowerName), error: why };
      quietLog.warn(fields, "refused a query for its TSIG");
      return this.#code(to, header, question, rcode.notAuth);
    };
    if (tsig.kind === "rejected") return rejected(tsig.why, context);
    // RFC 6891 6.1.3: "If a responder does not implement the VERSION level of the request, then it MUST respond with
    // RCODE=BADVERS."
    if (edns !== undefined && edns.version > 0) return this.#code(context, header, question, rcode.badVers);
    const key = tsig.kind === "verified" ? tsig.key : undefined;
    const { notify } = this.#parts;
    if (header.opcode === opcodeNotify && notify !== undefined) {
      counters.queries.other += 1;
      const code = takeNotify(notify, question, client.address, key);
      if (code !== rcode.noError) return this.#code(context, header, question, code);
      return { kind: "message", context, message: notifyMessage(question), fullRcode: code };
    }
    if (header.opcode !== opcodeQuery) {
      counters.queries.other += 1;
      return this.#code(context, header, question, rcode.notImp);
    }
    const udpBytes = edns === undefined ? plainUdpBytes : Math.min(edns.udpBytes, ednsUdpBytes);
    const bytesMax = (client.transport === "udp" ? udpBytes : 0xffff) - context.bytes;
    const query = { bytes, question, sections, key, client, bytesMax };
    counters.queries[kindOf(question)] += 1;
    const codeReply = ({ code, error }: CodeDecision): MessageReply =>
      this.#code(error === undefined ? context : context.withError(error), header, question, code);
    const messageReply = (message: Uint8Array): MessageReply => {
      return { kind: "message", context, message, fullRcode: message[3] as number };
    };
    const decision = this.#decideSafely(query, false);
    if (decision.kind === "code") return codeReply(decision);
    if (decision.kind === "message") return messageReply(decision.message);
    // A key may be revoked while the transfer waits. It is judged by the time at which it came, since the wait is ours.
    const receivedMs = clock.nowMs();
    const rejectedNow = (): MessageReply | undefined => {
      const again = openTsigSession(bytes, record, keyring, { nowMs: () => receivedMs });
      if (again.kind !== "rejected") return undefined;
      return rejected(again.why, new ResponseContext({ ...read, signer: again.signer }));
    };
    return {
      kind: "transfer",
      context,
      zone: nameToText(question.lowerName),
      open: () => {
        const refusal = rejectedNow();
        if (refusal !== undefined) return refusal;
        const opened = this.#decideSafely(query, true);
        if (opened.kind === "transfer") return { kind: "opened", transfer: opened.transfer };
        return opened.kind === "message" ? messageReply(opened.message) : codeReply(codeOf(opened));
      },
      fail: () => rejectedNow() ?? codeReply(servFail),
    };
  }

  /** A zone that cannot be read costs its query an answer, not the server its life. */
  #decideSafely(query: Query, hasSlot: boolean): Decision {
    try {
      return this.#decide(query, hasSlot);
    } catch (thrown) {
      const zone = nameToText(query.question.lowerName);
      this.#parts.logger.error({ zone, client: query.client.address, error: messageOf(thrown) }, "cannot read a zone");
      return servFail;
    }
  }

  #decide(query: Query, hasSlot: boolean): Decision {
    const { source } = this.#parts;
    const { question } = query;
    const isTransfer = question.type === typeAxfr || question.type === typeIxfr;
    // RFC 9103 has such queries refused with the extended error "Not Supported".
    if (query.client.isAtTransferPort === true && !isTransfer && question.type !== typeSoa)
      return { kind: "code", code: rcode.refused, error: forTransfers };
    if (!isTransfer && metaTypes.includes(question.type)) return { kind: "code", code: rcode.notImp };
    const find = isTransfer ? zoneAt : zoneOf;
    const zone = question.class === classIn ? find(source, question.lowerName) : undefined;
    // RFC 5936 2.2.1: a server that is not authoritative for the zone answers NOTAUTH. Other queries: REFUSED, since
    // we resolve for nobody.
    if (zone === undefined) return { kind: "code", code: isTransfer ? rcode.notAuth : rcode.refused };
    const { client } = query;
    if (!isAllowed(zone.acl, client.address, query.key, client.certificate)) {
      if (isTransfer) this.#logRefusal(zone, query);
      return { kind: "code", code: rcode.refused };
    }
    const error = refusalByTransport(zone, query);
    if (error !== undefined) {
      if (isTransfer) this.#logRefusal(zone, query, error);
      return { kind: "code", code: rcode.refused, error };
    }
    const version = zone.current();
    if (version === undefined) return { kind: "code", code: rcode.servFail };
    if (isTransfer) return answerTransfer(zone, version, query, hasSlot, this.#parts.fullTransfers);
    const answer = answerDirectly(zone, version, question);
    return { kind: "message", message: directMessage(zone.apex, question, answer, query.bytesMax) };
  }

  #logRefusal(zone: Zone, { client, key }: Query, error?: ExtendedError): void {
    const { address, transport, certificate } = client;
    const fields = {
      zone: nameToText(zone.apex),
      client: address,
      transport,
      key: key && nameToText(key.name),
      certificate: certificate?.shownNames,
    };
    this.#parts.quietLog.warn(fields, `refused a transfer${error === undefined ? "" : `: ${error.text}`}`);
  }
}

/**
 * Why a client that the zone allows is not answered over this transport: transfers never by UDP at a port for TLS, and of a
 * zone that requires TLS nothing in clear text but the SOA, since Unbound asks for that by UDP before it connects.
 */
function refusalByTransport(zone: Zone, { question, client }: Query): ExtendedError | undefined {
  if (client.transport === "tls") return undefined;
  // At a name within, an answer would tell whether there is a rule.
  if (question.type === typeSoa && equalBytes(question.lowerName, zone.apex)) return undefined;
  if (zone.requiresTls === true) return overTls;
  return client.isAtTransferPort === true ? forTransfers : undefined;
}

const forTransfers: ExtendedError = { code: extendedError.notSupported, text: "this port is for transfers over TLS" };
const overTls: ExtendedError = { code: extendedError.prohibited, text: "this zone is given out over TLS alone" };

/** A place was given, so that nothing is left to wait for. */
function codeOf(decision: Exclude<Decision, { kind: "message" | "transfer" }>): CodeDecision {
  return decision.kind === "code" ? decision : servFail;
}

function kindOf(question: Question): QueryKind {
  if (question.class !== classIn || metaTypes.includes(question.type)) return "other";
  switch (question.type) {
    case typeSoa:
      return "soa";
    case typeNs:
      return "ns";
    case typeAxfr:
      return "axfr";
    case typeIxfr:
      return "ixfr";
    default:
      return "direct";
  }
}
