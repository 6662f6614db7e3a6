/** The rest of the DNS, for resolvers without one: an authority that knows every name, over UDP and TCP. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import * as dnsPacket from "dns-packet";
import type { Endpoint } from "./dns-client.ts";
import { freePort } from "./ports.ts";

/** The A record of every name that no policy touches, and whose first label names no address of its own. */
export const untouchedA = "198.51.100.7";
/** The AAAA record of such a name. */
export const untouchedAaaa = "2001:db8::7";

export interface Upstream {
  readonly endpoint: Endpoint;
  stop(): Promise<void>;
}

const rootSoa: dnsPacket.Answer = {
  type: "SOA",
  name: ".",
  ttl: 60,
  data: {
    mname: "ns.example",
    rname: "hostmaster.example",
    serial: 1,
    refresh: 60,
    retry: 60,
    expire: 600,
    minimum: 60,
  },
};

/** The addresses of a name: a first label such as `ip4-192-0-2-1` or `ip6-2001-db8--1` says which. */
export function addressesOf(name: string): { readonly a: string; readonly aaaa: string } {
  const [, version, rest = ""] = /^ip([46])-([0-9a-f-]+)\./.exec(name.toLowerCase()) ?? [];
  return {
    a: version === "4" ? rest.replaceAll("-", ".") : untouchedA,
    aaaa: version === "6" ? rest.replaceAll("-", ":") : untouchedAaaa,
  };
}

function answersTo(name: string, type: string, servers: NameServers): dnsPacket.Answer[] {
  const server = type === "NS" ? servers[name.toLowerCase()] : undefined;
  if (server !== undefined) return [{ type: "NS", name, ttl: 60, data: server }];

  if (type === "A") return [{ type: "A", name, ttl: 60, data: addressesOf(name).a }];
  if (type === "AAAA") return [{ type: "AAAA", name, ttl: 60, data: addressesOf(name).aaaa }];
  if (name !== "." && name !== "") return [];
  if (type === "NS") return [{ type: "NS", name: ".", ttl: 60, data: "ns.example" }];
  return type === "SOA" ? [rootSoa] : [];
}

function respond(bytes: Buffer, servers: NameServers): Buffer | undefined {
  const query = dnsPacket.decode(bytes);
  const question = query.questions?.[0];
  if (query.type !== "query" || question === undefined) return undefined;
  const answers = answersTo(question.name, question.type, servers);
  const withEdns = query.additionals?.some((record) => record.type === "OPT") ?? false;
  return dnsPacket.encode({
    type: "response",
    id: query.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE,
    questions: [question],
    answers,
    authorities: answers.length === 0 ? [rootSoa] : [],
    additionals: withEdns
      ? [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize: 1232,
            flags: 0,
            extendedRcode: 0,
            ednsVersion: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  });
}

/** By domain the name of its name server. */
export type NameServers = Readonly<Record<string, string>>;

/** Starts the upstream on a free port of 127.0.0.1; some domains have a name server of their own. */
export async function startUpstream(servers: NameServers = {}): Promise<Upstream> {
  const endpoint: Endpoint = { address: "127.0.0.1", port: await freePort() };
  const udp = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  udp.on("message", (bytes, from) => {
    const response = respond(bytes, servers);
    if (response !== undefined) udp.send(response, from.port, from.address);
  });
  udp.on("error", () => {});
  udp.bind(endpoint.port, endpoint.address);
  await once(udp, "listening");

  const connections = new Set<Socket>();
  const tcp = createServer((connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => connection.destroy());
    let pending = Buffer.alloc(0);
    connection.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const response = respond(pending.subarray(2, end), servers);
        pending = pending.subarray(end);
        if (response === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(response.length);
        connection.write(Buffer.concat([length, response]));
      }
    });
  });
  tcp.listen(endpoint.port, endpoint.address);
  await once(tcp, "listening");

  return {
    endpoint,
    stop: async () => {
      for (const connection of connections) connection.destroy();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
      await new Promise<void>((resolve) => udp.close(resolve));
    },
  };
}
