import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { body, FetchFixture, listen, Script, serve, serveRaw, startSeconds } from "./fetch-fixture.ts";

const head = "HTTP/1.1 200 OK\r\n";
const timeouts = { connectMs: 1000, headersMs: 50, stallMs: 50 };

describe("an answer that is not whole makes no copy, and the one there was stays", () => {
  test.each([
    ["at once", ""],
    ["in the first line", "HTTP/1."],
    ["in the headers", `${head}content-len`],
    ["before the body", `${head}content-length: 30\r\n\r\n`],
    ["in the body", `${head}content-length: 30\r\n\r\na.example\nb.exa`],
    ["just before its last octet", `${head}content-length: 10\r\n\r\nb.example`],
    ["in the size of a chunk", `${head}transfer-encoding: chunked\r\n\r\na\r\nb.example\n\r\n1`],
    ["in a chunk", `${head}transfer-encoding: chunked\r\n\r\n1e\r\nb.example\n`],
    ["before the last chunk", `${head}transfer-encoding: chunked\r\n\r\na\r\nb.example\n\r\n`],
    ["before the end of the last chunk", `${head}transfer-encoding: chunked\r\n\r\na\r\nb.example\n\r\n0\r\n`],
  ])("cut %s", async (_, text) => {
    const fixture = new FetchFixture();
    let isGood = true;
    fixture.url = await serveRaw((socket) => {
      if (isGood) socket.end(`${head}content-length: 10\r\n\r\na.example\n`);
      else socket.end(text);
    });
    expect(await fixture.failure()).toBe("new");
    isGood = false;
    expect(await fixture.failure()).toMatch(
      /^(?:the connection was cut|the answer has not the length that it says|what came is no HTTP)$/,
    );
    expect(fixture.waits).toHaveLength(2);
    expect(fixture.copy()).toBe("a.example\n");
    expect(fixture.files()).toHaveLength(2);
    expect(fixture.state()).toMatchObject({ failures: 1, copy: { fetchedAt: startSeconds } });
  });

  test("a connection that is reset in the body", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw((socket) => {
      socket.write(`${head}content-length: 1000\r\n\r\na.example\n`, () => socket.resetAndDestroy());
    });
    expect(await fixture.failure()).toBe("the connection was cut");
    expect(fixture.state()?.copy).toBeUndefined();
  });

  test.each([
    ["more octets than it says", `${head}content-length: 5\r\n\r\na.example\n`, "new"],
    [
      "two lengths",
      `${head}content-length: 5\r\ncontent-length: 10\r\n\r\na.example\n`,
      "the answer has not the length that it says",
    ],
    ["a length that is none", `${head}content-length: ten\r\n\r\na.example\n`, "what came is no HTTP"],
    ["a chunk whose size is none", `${head}transfer-encoding: chunked\r\n\r\nzz\r\na`, "what came is no HTTP"],
    ["what is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "what came is no HTTP"],
    [
      "headers without end",
      `${head}${`x: ${"y".repeat(1000)}\r\n`.repeat(100)}`,
      "the headers of the answer are too long",
    ],
  ])("%s", async (_, text, expected) => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw((socket) => socket.end(text));
    expect(await fixture.failure()).toBe(expected);
    // Of an answer, no more is taken than it says.
    if (expected === "new") expect(fixture.copy()).toBe("a.exa");
    else expect(fixture.state()?.copy).toBeUndefined();
  });

  test("an answer whose end is that of its connection is whole", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw((socket) => socket.end(`${head}connection: close\r\n\r\na.example\n`));
    expect(await fixture.failure()).toBe("new");
    expect(fixture.copy()).toBe("a.example\n");
  });
});

describe("a host that", () => {
  test("never answers is given up", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw(() => {});
    expect(await fixture.failure({}, { timeouts })).toBe("the connection is open, but no answer came");
    expect(fixture.waits).toHaveLength(2);
  });

  test("stops in the middle is given up", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw((socket) => socket.write(`${head}content-length: 100\r\n\r\na.example\n`));
    expect(await fixture.failure({}, { timeouts })).toBe("the answer began and then stopped");
  });

  test("sends a little for ever is given up in the end", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serveRaw((socket) => {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
      const timer = setInterval(() => void socket.write("a\r\na.example\n\r\n"), 10);
      socket.once("close", () => clearInterval(timer));
    });
    expect(await fixture.failure({ timeoutSeconds: 1 })).toBe("it took longer than 1 seconds");
    expect(fixture.waits).toEqual([]);
    expect(fixture.files()).toHaveLength(1);
  });

  test("refuses the connection is tried again", async () => {
    const fixture = new FetchFixture();
    const server = createServer();
    fixture.url = await listen(server);
    await new Promise((resolve) => void server.close(resolve));
    expect(await fixture.failure()).toBe("its host refuses the connection");
    expect(fixture.waits).toEqual([1000, 4000]);
  });

  test("has no address is tried again", async () => {
    const fixture = new FetchFixture();
    fixture.url = "http://lists.example/";
    const resolve = async (): Promise<never> => {
      throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    };
    expect(await fixture.failure({}, { resolve })).toBe("its host has no address");
    expect(fixture.waits).toHaveLength(2);
  });
});

