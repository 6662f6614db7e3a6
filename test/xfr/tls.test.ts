import { connect as connectTcp, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TsigKey } from "../../src/dns/tsig.ts";
import { answersOf, askTcp, qtype, query, TcpClient } from "./client.ts";
import { heavyRules, MemoryZone, nxdomain, sourceOf } from "./memory-zone.ts";
import { FixedClock, serve, until } from "./serve.ts";
import { clientAuthority, connectTls, handshakeError, strangeAuthority, tlsClient, tlsSettings } from "./tls-client.ts";
import { sign } from "./tsig-client.ts";

const apex = "rpz.example";
const soa = { name: apex, type: qtype.SOA };
const axfr = { name: apex, type: qtype.AXFR };
const small = (): MemoryZone =>
  new MemoryZone(apex, [{ address: "127.0.0.1" }]).publish(5, { "bad.example": [nxdomain] });
const large = (): MemoryZone => new MemoryZone(apex, [{ address: "127.0.0.1" }]).publish(5, heavyRules(2500));

/** A zone for whoever shows a certificate of this name, wherever from. */
function named(tlsName: string): MemoryZone {
  const zone = small();
  zone.acl = [{ tlsName }];
  return zone;
}

function raw(port: number, from?: string): Socket {
  const local = from === undefined ? {} : { localAddress: from };
  const socket = connectTcp({ port, host: "127.0.0.1", ...local });
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe("a transfer over TLS", () => {
  test("is what it is over TCP, octet for octet", async () => {
    const { port, tlsPort } = await serve(sourceOf(large()), { tls: tlsSettings() });
    const plain = await new TcpClient(port).ask(axfr).transfer();
    const encrypted = await tlsClient(tlsPort).ask(axfr).transfer();
    expect(answersOf(encrypted)).toHaveLength(2503);
    const octetsOf = (messages: typeof plain): Buffer => Buffer.concat(messages.map((message) => message.raw));
    expect(octetsOf(encrypted).equals(octetsOf(plain))).toBe(true);
  });

  test("is one of several on a connection, with the SOA before and differences behind", async () => {
    const zone = small();
    const { tlsPort } = await serve(sourceOf(zone), { tls: tlsSettings() });
    const client = tlsClient(tlsPort).ask(soa, axfr);
    expect((await client.next()).answers).toEqual([`${apex} SOA 5`]);
    expect(answersOf(await client.transfer())).toHaveLength(4);
    zone.publish(6, { "bad.example": [nxdomain], "worse.example": [nxdomain] });
    client.ask({ name: apex, type: qtype.IXFR, serial: 5 });
    expect((await client.next()).answers[0]).toBe(`${apex} SOA 6`);
  });

  test("is answered to a client that closes its side behind the query, and ends with a close_notify", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const socket = connectTls(tlsPort);
    const client = new TcpClient(socket).ask(axfr);
    socket.end();
    expect(answersOf(await client.transfer())).toHaveLength(4);
    await client.closed();
    // A connection that ends without one is an error here.
    expect(socket.errored).toBeNull();
  });

  test("that is cut ends by a reset, which no client takes for an end", async () => {
    const { tlsPort, server } = await serve(sourceOf(large()), { tls: tlsSettings(), limits: { stallTimeoutMs: 50 } });
    const socket = connectTls(tlsPort);
    socket.pause();
    const client = new TcpClient(socket);
    socket.pause();
    client.ask(axfr);
    const ended = new Promise<string>((resolve) => {
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      socket.on("end", () => resolve("end"));
    });
    await until(() => server.stats().transfers.cut === 1);
    socket.resume();
    expect(await ended).toBe("ECONNRESET");
    await until(() => server.stats().connections.open === 0);
  });

  test("whose client resets the connection is cut, and frees its places", async () => {
    const { tlsPort, server } = await serve(sourceOf(large()), { tls: tlsSettings() });
    const inner = raw(tlsPort);
    const socket = connectTls(tlsPort, { socket: inner });
    const client = new TcpClient(socket);
    socket.pause();
    client.ask(axfr);
    await until(() => server.stats().transfers.running === 1);
    inner.resetAndDestroy();
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().transfers).toMatchObject({ running: 0, cut: 1 });
  });
});

