/**
 * Strangers: `attack.mjs PORT APEX CONNECTIONS DATAGRAMS SECONDS`, and `tls` behind that for a port for TLS. It keeps CONNECTIONS TCP connections from 250 addresses
 * of 127.0.1.0/24, each opened again when the server has closed it, and sends DATAGRAMS a second from 200 addresses
 * of 127.0.2.0/24. It prints a line when all connections have been tried once, and at the end what it did as JSON.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setPriority } from "node:os";
import { connect as connectTls } from "node:tls";
import { framed, queryOf } from "../dns.mjs";

const [portText, apex, ...numbers] = process.argv.slice(2);
const [connections, datagrams, seconds] = numbers.slice(0, 3).map(Number);
const isTls = numbers[3] === "tls";
const port = Number(portText);
const typeSoa = 6;
const typeAxfr = 252;
const addresses = 250;
const senders = 200;
/** Between the end of a connection and the next one in its place. */
const againMs = 250;
const tickMs = 5;

const did = { opened: 0, closed: 0, handshakes: 0, sent: 0, answered: 0 };
const soa = queryOf(apex, typeSoa, 4660);
const manyRecords = floodOfRecords();
/** What a connection sends: nothing, a part of a request, a request for the zone, the costliest message there is. */
const openings = [
  Buffer.alloc(0),
  Buffer.from([0xff, 0xff, 1, 2, 3]),
  framed(queryOf(apex, typeAxfr, 4660)),
  framed(manyRecords),
];
/** What a connection sends before TLS: nothing, a part of a handshake, all of one, garbage. */
const tlsOpenings = [Buffer.alloc(0), Buffer.from([22, 3, 1, 2, 0, 1]), undefined, Buffer.alloc(65_536, 0x5a)];

// Strangers are elsewhere: here they would take the processor that the server needs.
setPriority(10);
let isOver = false;
let tried = 0;
for (let i = 0; i < connections; i++) open(i);
const sockets = await Promise.all(Array.from({ length: senders }, (_, i) => bindSocket(`127.0.2.${1 + i}`)));
const started = performance.now();
const ticker = setInterval(sendDue, tickMs);
setTimeout(end, seconds * 1000);
process.stdin.on("end", end).resume();

function open(i) {
  if (isOver) return;
  const localAddress = `127.0.1.${1 + (i % addresses)}`;
  const socket = connect({ port, host: "127.0.0.1", localAddress }, () => {
    did.opened += 1;
    if (isTls) openTls(socket, i);
    else socket.write(openings[i % openings.length]);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    did.closed += 1;
    setTimeout(open, againMs, i);
  });
  if (!isTls) socket.resume();
  if (++tried === connections) process.stdout.write("ready\n");
}

/** The handshake, and where it succeeds a request for the zone. */
function openTls(socket, i) {
  const opening = tlsOpenings[i % tlsOpenings.length];
  if (opening !== undefined) {
    socket.resume().write(opening);
    return;
  }
  const secure = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ["dot"] }, () => {
    did.handshakes += 1;
    secure.write(openings[2]);
  });
  secure.on("error", () => {});
  secure.resume();
}

async function bindSocket(address) {
  const socket = createSocket("udp4");
  socket.on("message", () => (did.answered += 1));
  socket.on("error", () => {});
  await new Promise((done) => socket.bind(0, address, done));
  return socket;
}

/** Sends as many as the time since the start asks for; what a late timer left out is made up for, up to a tenth of a second. */
function sendDue() {
  const due = Math.floor(((performance.now() - started) / 1000) * datagrams);
  did.sent = Math.max(did.sent, due - datagrams / 10);
  for (; did.sent < due; did.sent++) {
    // One in fifty is as large as a datagram can be.
    const message = did.sent % 50 === 0 ? manyRecords.subarray(0, 60_000) : soa;
    sockets[did.sent % senders].send(message, port, "127.0.0.1");
  }
}

function end() {
  if (isOver) return;
  isOver = true;
  clearInterval(ticker);
  process.stdout.write(`${JSON.stringify(did)}\n`, () => process.exit(0));
}

/** A query with as many records behind it as 64 KiB hold. */
function floodOfRecords() {
  const record = Buffer.from("00000100010000000000040a000001", "hex");
  const count = Math.floor((65_535 - soa.length) / record.length);
  const message = Buffer.concat([soa, ...new Array(count).fill(record)]);
  message.writeUInt16BE(count, 10);
  return message;
}
