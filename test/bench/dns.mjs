/** The few DNS messages that the benchmarks need: a question for the SOA, a request for a zone, with TSIG or without. */
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { secondsNow } from "./processes.mjs";

const typeSoa = 6;
const typeAxfr = 252;
const fudgeSeconds = 300;
/** Between two questions for the SOA: fine at first, for servers that start at once, and then less of a load. */
const askAgainMs = { min: 1, max: 5 };
const answerWithinSeconds = 900;

function nameOf(text) {
  const labels = text.split(".").filter((label) => label !== "");
  const octets = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...octets, Buffer.alloc(1)]);
}

function uint16(value) {
  return Buffer.from([value >> 8, value & 0xff]);
}

function uint48(value) {
  const octets = Buffer.alloc(6);
  octets.writeUIntBE(value, 0, 6);
  return octets;
}

/** A query without EDNS, as it goes over UDP. */
export function queryOf(name, type, id) {
  return Buffer.concat([uint16(id), Buffer.from("00000001000000000000", "hex"), nameOf(name), uint16(type), uint16(1)]);
}

/** A request for a whole zone, as it goes over TCP. */
export function axfrQuery(name) {
  return framed(queryOf(name, typeAxfr, 4660));
}

/** A message as it goes over TCP. */
export function framed(message) {
  return Buffer.concat([uint16(message.length), message]);
}

/** The same request with a TSIG of now (RFC 8945). */
export function signQuery(query, { name, algorithm, secret }) {
  const message = query.subarray(2);
  const time = uint48(Math.floor(Date.now() / 1000));
  const fudge = uint16(fudgeSeconds);
  const noError = Buffer.alloc(4);
  const head = [nameOf(name), Buffer.from("00ff00000000", "hex"), nameOf(algorithm)];
  const mac = createHmac(algorithm.replace("hmac-", ""), secret)
    .update(Buffer.concat([message, ...head, time, fudge, noError]))
    .digest();
  const rdata = [nameOf(algorithm), time, fudge, uint16(mac.length), mac, message.subarray(0, 2), noError];
  const octets = rdata.reduce((sum, part) => sum + part.length, 0);
  const signed = Buffer.concat([
    message,
    nameOf(name),
    Buffer.from("00fa00ff00000000", "hex"),
    uint16(octets),
    ...rdata,
  ]);
  signed.writeUInt16BE(signed.readUInt16BE(10) + 1, 10);
  return framed(signed);
}

/** Asks for the SOA over UDP until an answer satisfies; gives its serial. `check` throws to give up. */
async function askSerial(port, name, check, satisfies) {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  let serial;
  socket.on("message", (answer) => (serial = serialIn(answer, name) ?? serial));
  // Refused until the server listens.
  socket.on("error", () => {});
  try {
    const question = queryOf(name, typeSoa, 4661);
    const started = secondsNow();
    for (;;) {
      if (serial !== undefined && satisfies(serial)) return serial;
      check();
      const seconds = secondsNow() - started;
      if (seconds > answerWithinSeconds) throw new Error(`No answer for ${name} on port ${port}`);
      socket.send(question);
      await new Promise((done) => setTimeout(done, seconds < 1 ? askAgainMs.min : askAgainMs.max));
    }
  } finally {
    socket.close();
  }
}

/** The serial of the first answer that has one. */
export function firstAnswer(port, name, check) {
  return askSerial(port, name, check, () => true);
}

/** Waits until another serial is answered. */
export function newAnswer(port, name, before, check) {
  return askSerial(port, name, check, (serial) => serial !== before);
}

/** The serial of an authoritative answer; undefined where there is none, since the zone may not be loaded yet. */
function serialIn(answer, name) {
  if ((answer[3] & 15) !== 0 || answer.readUInt16BE(6) !== 1) return undefined;
  const owner = 12 + nameOf(name).length + 4;
  const rdata = endOfName(answer, owner) + 10;
  return answer.readUInt32BE(endOfName(answer, endOfName(answer, rdata)));
}

/** The offset behind a name, which may be compressed. */
export function endOfName(message, at) {
  for (;;) {
    const octet = message[at];
    if (octet >= 192) return at + 2;
    if (octet === 0) return at + 1;
    at += 1 + octet;
  }
}
