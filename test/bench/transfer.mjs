/** Transfers as the benchmarks see them: looked at once, record by record, and then drained as fast as a client can. */
import { closeSync, openSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { endOfName } from "./dns.mjs";
import { clientFile, freePort, isThere, run, start } from "./processes.mjs";

const typeSoa = 6;

/**
 * Takes one whole transfer and walks its records to the second SOA.
 * @returns octets on the wire (with the two of each message's length), records, messages, and how many were signed
 */
export async function lookAtTransfer(port, query, saveTo) {
  const seen = { octets: 0, records: 0, messages: 0, signed: 0 };
  const file = saveTo === undefined ? undefined : openSync(saveTo, "w");
  const socket = connect(port, "127.0.0.1");
  socket.write(query);
  let soas = 0;
  let waiting = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      seen.octets += chunk.length;
      if (file !== undefined) writeSync(file, chunk);
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      let at = 0;
      while (waiting.length >= at + 2 && waiting.length >= at + 2 + waiting.readUInt16BE(at)) {
        const end = at + 2 + waiting.readUInt16BE(at);
        soas += readMessage(waiting.subarray(at + 2, end), seen);
        at = end;
      }
      waiting = waiting.subarray(at);
      if (soas > 1) return seen;
    }
  } finally {
    socket.destroy();
    if (file !== undefined) closeSync(file);
  }
  throw new Error(`The transfer from port ${port} ended after ${seen.records} records`);
}

/** Counts what is in one message; gives how many SOA records. */
function readMessage(message, seen) {
  const rcode = message[3] & 15;
  if (rcode !== 0) throw new Error(`The transfer was answered with RCODE ${rcode}`);
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = endOfName(message, at) + 4;
  let soas = 0;
  const records = message.readUInt16BE(6);
  for (let left = records; left > 0; left--) {
    at = endOfName(message, at);
    if (message.readUInt16BE(at) === typeSoa) soas += 1;
    at += 10 + message.readUInt16BE(at + 8);
  }
  seen.records += records;
  seen.messages += 1;
  if (message.readUInt16BE(10) > 0) seen.signed += 1;
  return soas;
}

/** Programs that connect, send the query and count octets; one on another machine would be in C. */
const clients = {
  node: [process.execPath, clientFile("drain.mjs")],
  python: ["python3", clientFile("drain.py")],
};

/** A client that only drains, as a process of its own. */
export class Drain {
  #command;

  constructor(name) {
    this.name = name;
    this.#command = clients[name];
  }

  /** The seconds of each of `times` transfers of `octets`, one after the other, from the query to the last octet. */
  take(port, query, octets, times) {
    return this.#take([port, octets, times, query.toString("hex")]);
  }

  /** The same over TLS, from when the handshake is done; `octets` are those within. */
  takeTls(port, query, octets, times) {
    return this.#take([port, octets, times, query.toString("hex"), "tls"]);
  }

  async #take(argv) {
    const [program, file] = this.#command;
    const { stdout } = await run(program, [file, ...argv].map(String));
    return JSON.parse(stdout);
  }
}

/** Serves the octets of a file to whoever sends anything, in writes of 64 KiB. */
export async function startPlainServer(file) {
  const port = await freePort();
  const server = start(process.execPath, [clientFile("plain-server.mjs"), String(port), file]);
  for (let open = false; !open; ) {
    server.checkAlive();
    open = await new Promise((done) => {
      const probe = connect(port, "127.0.0.1", () => probe.destroy(done(true))).on("error", () => done(false));
    });
  }
  return { ...server, port };
}

/** The faster of the clients that run here, tried on a server. */
export async function fastestDrain(port, query, octets) {
  let best = { drain: undefined, seconds: Infinity };
  for (const [name, [program]] of Object.entries(clients)) {
    if (!isThere(program, ["--version"])) continue;
    const drain = new Drain(name);
    const seconds = Math.min(...(await drain.take(port, query, octets, 10)));
    if (seconds < best.seconds) best = { drain, seconds };
  }
  return best.drain;
}