describe("the handshake", () => {
  test("chooses ALPN dot where the client offers it", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const socket = connectTls(tlsPort, { ALPNProtocols: ["h2", "dot"] });
    expect((await new TcpClient(socket).ask(soa).next()).rcode).toBe(0);
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(["dot", "TLSv1.3"]);
  });

  test("is done with a client that sends no ALPN", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const socket = connectTls(tlsPort, { ALPNProtocols: [] });
    expect((await new TcpClient(socket).ask(soa).next()).rcode).toBe(0);
    expect(socket.alpnProtocol).toBe(false);
  });

  test.each([
    ["another ALPN", { ALPNProtocols: ["h2"] }, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
    ["TLS 1.2, and with it renegotiation", { maxVersion: "TLSv1.2" }, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"],
  ] as const)("is refused by an alert to %s", async (_what, options, code) => {
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    expect(await handshakeError(tlsPort, options as object)).toBe(code);
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().handshakes).toEqual({ completed: 0, failed: 1, timedOut: 0 });
  });

  test.each([
    ["64 KiB of garbage", Buffer.alloc(65_536, 0x5a)],
    ["a query in clear text", Buffer.concat([Buffer.from([0, 29]), query(soa)])],
    ["a record that announces more than a record may hold", Buffer.from([22, 3, 1, 0xff, 0xff])],
  ])("ends with %s, and others are served", async (_what, bytes) => {
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    raw(tlsPort).write(bytes);
    await until(() => server.stats().handshakes.failed === 1 && server.stats().connections.open === 0);
    expect((await tlsClient(tlsPort).ask(soa).next()).rcode).toBe(0);
  });

  test.each([
    ["sends nothing", Buffer.alloc(0)],
    ["stops in the middle of its first record", Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc])],
  ])("of a client that %s is ended after a while", async (_what, bytes) => {
    const { tlsPort, server } = await serve(sourceOf(small()), {
      tls: tlsSettings(),
      limits: { handshakeTimeoutMs: 50 },
    });
    const socket = raw(tlsPort);
    socket.write(bytes);
    await new Promise((resolve) => socket.once("close", resolve));
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().handshakes).toEqual({ completed: 0, failed: 0, timedOut: 1 });
  });

  test.each([
    ["resets", (socket: Socket) => socket.resetAndDestroy()],
    ["closes", (socket: Socket) => socket.end()],
  ])("that its client %s midway leaves nothing behind", async (_what, leave) => {
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const socket = raw(tlsPort);
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    await until(() => server.stats().connections.open === 1);
    leave(socket);
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().handshakes).toEqual({ completed: 0, failed: 1, timedOut: 0 });
  });

  test("is a whole one each time: no session is resumed", async () => {
    const { tlsPort } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const first = connectTls(tlsPort);
    let session: Buffer | undefined;
    first.on("session", (given) => {
      session = given;
    });
    expect((await new TcpClient(first).ask(soa).next()).rcode).toBe(0);
    const again = connectTls(tlsPort, session === undefined ? {} : { session });
    expect((await new TcpClient(again).ask(soa).next()).rcode).toBe(0);
    expect([session === undefined, again.isSessionReused()]).toEqual([false, false]);
  });

  test("under way is ended where the server stops", async () => {
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    raw(tlsPort);
    await until(() => server.stats().connections.open === 1);
    await server.stop();
    await until(() => server.stats().connections.open === 0);
    expect(server.stats().handshakes).toEqual({ completed: 0, failed: 1, timedOut: 0 });
  });
});

