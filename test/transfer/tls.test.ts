import type { TlsOptions } from "node:tls";
import { describe, expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../feed/http/certificates.ts";
import { cname, message, ns, type Script, signAll, soa, startPrimary } from "./scripted-primary.ts";
import { key, signed, ZoneFixture } from "./zone-fixture.ts";

const authority = makeAuthority();
const ca = authority.certificate;
const zone: Script = (asked) => [message(asked, [soa(7), ns(), cname("a.example"), soa(7)])];

function optionsOf(certificate: ReturnType<typeof makeCertificate>, more: TlsOptions = {}): TlsOptions {
  return { cert: certificate.certificate, key: certificate.privateKey, ALPNProtocols: ["dot"], ...more };
}

async function fixtureFor(options: TlsOptions, script: Script = zone) {
  const fixture = new ZoneFixture();
  const primary = await startPrimary(script, options);
  fixture.ports = [primary.port];
  return { fixture, primary };
}

const good = makeCertificate({ issuer: authority, hosts: ["primary.example"] });
const name = "primary.example";

describe("a transfer over TLS", () => {
  test("comes from a primary whose issuer and name are given, and differences after it", async () => {
    const { fixture, primary } = await fixtureFor(optionsOf(good));
    expect(await fixture.outcome({ tls: { ca, name } })).toBe("new");
    primary.script = (asked) => [message(asked, [soa(8), soa(7), soa(8), cname("b.example"), soa(8)])];
    expect(await fixture.outcome({ tls: { ca, name } })).toBe("new");
    primary.script = (asked) => [message(asked, [soa(8)])];
    expect(await fixture.outcome({ tls: { ca, name } })).toBe("not-modified");
    expect(primary.asked).toEqual(["AXFR", "IXFR", "IXFR"]);
    expect(fixture.records()).toHaveLength(3);
  });

  test("comes by address where no name is given, and with a key too", async () => {
    const certificate = makeCertificate({ issuer: authority });
    const { fixture } = await fixtureFor(optionsOf(certificate), (asked) =>
      signAll([...zone(asked)] as Buffer[], asked, signed),
    );
    expect(await fixture.outcome({ tls: { ca }, key })).toBe("new");
  });

  test("shows a client certificate where it has one", async () => {
    const client = makeCertificate({ name: "client", issuer: authority });
    const { fixture } = await fixtureFor(optionsOf(good, { ca, requestCert: true, rejectUnauthorized: true }));
    expect(await fixture.outcome({ tls: { ca, name } })).toBe(
      "its primary does not take our client certificate, or wants one",
    );
    const { certificate, privateKey } = client;
    expect(await fixture.outcome({ tls: { ca, name, client: { certificate, privateKey } } })).toBe("new");
  });

  test.each([
    ["expired", makeCertificate({ issuer: authority, hosts: [name], from: -30, to: -1 }), /has expired/],
    ["for another name", makeCertificate({ issuer: authority, hosts: ["other.example"] }), /is for another name/],
    ["of another issuer", makeCertificate({ issuer: makeAuthority("another"), hosts: [name] }), /is not trusted/],
    ["self-signed", makeCertificate({ hosts: [name] }), /is not trusted/],
  ])("refuses a certificate that is %s", async (_, certificate, expected) => {
    const { fixture } = await fixtureFor(optionsOf(certificate));
    expect(await fixture.outcome({ tls: { ca, name } })).toMatch(expected);
    expect(fixture.files()).toEqual(["0123456789abcdef.json"]);
  });

  test("refuses TLS 1.2", async () => {
    const { fixture, primary } = await fixtureFor(optionsOf(good, { maxVersion: "TLSv1.2" }));
    expect(await fixture.outcome({ tls: { ca, name } })).toMatch(/no TLS connection comes about/);
    expect(primary.asked).toEqual([]);
  });
});
