/** A client that only drains: `drain.mjs PORT OCTETS TIMES QUERY` prints the seconds of each transfer as JSON. */
import { connect } from "node:net";

const [port, octets, times] = process.argv.slice(2, 5).map(Number);
const query = Buffer.from(process.argv[5], "hex");
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
    const socket = connect({ port, host: "127.0.0.1", onread: { buffer, callback: take } }, () => {
      started = performance.now();
      socket.write(query);
    });
    socket.on("error", fail);
    socket.on("end", () => fail(new Error(`The server ended ${left} octets early`)));
  });
}
