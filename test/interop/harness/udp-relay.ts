/** Passes datagrams between a peer and its primary, as they are. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Endpoint } from "./dns-client.ts";

export interface UdpRelay {
  stop(): Promise<void>;
}

/** Relays between `endpoint`, where the peer asks, and `primary`. */
export async function startUdpRelay(endpoint: Endpoint, primary: Endpoint): Promise<UdpRelay> {
  // One socket towards the primary for each client port, so that answers find their way back.
  const relays = new Map<number, Socket>();
  const udp = createSocket("udp4");
  udp.on("message", (bytes, client) => {
    let relay = relays.get(client.port);
    if (relay === undefined) {
      relay = createSocket("udp4");
      relay.on("message", (answer) => udp.send(answer, client.port, client.address));
      relay.on("error", () => {});
      relays.set(client.port, relay);
    }
    relay.send(bytes, primary.port, primary.address);
  });
  udp.on("error", () => {});
  udp.bind(endpoint.port, endpoint.address);
  await once(udp, "listening");
  return {
    stop: async () => {
      for (const relay of relays.values()) relay.close();
      await new Promise<void>((resolve) => udp.close(resolve));
    },
  };
}
