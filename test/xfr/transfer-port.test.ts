import { describe, expect, test } from "vitest";
import type { TsigKey } from "../../src/dns/tsig.ts";
import {
  answersOf,
  askTcp,
  askUdp,
  askUdpRaw,
  decode,
  errorOf,
  option,
  optionsOf,
  qtype,
  query,
  TcpClient,
} from "./client.ts";
import { heavyRules, MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve } from "./serve.ts";
import { tlsClient, tlsSettings } from "./tls-client.ts";
import { sign } from "./tsig-client.ts";

const apex = "rpz.example";
const soa = { name: apex, type: qtype.SOA };
const axfr = { name: apex, type: qtype.AXFR };
const small = (): MemoryZone =>
  new MemoryZone(apex, [{ address: "127.0.0.1" }]).publish(5, { "bad.example": [nxdomain] });
const large = (): MemoryZone => new MemoryZone(apex, [{ address: "127.0.0.1" }]).publish(5, heavyRules(2500));
const [keepalive, padding] = [11, 12];

describe("a zone that requires TLS", () => {
  function required(): MemoryZone {
    const zone = small();
    zone.requiresTls = true;
    return zone;
  }
  const why = [18, "this zone is given out over TLS alone"];

  test("is transferred over it", async () => {
    const { tlsPort } = await serve(sourceOf(required()), { tls: tlsSettings() });
    expect(answersOf(await tlsClient(tlsPort).ask(axfr).transfer())).toHaveLength(4);
  });

  test.each([
    ["AXFR", axfr],
    ["IXFR", { name: apex, type: qtype.IXFR, serial: 4 }],
    ["a direct query", { name: `bad.example.${apex}`, type: qtype.CNAME }],
    [
      "the SOA of a name within, which would tell whether there is a rule",
      { name: `bad.example.${apex}`, type: qtype.SOA },
    ],
  ])("is REFUSED by TCP to %s, with the reason where the client has EDNS", async (_what, ask) => {
    const { port, server } = await serve(sourceOf(required()), { tls: tlsSettings() });
    const explained = await askTcp({ ...ask, edns: 1232 }, port);
    expect([explained.rcode, errorOf(explained.raw)]).toEqual([5, why]);
    const silent = await askTcp(ask, port);
    expect([silent.rcode, silent.counts]).toEqual([5, [1, 0, 0, 0]]);
    expect(server.stats().refused).toBe(2);
  });

  test("answers its SOA by UDP and TCP, and no IXFR by UDP", async () => {
    const { port, tlsPort } = await serve(sourceOf(required()), { tls: tlsSettings() });
    for (const asked of [port, tlsPort]) {
      expect((await askUdp(soa, asked)).answers).toEqual([`${apex} SOA 5`]);
      const ixfr = await askUdpRaw(query({ name: apex, type: qtype.IXFR, serial: 4, edns: 1232 }), asked);
      expect([decode(ixfr).rcode, errorOf(ixfr)]).toEqual([5, why]);
    }
    expect((await askTcp(soa, port)).answers).toEqual([`${apex} SOA 5`]);
  });

  test("tells strangers nothing of that", async () => {
    const zone = required();
    zone.acl = [{ address: "192.0.2.1" }];
    const { port } = await serve(sourceOf(zone), { tls: tlsSettings() });
    const { rcode, raw: message } = await askTcp({ ...axfr, edns: 1232 }, port);
    expect([rcode, errorOf(message)]).toEqual([5, undefined]);
  });
});

describe("the port for TLS", () => {
  const why = [21, "this port is for transfers over TLS"];
  const direct = { name: `bad.example.${apex}`, type: qtype.CNAME, edns: 1232 };

  test("refuses what is neither a transfer nor the SOA as Not Supported (RFC 9103), zone or not", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    for (const ask of [direct, { name: "www.example", type: qtype.A, edns: 1232 }]) {
      const { rcode, raw: message } = await tlsClient(tlsPort).ask(ask).next();
      expect([rcode, errorOf(message)]).toEqual([5, why]);
    }
  });

  test("answers the SOA by UDP, as Unbound asks for it, and nothing else", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    expect((await askUdp(soa, tlsPort)).answers).toEqual([`${apex} SOA 5`]);
    for (const ask of [direct, { ...axfr, edns: 1232 }, { name: apex, type: qtype.IXFR, serial: 4, edns: 1232 }]) {
      const message = await askUdpRaw(query(ask), tlsPort);
      expect([decode(message).rcode, errorOf(message)]).toEqual([5, why]);
    }
  });
});

describe("EDNS options", () => {
  const asked = { ...axfr, edns: 1232, options: Buffer.concat([option(keepalive), option(padding)]) };

  test("each message of a transfer is padded to a multiple of 468 octets where the client pads", async () => {
    const { tlsPort } = await serve(sourceOf(large()), { tls: tlsSettings() });
    const messages = await tlsClient(tlsPort).ask(asked).transfer();
    expect(answersOf(messages)).toHaveLength(2503);
    expect(messages.map((message) => message.raw.length % 468)).toEqual(messages.map(() => 0));
  });

  test("the signature of a padded message is within the multiple", async () => {
    const key: TsigKey = { name: "isp-a", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 1) };
    const clock = new FixedClock(1_700_000_000_000);
    const { tlsPort } = await serve(sourceOf(large()), { tls: tlsSettings(), keys: [key], clock });
    const { message } = sign(query(asked), {
      name: "isp-a",
      algorithm: key.algorithm,
      secret: key.secret,
      time: 1_700_000_000,
    });
    const messages = await tlsClient(tlsPort).send(message).transfer();
    expect(messages.map((one) => [one.raw.length % 468, one.counts[3]])).toEqual(messages.map(() => [0, 2]));
  });

  test("nothing is padded in clear text (RFC 7830 section 6), nor where the client does not", async () => {
    const { port, tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const clear = await new TcpClient(port).ask({ ...asked, type: qtype.SOA }).next();
    const unasked = await tlsClient(tlsPort)
      .ask({ ...soa, edns: 1232 })
      .next();
    expect([optionsOf(clear.raw).has(padding), optionsOf(unasked.raw).size]).toEqual([false, 0]);
  });

  test("the idle time is told to who asks for it over TCP or TLS, and never by UDP (RFC 7828)", async () => {
    const limits = { idleTimeoutMs: 12_300 };
    const { port, tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings(), limits });
    const ask = { ...soa, edns: 1232, options: option(keepalive) };
    for (const client of [new TcpClient(port), tlsClient(tlsPort)]) {
      expect(optionsOf((await client.ask(ask).next()).raw).get(keepalive)).toEqual(Buffer.from([0, 123]));
      client.close();
    }
    expect(optionsOf(await askUdpRaw(query(ask), port)).size).toBe(0);
  });
});
