/**
 * A known client: `ask.mjs PORT APEX COUNT PERIOD` asks for the SOA over UDP from 127.0.0.1, one query each PERIOD ms, and
 * prints the milliseconds of each answer as JSON; one that does not come within a second counts as a second.
 */
import { createSocket } from "node:dgram";
import { queryOf } from "../dns.mjs";

const [port, apex, count, periodMs] = [
  Number(process.argv[2]),
  process.argv[3],
  Number(process.argv[4]),
  Number(process.argv[5]),
];
const lostMs = 1000;
const typeSoa = 6;

const socket = createSocket("udp4");
await new Promise((done) => socket.connect(port, "127.0.0.1", done));
const sentAt = new Map();
const milliseconds = [];
socket.on("message", (answer) => {
  const id = answer.readUInt16BE(0);
  const at = sentAt.get(id);
  if (at === undefined || (answer[3] & 15) !== 0) return;
  sentAt.delete(id);
  milliseconds.push(Math.min(lostMs, performance.now() - at));
});
for (let id = 1; id <= count; id++) {
  sentAt.set(id, performance.now());
  socket.send(queryOf(apex, typeSoa, id));
  await new Promise((done) => setTimeout(done, periodMs));
}
for (let waited = 0; sentAt.size > 0 && waited < lostMs; waited += 10)
  await new Promise((done) => setTimeout(done, 10));
while (milliseconds.length < count) milliseconds.push(lostMs);
socket.close();
process.stdout.write(JSON.stringify(milliseconds));