describe("a client's certificate", () => {
  // The name asked for is a.tiers.example.
  const past = new Date(Date.now() - 1000);
  test.each([
    ["of the name asked for", clientAuthority.issue({ names: ["a.tiers.example"] }), 0],
    [
      "of that name among others, in another letter case",
      clientAuthority.issue({ names: ["x.example", "A.Tiers.Example"] }),
      0,
    ],
    ["of a wildcard for its first label", clientAuthority.issue({ names: ["*.tiers.example"] }), 0],
    ["of another name", clientAuthority.issue({ names: ["b.tiers.example"] }), 5],
    ["of a name beneath it", clientAuthority.issue({ names: ["x.a.tiers.example"] }), 5],
    ["of a wildcard for a part of a label", clientAuthority.issue({ names: ["a*.tiers.example"] }), 5],
    ["with the name as its common name alone", clientAuthority.issue({ commonName: "a.tiers.example" }), 5],
    ["of another authority", strangeAuthority.issue({ names: ["a.tiers.example"] }), 5],
    ["that expired", clientAuthority.issue({ names: ["a.tiers.example"], notAfter: past }), 5],
    [
      "that is not valid yet",
      clientAuthority.issue({ names: ["a.tiers.example"], notBefore: new Date(Date.now() + 3_600_000) }),
      5,
    ],
    ["that it does not show", undefined, 5],
  ])("%s", async (_what, shows, rcode) => {
    const clock = new FixedClock(Date.now());
    const { tlsPort } = await serve(sourceOf(named("a.tiers.example")), { tls: tlsSettings(), clock });
    const client = tlsClient(tlsPort, shows === undefined ? {} : { shows });
    expect((await client.ask(axfr).next()).rcode).toBe(rcode);
  });

  test("counts beside the address and the key of its entry: all must hold", async () => {
    const key: TsigKey = { name: "isp-a", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 1) };
    const now = Math.floor(Date.now() / 1000);
    const zone = small();
    zone.acl = [{ address: "127.0.0.0/30", key: "isp-a", tlsName: "a.tiers.example" }];
    const options = { tls: tlsSettings(), keys: [key], clock: new FixedClock(now * 1000) };
    const { tlsPort } = await serve(sourceOf(zone), options);
    const shows = clientAuthority.issue({ names: ["a.tiers.example"] });
    const signed = sign(query(soa), { name: "isp-a", algorithm: key.algorithm, secret: key.secret, time: now }).message;
    const ask = async (message: Uint8Array, given: object): Promise<number> =>
      (await tlsClient(tlsPort, given).send(message).next()).rcode;
    expect(await ask(signed, { shows })).toBe(0);
    expect(await ask(query(soa), { shows })).toBe(5);
    expect(await ask(signed, {})).toBe(5);
    expect(await ask(signed, { shows, from: "127.0.0.9" })).toBe(5);
  });

  test("that expires while its connection is open counts no more", async () => {
    const clock = new FixedClock(Date.now());
    const { tlsPort } = await serve(sourceOf(named("a.tiers.example")), { tls: tlsSettings(), clock });
    const notAfter = new Date(clock.ms + 60_000);
    const client = tlsClient(tlsPort, { shows: clientAuthority.issue({ names: ["a.tiers.example"], notAfter }) });
    expect((await client.ask(soa).next()).rcode).toBe(0);
    clock.ms += 120_000;
    expect((await client.ask(soa).next()).rcode).toBe(5);
  });

  test("is asked for only where there are authorities of clients, and counts nowhere else", async () => {
    const { clientCa: _, ...tls } = tlsSettings();
    const { tlsPort, port } = await serve(sourceOf(named("a.tiers.example")), { tls });
    const shows = clientAuthority.issue({ names: ["a.tiers.example"] });
    expect((await tlsClient(tlsPort, { shows }).ask(soa).next()).rcode).toBe(5);
    expect((await askTcp(soa, port)).rcode).toBe(5);
  });

  test("keeps a connection's place among those of known clients", async () => {
    const { tlsPort, server } = await serve(sourceOf(named("a.tiers.example")), {
      tls: tlsSettings(),
      clock: new FixedClock(Date.now()),
      limits: { connectionsMax: 8, connectionsPerClientMax: 8, strangersHandshakesPerSecond: 1000 },
    });
    const client = tlsClient(tlsPort, {
      shows: clientAuthority.issue({ names: ["a.tiers.example"] }),
      from: "127.0.0.5",
    });
    expect((await client.ask(soa).next()).rcode).toBe(0);
    for (let i = 0; i < 20; i++) raw(tlsPort, `127.0.1.${i + 1}`);
    await until(() => server.stats().connections.accepted === 21);
    expect((await client.ask(soa).next()).rcode).toBe(0);
  });
});

