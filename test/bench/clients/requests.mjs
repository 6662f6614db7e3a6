/** Answers messages on this thread, without sockets: prints the microseconds of each kind as JSON, a plain SOA query first. */
import { createHmac } from "node:crypto";
import { nameFromText } from "../../../dist/dns/name.js";
import { TsigKeyring } from "../../../dist/dns/tsig.js";

import { Dispatcher } from "../../../dist/xfr/dispatch.js";
import { FullTransfers, MemoryTransferLog } from "../../../dist/xfr/full-transfers.js";
import { defaultLimits } from "../../../dist/xfr/limits.js";
import { QuietLog } from "../../../dist/xfr/quiet-log.js";
import { newCounters } from "../../../dist/xfr/stats.js";
import { queryOf } from "../dns.mjs";

const apex = "rpz.example";
const typeSoa = 6;
const known = "192.0.2.1";
const stranger = "198.51.100.1";
const turns = 5;
const messagesATurn = 20_000;

const secret = createHmac("sha256", "bench").digest();
const dispatcher = makeDispatcher();
const plain = queryOf(apex, typeSoa, 4660);
const kinds = [
  { what: "SOA query of a known client", message: plain, from: known },
  { what: "SOA query", message: plain, from: stranger },
  { what: "64 KiB of records", message: manyRecords(), from: stranger },
  { what: "owners of 127 labels and 125 pointers", message: ladder(), from: stranger },
  { what: "4 KiB with a MAC that does not verify", message: badMac(), from: stranger },
];
// The compiler has seen all of them before any is timed.
for (const kind of kinds) answerMany(kind);
const samples = kinds.map(() => []);
for (let turn = 0; turn < turns; turn++) for (const [i, kind] of kinds.entries()) samples[i].push(answerMany(kind));
process.stdout.write(JSON.stringify(kinds.map(({ what }, i) => ({ what, samples: samples[i] }))));

/** Microseconds of one message. */
function answerMany({ message, from }) {
  const client = { address: from, port: 53, transport: "udp" };
  const started = performance.now();
  for (let i = 0; i < messagesATurn; i++) dispatcher.answer(message, client);
  return ((performance.now() - started) * 1000) / messagesATurn;
}

function makeDispatcher() {
  const clock = { nowMs: () => 1_700_000_000_000 };
  const logger = { info() {}, warn() {}, error() {} };
  const rdata = Buffer.concat([nameFromText("localhost"), nameFromText(`hostmaster.${apex}`), Buffer.alloc(20)]);
  const version = {
    serial: 1,
    soa: { type: typeSoa, ttl: 30, rdata },
    ns: [],
    bytes: 0,
    blocks: () => ({ next() {} }),
    lookup: () => ({ kind: "absent" }),
    differencesFrom() {},
  };
  const zone = { apex: nameFromText(apex), acl: [{ address: known }], current: () => version };
  return new Dispatcher({
    source: { zones: () => [zone] },
    limits: defaultLimits,
    keyring: new TsigKeyring([{ name: "isp-a", algorithm: "hmac-sha256", secret }]),
    clock,
    logger,
    quietLog: new QuietLog(logger, clock),
    counters: newCounters(),
    fullTransfers: new FullTransfers(new MemoryTransferLog()),
  });
}

/** As many records as 64 KiB hold. */
function manyRecords() {
  const record = Buffer.from("00000100010000000000040a000001", "hex");
  const count = Math.floor((65_535 - plain.length) / record.length);
  const message = Buffer.concat([plain, ...new Array(count).fill(record)]);
  message.writeUInt16BE(count, 10);
  return message;
}

/** Seven records whose owners are reached by the longest way that a name may have, behind one that holds the pointers. */
function ladder() {
  const name = Buffer.concat([Buffer.from("0161".repeat(126), "hex"), Buffer.alloc(1)]);
  const question = Buffer.concat([Buffer.from("123400000001000000040004", "hex"), name, Buffer.from([0, 6, 0, 1])]);
  const pointerTo = (target) => Buffer.from([0xc0 | (target >> 8), target & 0xff]);
  const rungAt = (i) => question.length + 11 + 2 * i;
  const rungs = Array.from({ length: 125 }, (_, i) => pointerTo(i === 0 ? 12 : rungAt(i - 1)));
  const holder = Buffer.concat([Buffer.from([0, 0, 10, 0, 1, 0, 0, 0, 0, 0, 250]), ...rungs]);
  const rest = Buffer.concat([pointerTo(rungAt(124)), Buffer.from([0, 10, 0, 1, 0, 0, 0, 0, 0, 0])]);
  return Buffer.concat([question, holder, ...new Array(7).fill(rest)]);
}

/** A query with an OPT of nearly 4 KiB and the TSIG of a key that is known, with another MAC. */
function badMac() {
  const padding = 3900;
  const opt = Buffer.concat([
    Buffer.from("00002904d000000000", "hex"),
    uint16(padding + 4),
    uint16(12),
    uint16(padding),
  ]);
  const time = Buffer.concat([uint16(0), Buffer.from("6553f100", "hex"), uint16(300)]);
  const rdata = Buffer.concat([
    nameFromText("hmac-sha256"),
    time,
    uint16(32),
    Buffer.alloc(32),
    uint16(4660),
    uint16(0),
    uint16(0),
  ]);
  const tsig = Buffer.concat([
    nameFromText("isp-a"),
    Buffer.from("00fa00ff00000000", "hex"),
    uint16(rdata.length),
    rdata,
  ]);
  const message = Buffer.concat([plain, opt, Buffer.alloc(padding), tsig]);
  message.writeUInt16BE(2, 10);
  return message;
}

function uint16(value) {
  return Buffer.from([value >> 8, value & 0xff]);
}
