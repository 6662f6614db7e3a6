/** Free ports for servers under test. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the range from which the kernel and the resolvers take source ports (32768 and up), so that nobody takes a port
// between the moment it is found free and the moment its server binds it.
const firstPort = 20_000;
const lastPort = 32_767;
// Test files run in parallel workers; each keeps to its own residue.
const workers = 16;
const worker = Number(process.env["VITEST_POOL_ID"] ?? "0") % workers;
const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket("udp4");
  try {
    tcp.listen(port, "127.0.0.1");
    await once(tcp, "listening");
    udp.bind(port, "127.0.0.1");
    await once(udp, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await new Promise<void>((resolve) => tcp.close(() => resolve()));
    await new Promise<void>((resolve) => udp.close(resolve));
  }
}

/** A port of 127.0.0.1 on which neither UDP nor TCP is taken, never the same twice in one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor((Math.random() * (lastPort - firstPort)) / workers) * workers + worker;
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
