import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isInside } from "../../../src/feed/http/inside.ts";
import { body, FetchFixture, Script, serve } from "./fetch-fixture.ts";

test.each([
  "127.0.0.1",
  "127.255.0.3",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:a00:1",
  "64:ff9b::10.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::1",
  "2001:0:4136:e378:8000:63bf:80ff:fffe",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "fc00::1",
  "fd12:3456::1",
  "ff02::1",
  "",
  "localhost",
])("%s is inside", (address) => expect(isInside(address)).toBe(true));

test.each([
  "1.1.1.1",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.2.1",
  "100.128.0.1",
  "2606:4700::1111",
  "2001:db8::1",
  "::ffff:1.1.1.1",
  "64:ff9b::1.1.1.1",
])("%s is not", (address) => expect(isInside(address)).toBe(false));

test.each(["0x7f.1", "2130706433", "127.1", "[::ffff:7f00:1]", "[::]", "0"])(
  "%s in an address is this machine, however it is written",
  async (host) => {
    const fixture = new FetchFixture();
    const script = new Script(body("a.example\n"));
    const { port } = new URL(await serve(script.listener));
    fixture.url = await serve(body("", { location: `http://${host}:${port}/` }, 302));
    const failure = await fixture.failure();
    if (new URL(`http://${host}/`).hostname === "127.0.0.1") expect(script.requests).toHaveLength(1);
    else {
      expect(failure).toMatch(/is an address inside$/);
      expect(script.requests).toHaveLength(0);
    }
  },
);

test("an address of loopback that stands in the configuration is its own word for it, in IPv6 as well", async () => {
  const fixture = new FetchFixture();
  const server = createServer(body("a.example\n"));
  await new Promise<void>((resolve) => void server.listen(0, "::1", resolve));
  onTestFinished(() => void server.close());
  fixture.url = `http://[::1]:${(server.address() as AddressInfo).port}/`;
  expect(await fixture.failure()).toBe("new");
});

const loopback = async () => [{ address: "127.0.0.1", family: 4 }];

test("a name that leads to an address inside is not connected to, unless the source says that it may be", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n"));
  fixture.url = (await serve(script.listener)).replace("127.0.0.1", "lists.example");
  const resolve = loopback;
  expect(await fixture.failure({}, { resolve })).toBe('its host leads to "127.0.0.1", an address inside');
  expect(fixture.waits).toEqual([]);
  expect(script.requests).toHaveLength(0);
  expect(await fixture.fetch({ network: "internal" }, { resolve })).toMatchObject({ outcome: "new" });
});

test("of the addresses of a name, those inside are never tried", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n"));
  fixture.url = (await serve(script.listener)).replace("127.0.0.1", "lists.example");
  // The first cannot be reached from anywhere, so that a connection would be to the second.
  const resolve = async () => [
    { address: "192.0.2.1", family: 4 },
    { address: "127.0.0.1", family: 4 },
  ];
  const timeouts = { connectMs: 100, headersMs: 1000, stallMs: 1000 };
  const { outcome } = await fixture.fetch({}, { resolve, timeouts });
  expect(outcome).toBe("failed");
  expect(script.requests).toHaveLength(0);
});

test("a redirect to an address inside is not followed, by number or by name", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("secret of the inside\n"));
  const { port } = new URL(await serve(script.listener));
  const resolve = loopback;
  for (const host of ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "inside.example"]) {
    fixture.url = await serve(body("", { location: `http://${host}:${port}/` }, 302));
    expect(await fixture.failure({}, { resolve }), host).toMatch(/address inside/);
  }
  expect(script.requests).toHaveLength(0);
});

test("a name that leads outside at first and inside at the next try is not connected to inside", async () => {
  const fixture = new FetchFixture();
  const script = new Script(body("a.example\n"));
  fixture.url = (await serve(script.listener)).replace("127.0.0.1", "lists.example");
  let asked = 0;
  const resolve = async () => [{ address: asked++ === 0 ? "192.0.2.1" : "127.0.0.1", family: 4 }];
  const timeouts = { connectMs: 50, headersMs: 1000, stallMs: 1000 };
  expect(await fixture.failure({}, { resolve, timeouts })).toBe('its host leads to "127.0.0.1", an address inside');
  expect(asked).toBe(2);
  expect(script.requests).toHaveLength(0);
});
