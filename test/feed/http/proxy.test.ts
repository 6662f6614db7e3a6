import { createServer, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "./certificates.ts";
import { body, FetchFixture, listen, Script, serve, serveTls } from "./fetch-fixture.ts";

/** A proxy that leads every name to this machine, and notes what it was asked for. */
async function proxyTo(port: string): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { pathname } = new URL(request.url ?? "");
    const onward = httpRequest({ host: "127.0.0.1", port, path: pathname, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  server.on("connect", (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const onward = connect(Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  return { origin: await listen(server), asked };
}

test("with a proxy, names are resolved there, and what is inside for it is its own affair", async () => {
  const fixture = new FetchFixture();
  const { port } = new URL(await serve(body("a.example\n")));
  const { origin, asked } = await proxyTo(port);
  fixture.url = "http://lists.example/a.txt";
  expect(await fixture.failure({ proxy: origin })).toBe("new");
  expect(asked).toEqual(["GET http://lists.example/a.txt"]);
});

test("TLS goes through the proxy, which sees no more than the host", async () => {
  const authority = makeAuthority();
  const { certificate: cert, privateKey: key } = makeCertificate({ issuer: authority, hosts: ["lists.example"] });
  const script = new Script(body("a.example\n"));
  const { port } = new URL(await serveTls({ cert, key }, script.listener));
  const { origin, asked } = await proxyTo(port);
  const fixture = new FetchFixture();
  fixture.url = "https://lists.example/a.txt?token=s3cret";
  const task = { proxy: origin, ca: authority.certificate, authorization: "Bearer s3cret" };
  expect(await fixture.failure(task)).toBe("new");
  expect(asked).toEqual(["CONNECT lists.example:443"]);
  expect(script.requests[0]?.headers.authorization).toBe("Bearer s3cret");
});

test("an address inside that is written as such is not asked of a proxy, either", async () => {
  const { origin, asked } = await proxyTo("1");
  const fixture = new FetchFixture();
  fixture.url = "http://169.254.169.254/latest/meta-data";
  expect(await fixture.failure({ proxy: origin })).toMatch(/is an address inside$/);
  expect(asked).toEqual([]);
});

test.each([
  [407, ["the proxy wants credentials (407)", "the proxy does not let it through"]],
  [502, ["its host answers 502", "the proxy does not let it through"]],
])("a proxy that answers %s is a failure in words", async (status, expected) => {
  const server = createServer((_, response) => void response.writeHead(status).end());
  server.on("connect", (_, socket: Socket) => void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
  const origin = await listen(server);
  const fixture = new FetchFixture();
  for (const [i, url] of ["http://lists.example/", "https://lists.example/"].entries()) {
    fixture.url = url;
    expect(await fixture.failure({ proxy: origin })).toBe(expected[i]);
  }
});
