/**
 * The floor of a transfer: `plain-server.mjs PORT FILE` holds a file in memory and writes it to each client that sends
 * anything, 64 KiB at a time, as fast as a plain Node socket takes it.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const [port, file] = process.argv.slice(2);
const octets = readFileSync(file);
const writeBytes = 65_536;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    let at = 0;
    const write = () => {
      while (at < octets.length) {
        const end = Math.min(at + writeBytes, octets.length);
        const accepted = socket.write(octets.subarray(at, end));
        at = end;
        if (!accepted) {
          socket.once("drain", write);
          return;
        }
      }
    };
    write();
  });
});
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
