/**
 * A client that only drains: `drain.mjs PORT OCTETS TIMES QUERY` prints the seconds of each transfer as JSON. With `tls` behind
 * that, over TLS; the server's certificate is not looked at.
 */
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const [port, octets, times] = process.argv.slice(2, 5).map(Number);
const query = Buffer.from(process.argv[5], "hex");
const isTls = process.argv[6] === "tls";
/** Reused for every read, so that nothing is allocated while octets come in. */
const buffer = Buffer.alloc(262_144);

const seconds = [];
for (let i = 0; i < times; i++) seconds.push(await drain());
process.stdout.write(JSON.stringify(seconds));

function drain() {
  return new Promise((done, fail) => {
    let started = 0;
    let left = octets;
    const take = (count) => {
      left -= count;
      if (left > 0) return true;
      done((performance.now() - started) / 1000);
      socket.destroy();
      return false;
    };
    const options = { port, host: "127.0.0.1", onread: { buffer, callback: take } };
    const begin = () => {
      started = performance.now();
      socket.write(query);
    };
    const more = { rejectUnauthorized: false, ALPNProtocols: ["dot"], minVersion: "TLSv1.3" };
    const socket = isTls ? connectTls({ ...options, ...more }, begin) : connect(options, begin);
    socket.on("error", fail);
    socket.on("end", () => fail(new Error(`The server ended ${left} octets early`)));
  });
}
