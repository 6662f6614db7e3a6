import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "./certificates.ts";
import { body, FetchFixture, serve, serveTls } from "./fetch-fixture.ts";

const authority = makeAuthority();

function serverOf(certificate: ReturnType<typeof makeCertificate>) {
  return { cert: certificate.certificate, key: certificate.privateKey };
}

test("a list comes over TLS from a host whose issuer is named", async () => {
  const fixture = new FetchFixture();
  fixture.url = await serveTls(serverOf(makeCertificate({ issuer: authority })), body("a.example\n"));
  expect(await fixture.fetch({ ca: authority.certificate })).toMatchObject({ outcome: "new" });
});

test.each([
  ["has expired", makeCertificate({ issuer: authority, from: -30, to: -1 }), /its certificate has expired/],
  ["is not valid yet", makeCertificate({ issuer: authority, from: 1, to: 30 }), /its certificate is not valid yet/],
  ["is for another host", makeCertificate({ issuer: authority, hosts: ["other.example"] }), /is for another name/],
  [
    "is of another issuer",
    makeCertificate({ issuer: makeAuthority("another") }),
    /issuer of its certificate is not known/,
  ],
  ["is self-signed", makeCertificate(), /nobody vouches for its certificate but itself/],
])("a certificate that %s fails at once, and makes no copy", async (_, certificate, expected) => {
  const fixture = new FetchFixture();
  fixture.url = await serveTls(serverOf(certificate), body("a.example\n"));
  expect(await fixture.failure({ ca: authority.certificate })).toMatch(expected);
  expect(fixture.waits).toEqual([]);
  expect(fixture.state()?.copy).toBeUndefined();
});

test("without its issuer named, a host with a certificate of one's own is refused", async () => {
  const fixture = new FetchFixture();
  fixture.url = await serveTls(serverOf(makeCertificate({ issuer: authority })), body("a.example\n"));
  expect(await fixture.failure()).toMatch(/the issuer of its certificate is not known/);
});

test("a client certificate is shown to the host that is configured, and to no other that it leads to", async () => {
  const client = makeCertificate({ name: "client", issuer: authority });
  const seen: string[] = [];
  const listener = (name: string, next?: string): Parameters<typeof serveTls>[1] => {
    return (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push(`${name}: ${subject === undefined ? "none" : String(subject.CN)}`);
      if (next === undefined) response.end("a.example\n");
      else response.writeHead(302, { location: next }).end();
    };
  };
  const options = {
    ...serverOf(makeCertificate({ issuer: authority })),
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const fixture = new FetchFixture();
  const other = await serveTls(options, listener("other"));
  fixture.url = await serveTls(options, listener("own", other));
  expect(await fixture.fetch({ ca: authority.certificate, client })).toMatchObject({ outcome: "new" });
  expect(seen).toEqual(["own: client", "other: none"]);
});

test("a redirect from https to http is not followed", async () => {
  const fixture = new FetchFixture();
  const plain = await serve(body("a.example\n"));
  const certificate = makeCertificate({ issuer: authority });
  fixture.url = await serveTls(serverOf(certificate), body("", { location: `${plain}/?token=s3cret` }, 301));
  const failure = await fixture.failure({ ca: authority.certificate });
  expect(failure).toBe(`it is redirected to "${plain}/?token=…", from https to http`);
});