describe("a reload", () => {
  test("shows another certificate from then on, and leaves open connections as they are", async () => {
    const before = tlsSettings();
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: before });
    const open = tlsClient(tlsPort);
    expect((await open.ask(soa).next()).rcode).toBe(0);
    const after = { ...tlsSettings({ names: ["renewed.example"] }), clientCa: before.clientCa as string };
    server.configure({ keys: [], tls: after });
    expect(await handshakeError(tlsPort, {})).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await handshakeError(tlsPort, { servername: "renewed.example" })).toBe("none");
    expect((await open.ask(soa).next()).rcode).toBe(0);
  });

  test("with a key of another certificate changes nothing", async () => {
    const { tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    const mixed = { ...tlsSettings(), privateKey: tlsSettings().privateKey };
    expect(() => server.configure({ keys: [], tls: mixed })).toThrow(/key values mismatch/);
    expect((await tlsClient(tlsPort).ask(soa).next()).rcode).toBe(0);
  });

  test("with other authorities of clients ends the connections that one of before had let in", async () => {
    const clock = new FixedClock(Date.now());
    const { tlsPort, server } = await serve(sourceOf(named("a.tiers.example")), { tls: tlsSettings(), clock });
    const shows = clientAuthority.issue({ names: ["a.tiers.example"] });
    const client = tlsClient(tlsPort, { shows });
    expect((await client.ask(soa).next()).rcode).toBe(0);
    server.configure({ keys: [], tls: { ...tlsSettings(), clientCa: strangeAuthority.certificate } });
    expect(await client.nextRaw()).toBeUndefined();
    expect((await tlsClient(tlsPort, { shows }).ask(soa).next()).rcode).toBe(5);
  });

  test("may make a port one for TLS", async () => {
    const { port, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    await server.listen([{ address: "127.0.0.1", port, isTls: true }]);
    expect((await tlsClient(port).ask(soa).next()).rcode).toBe(0);
  });

  test("opens and closes ports for TLS as it does others", async () => {
    const { port, tlsPort, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    await server.listen([{ address: "127.0.0.1", port: 0 }]);
    await new TcpClient(raw(tlsPort)).closed();
    const [, again] = await server.listen([
      { address: "127.0.0.1", port: 0 },
      { address: "127.0.0.1", port: tlsPort, isTls: true },
    ]);
    expect(again).toEqual({ address: "127.0.0.1", port: tlsPort, isTls: true });
    expect((await tlsClient(tlsPort).ask(soa).next()).rcode).toBe(0);
    expect((await askTcp(soa, port)).rcode).toBe(0);
  });
});

describe("strangers in their handshakes", () => {
  test("300 that never end it leave known clients their places", async () => {
    const { tlsPort, port, server } = await serve(sourceOf(small()), { tls: tlsSettings() });
    for (let i = 0; i < 300; i++) raw(tlsPort, `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`);
    await until(() => server.stats().connections.accepted === 300);
    expect(server.stats().connections).toMatchObject({ open: 192, overLimit: 0 });
    for (let i = 0; i < 10; i++) expect((await tlsClient(tlsPort).ask(soa).next()).rcode).toBe(0);
    expect((await askTcp(soa, port)).rcode).toBe(0);
  });

  test("begin so many a second, the last to come first, while known clients wait for nobody", async () => {
    const options = { tls: tlsSettings(), limits: { strangersHandshakesPerSecond: 0.001 } };
    const { tlsPort, server } = await serve(sourceOf(small()), options);
    const done: string[] = [];
    for (const from of ["127.0.1.1", "127.0.1.2"]) {
      connectTls(tlsPort, { from }).on("secureConnect", () => void done.push(from));
      await until(() => server.stats().connections.accepted === Number(from.at(-1)));
    }
    expect((await tlsClient(tlsPort).ask(soa).next()).rcode).toBe(0);
    await until(() => done.length === 1);
    expect([done, server.stats().handshakes.completed]).toEqual([["127.0.1.1"], 2]);
  });
});
