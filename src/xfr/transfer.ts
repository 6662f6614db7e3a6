/**
 * Answers AXFR and IXFR requests: reads what the client has, asks for a plan and turns it into messages, or into the
 * one message that UDP allows.
 */
import { equalBytes } from "../base/bytes.ts";
import { blockBytesMax } from "../dns/block.ts";
import { lowerName, MessageError, readName, readUint32 } from "../dns/message.ts";
import { nameToText } from "../dns/name.ts";
import { type Serial, serial } from "../dns/serial.ts";
import { classIn, rcode, typeAxfr, typeSoa } from "../dns/types.ts";
import { planFullZone } from "./axfr.ts";
import type { FullTransfers } from "./full-transfers.ts";
import { type IxfrPlan, planIxfr } from "./ixfr.ts";
import type { Decision, Query } from "./query.ts";
import { RecordWriter, transferQuestion } from "./record-writer.ts";
import { type Plan, streamMessages } from "./transfer-stream.ts";
import type { Zone, ZoneVersion } from "./zone-source.ts";

/**
 * Without a place for it (`hasSlot`), a transfer over TCP is told to wait for one: what it is made of is decided then.
 * An IXFR that does not say what the client has is FORMERR.
 */
export function answerTransfer(
  zone: Zone,
  version: ZoneVersion,
  query: Query,
  hasSlot: boolean,
  fullTransfers: FullTransfers,
): Decision {
  const { question, client } = query;
  const { apex } = zone;
  const requester = { address: client.address, key: query.key === undefined ? "" : nameToText(query.key.name) };
  if (question.type === typeAxfr) {
    // RFC 5936 4.2: "AXFR sessions over UDP transport are not defined". NSD and Knot answer NOTIMP, BIND FORMERR; the
    // message is well-formed, so it is NOTIMP here.
    if (client.transport === "udp") return { kind: "code", code: rcode.notImp };
    if (!hasSlot) return { kind: "wait" };
    const messages = streamMessages(apex, planFullZone(version));
    const shared = { apex, serial: version.serial, from: undefined, repairs: false, client: requester, messages };
    return { kind: "transfer", transfer: { kind: "axfr", full: true, ...shared } };
  }
  const from = readClientSerial(query);
  if (from === undefined) return { kind: "code", code: rcode.formErr };
  const repairs = fullTransfers.isOwed(nameToText(apex), requester, from, client.transport !== "udp");
  const plan = planIxfr(version, from, repairs);
  if (plan.kind === "current") return { kind: "message", message: singleSoa(zone, version) };
  if (client.transport === "udp")
    return { kind: "message", message: inOneMessage(zone, version, plan, query.bytesMax) };
  if (!hasSlot) return { kind: "wait" };
  const messages = streamMessages(apex, plan.plan);
  const full = plan.kind === "full";
  return {
    kind: "transfer",
    transfer: {
      kind: "ixfr",
      full,
      repairs: full && repairs,
      client: requester,
      apex,
      serial: version.serial,
      from,
      messages,
    },
  };
}

/** What the client has; undefined where it does not say so, or not in a well-formed way. */
function readClientSerial(query: Query): Serial | undefined {
  try {
    return clientSerial(query);
  } catch (thrown) {
    if (thrown instanceof MessageError) return undefined;
    throw thrown;
  }
}

/**
 * RFC 1995 section 3: "the authority section containing the SOA record of client's version of the zone".
 * @throws MessageError where there is none, or its lengths lie
 */
function clientSerial({ bytes, question, sections }: Query): Serial {
  const soa = sections.authorities.find((record) => record.type === typeSoa && record.class === classIn);
  if (soa === undefined || !equalBytes(lowerName(soa.owner), question.lowerName)) {
    throw new MessageError("an IXFR has no SOA of its zone");
  }
  const within = bytes.subarray(0, soa.end);
  const rname = readName(within, readName(within, soa.rdataStart).end);
  if (rname.end + 20 !== soa.end) throw new MessageError("a SOA has lengths that lie");
  return serial(readUint32(within, rname.end));
}

function singleSoa(zone: Zone, version: ZoneVersion): Uint8Array {
  const writer = new RecordWriter(transferQuestion(zone.apex), blockBytesMax);
  if (!writer.add("answer", zone.apex, version.soa)) throw new RangeError("A SOA does not fit a message");
  return writer.take();
}

/**
 * RFC 1995 section 2: where a UDP answer does not fit, "the response is a single SOA record of the server's current
 * version", and the client comes back by TCP. TC is never set in a transfer: Unbound and PowerDNS break on it.
 */
function inOneMessage(
  zone: Zone,
  version: ZoneVersion,
  { plan }: Exclude<IxfrPlan, { kind: "current" }>,
  bytesMax: number,
): Uint8Array {
  const single = singleSoa(zone, version);
  if (!mayFit(plan, bytesMax)) return single;
  const messages = streamMessages(zone.apex, plan);
  const message = messages.next();
  if (message.done === true || message.value.length > bytesMax || messages.next().done !== true) return single;
  return message.value;
}

/** Repacked, many small messages shrink to a quarter at best; what is larger need not be tried. */
function mayFit(plan: Plan, bytesMax: number): boolean {
  return plan.bytes <= 4 * bytesMax;
}