describe("another try", () => {
  test.each([500, 502, 503, 504, 408, 425, 429])("follows %s, and may do", async (status) => {
    const fixture = new FetchFixture();
    const script = new Script(body("busy", {}, status), body("busy", {}, status), body("a.example\n"));
    fixture.url = await serve(script.listener);
    expect(await fixture.failure()).toBe("new");
    expect(fixture.waits).toEqual([1000, 4000]);
  });

  test.each([400, 401, 403, 404, 410, 418, 204, 206])("does not follow %s", async (status) => {
    const fixture = new FetchFixture();
    const script = new Script(body("", {}, status));
    fixture.url = await serve(script.listener);
    expect(await fixture.failure()).toContain(String(status));
    expect(script.requests).toHaveLength(1);
    expect(fixture.state()).toMatchObject({ failures: 1, nextAt: startSeconds + 60 });
  });

  test("waits for as long as the host asks", async () => {
    const fixture = new FetchFixture();
    const script = new Script(body("", { "retry-after": "7" }, 503), body("a.example\n"));
    fixture.url = await serve(script.listener);
    expect(await fixture.failure()).toBe("new");
    expect(fixture.waits).toEqual([7000]);
  });

  test.each([
    ["7200", 7200],
    [new Date(1000 * (startSeconds + 7200)).toUTCString(), 7200],
    ["99999999", 86_400],
    ["Sun, 06 Nov 2994 08:49:37 GMT", 86_400],
  ])("is left to the next fetch where it asks for long (%s)", async (retryAfter, seconds) => {
    const fixture = new FetchFixture();
    const script = new Script(body("", { "retry-after": retryAfter }, 429));
    fixture.url = await serve(script.listener);
    expect(await fixture.failure()).toMatch(/we ask too often \(429\)/);
    expect(script.requests).toHaveLength(1);
    expect(fixture.state()?.nextAt).toBe(startSeconds + seconds);
  });

  test.each(["soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT", ""])(
    "comes by itself where it asks for %j",
    async (text) => {
      const fixture = new FetchFixture();
      fixture.url = await serve(body("", { "retry-after": text }, 503));
      expect(await fixture.failure()).toBe("its host answers 503");
      expect(fixture.waits).toEqual([1000, 4000]);
      expect(fixture.state()?.nextAt).toBe(startSeconds + 60);
    },
  );
});

test("one host has one request at a time, and others do not wait for it", async () => {
  const fixture = new FetchFixture();
  let [open, most] = [0, 0];
  const answers: (() => void)[] = [];
  let asked = (): void => {};
  const isSlow = new Promise<void>((resolve) => {
    asked = resolve;
  });
  fixture.url = await serve((_, response) => {
    open += 1;
    most = Math.max(most, open);
    answers.push(() => {
      open -= 1;
      response.end("a.example\n");
    });
    asked();
  });
  const other = await serve(body("b.example\n"));
  const fetchAs = (name: string) => fixture.fetch({ name, file: fixture.task().file.replace("phish", name) });
  const slow = ["one", "two", "three"].map(fetchAs);
  await isSlow;
  expect(await fixture.fetch({ name: "other", url: other, file: fixture.task({ url: other }).file })).toMatchObject({
    outcome: "new",
  });
  for (let ended = 0; ended < slow.length; ) {
    const answer = answers.shift();
    if (answer === undefined) await new Promise((resolve) => void setImmediate(resolve));
    else {
      answer();
      ended += 1;
    }
  }
  expect((await Promise.all(slow)).map(({ outcome }) => outcome)).toEqual(["new", "new", "new"]);
  expect(most).toBe(1);
});

test("a list is fetched once at a time, also by another process or another part of this one", async () => {
  const fixture = new FetchFixture();
  let finish = (): void => {};
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  fixture.url = await serve((_, response) => {
    finish = () => void response.end("a.example\n");
    ask();
  });
  const first = fixture.fetch();
  await asked;
  expect(await fixture.fetch()).toMatchObject({ outcome: "locked", error: null });
  finish();
  expect(await first).toMatchObject({ outcome: "new" });
});
