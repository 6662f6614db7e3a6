import { chmodSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { indicatorListsOf } from "../../src/config/source-kinds.ts";
import type { ListFetchConfig } from "../../src/config/types.ts";
import { sameConfig } from "../../src/daemon/serve.ts";
import { makeAuthority, makeCertificate } from "../feed/http/certificates.ts";
import { folderOf, zoneWith } from "./folder.ts";

const client = makeCertificate({ name: "client" });
const authority = makeAuthority();
const files = {
  "zone.yaml": zoneWith("file: true\n"),
  "secret.txt": "s3cret\n",
  "two-lines.txt": "one\ntwo\n",
  "empty.txt": " \n",
  "ca.pem": authority.certificate,
  "client.pem": client.certificate,
  "client.key": client.privateKey,
};

function folderWith(source: string, more = "", extra: Record<string, string> = {}): string {
  const main = `version: 1\nsources:\n  - {id: phish, category: phishing, ${source}}\nzones: [zone.yaml]\n${more}`;
  const folder = folderOf({ "rpzmill.yaml": main, ...files, ...extra });
  for (const name of ["secret.txt", "two-lines.txt", "client.key"]) chmodSync(join(folder, name), 0o600);
  return folder;
}

const env = { TOKEN: "t0ken", USER_NAME: "us3r" };

function load(source: string, more = "", extra: Record<string, string> = {}) {
  return loadConfig(join(folderWith(source, more, extra), "rpzmill.yaml"), { env });
}

function faultsOf(source: string, more = ""): string[] {
  try {
    load(source, more);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.faults.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`);
    throw error;
  }
  return [];
}

const url = 'url: "https://lists.example/a.txt"';

/** The list of a configuration with one source. */
function listOf(source: string, more = "") {
  return indicatorListsOf(load(source, more))[0];
}

describe("a list that is fetched", () => {
  test("has its defaults, and a copy in the state folder", () => {
    const source = listOf(url);
    expect(source?.fetch).toEqual({
      kind: "list",
      url: "https://lists.example/a.txt",
      everySeconds: 3600,
      headers: [],
      network: "public",
      timeoutSeconds: 600,
      fetchedBytesMax: 1024 ** 3,
    });
    expect(source?.from).toMatch(/\/var\/fetched\/phish\/[0-9a-f]{16}\.list$/);
    expect(source).not.toHaveProperty("url");
    expect(source).not.toHaveProperty("every");
  });

  test("has another copy for another address or another member", () => {
    const from = (source: string) => listOf(source)?.from.split("/").at(-1);
    const copies = [url, 'url: "https://lists.example/b.txt"', `${url}, member: a`, `${url}, member: b`].map(from);
    expect(new Set(copies).size).toBe(4);
    expect(from(`${url}, every: 5m, bearerFile: secret.txt`)).toBe(copies[0]);
  });

  test.each([
    ["1m", 60],
    ["90s", 90],
    ["5m", 300],
    ["24h", 86_400],
    ["30d", 2_592_000],
  ])("is fetched every %s", (every, seconds) => {
    expect(listOf(`${url}, every: ${every}`)?.fetch?.everySeconds).toBe(seconds);
  });

  test("has its credentials from files and the environment", () => {
    const fetchOf = (more: string) => listOf(`${url}, ${more}`)?.fetch as ListFetchConfig | undefined;
    const basic = `Basic ${Buffer.from("us3r:s3cret").toString("base64")}`;
    expect(fetchOf("user: us3r, passwordFile: secret.txt")?.authorization).toBe(basic);
    expect(fetchOf("user: {env: USER_NAME}, passwordFile: secret.txt")?.authorization).toBe(basic);
    expect(fetchOf("bearerFile: secret.txt")?.authorization).toBe("Bearer s3cret");
    expect(fetchOf("bearerEnv: TOKEN")?.authorization).toBe("Bearer t0ken");
    expect(
      fetchOf("headers: {X-Api-Key: {env: TOKEN}, Auth-Key: {file: secret.txt}, Accept: text/plain}")?.headers,
    ).toEqual([
      ["x-api-key", "t0ken"],
      ["auth-key", "s3cret"],
      ["accept", "text/plain"],
    ]);
    expect(fetchOf("caFile: ca.pem, certificateFile: client.pem, privateKeyFile: client.key")).toMatchObject({
      ca: authority.certificate.trim(),
      client: { certificate: client.certificate.trim(), privateKey: client.privateKey.trim() },
    });
  });

  test("has its secret files watched, so that a changed one is taken in", () => {
    const { keyFiles } = load(`${url}, bearerFile: secret.txt, headers: {X: {file: secret.txt}}, caFile: ca.pem`);
    expect(keyFiles.map((file) => file.split("/").at(-1))).toEqual(["secret.txt", "ca.pem"]);
  });

  test("goes by the proxy of all, by its own, or by none", () => {
    const common = 'fetch: {proxy: "http://proxy.example:3128", parallel: 2}\n';
    const fetchOf = (more: string) => listOf(`${url}${more}`, common)?.fetch as ListFetchConfig | undefined;
    expect(load(url, common).fetchesMax).toBe(2);
    expect(fetchOf("")?.proxy).toBe("http://proxy.example:3128");
    expect(fetchOf(', proxy: "http://other.example:8080/"')?.proxy).toBe("http://other.example:8080");
    expect(fetchOf(", proxy: none")).not.toHaveProperty("proxy");
  });

  test("may be an allow list, a guard, or in the place of a built-in one", () => {
    const more = `allow: [{url: "https://lists.example/allow"}]\nguards: [{id: ranks, class: popular, format: ranks, url: "https://lists.example/top.zip"}, {id: popular, url: "https://lists.example/wl.json"}]\n`;
    const { allow, guards } = load(url, more);
    expect(allow[0]?.from).toMatch(/\/fetched\/allow:1\//);
    const guard = (id: string) => guards.find((one) => one.id === id);
    expect(guard("ranks")).toMatchObject({ format: "ranks", from: expect.stringMatching(/\/fetched\/guard:ranks\//) });
    expect(guard("popular")).toMatchObject({ format: "warninglist", builtIn: false });
  });

  test("keeps its secrets when it is printed", () => {
    const more = "user: us3r, passwordFile: secret.txt, headers: {X-Key: {env: TOKEN}}";
    const config = load(`url: "https://lists.example/a?key=qu3ry&t0ken", ${more}`);
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) {
      expect(text).toContain("https://lists.example/a?key=…&…");
      expect(text).not.toMatch(/s3cret|us3r|t0ken|qu3ry|dXMzcjpzM2NyZXQ/);
    }
  });

  test("is another configuration where only a secret changed", () => {
    const main = folderWith(`${url}, bearerEnv: TOKEN`);
    const by = (token: string) => loadConfig(join(main, "rpzmill.yaml"), { env: { TOKEN: token } });
    expect(sameConfig(by("one"), by("one"))).toBe(true);
    expect(sameConfig(by("one"), by("two"))).toBe(false);
  });
});

describe("a fault", () => {
  const http = 'url: "http://lists.example/a"';
  test.each([
    [
      "no list at all",
      "format: domains",
      ["sources[0].from: is missing; it should be the path of a list; in its place may be `url`, `primary`"],
    ],
    ["a file and an address", `from: a.txt, ${url}`, ["cannot stand beside from: a list is from one place"]],
    [
      "keys of fetched lists with a file",
      "from: a.txt, every: 5m, member: x",
      ["every: is for lists that are fetched; give it a url", "member: is for lists that are fetched"],
    ],
    ["refreshSeconds", `${url}, refreshSeconds: 60`, ["is for files; say how often to fetch with every"]],
    [
      "another scheme",
      'url: "ftp://lists.example/s3cret"',
      ["url: should be an address that begins with https:// or http://"],
    ],
    ["no address", 'url: "lists.example/s3cret"', ["url: should be an address that begins with https:// or http://"]],
    [
      "credentials in the address",
      'url: "https://us3r:s3cret@lists.example/?k=qu3ry"',
      ['url: "https://…@lists.example/?k=…" has a user or a password in it'],
    ],
    [
      "an interval of seconds",
      `${url}, every: 30s`,
      ['every: should be a time from 1m to 30d such as 5m, 1h or 24h, but is "30s"'],
    ],
    ["an interval without a unit", `${url}, every: 60`, ["every: should be text, but is 60"]],
    ["an interval beyond all", `${url}, every: 31d`, ["every: should be a time from 1m"]],
    [
      "a password inline",
      `${url}, user: us3r, password: s3cret`,
      ['password: is not a key here (did you mean "passwordEnv"?)'],
    ],
    [
      "two passwords",
      `${url}, user: u, passwordFile: secret.txt, passwordEnv: TOKEN`,
      ["passwordEnv: cannot stand beside passwordFile"],
    ],
    [
      "a password without a user",
      `${url}, passwordFile: secret.txt`,
      ["passwordFile: is the password of a user; say which with user"],
    ],
    ["two authorizations", `${url}, user: u, bearerEnv: TOKEN`, ["bearerEnv: cannot stand beside user"]],
    [
      "two authorizations by a header",
      `${url}, user: u, headers: {Authorization: s3cret}`,
      ["cannot stand beside user"],
    ],
    ["a colon in the user", `${url}, user: "us3r:s3cret"`, ["user: has a colon"]],
    ["a variable that is not set", `${url}, bearerEnv: NONE`, ["bearerEnv: the variable NONE is not set"]],
    ["a file that is not there", `${url}, bearerFile: none.txt`, ['none.txt" cannot be read: ENOENT']],
    ["a secret of two lines", `${url}, bearerFile: two-lines.txt`, ['two-lines.txt" holds more than one line of text']],
    ["an empty secret", `${url}, bearerFile: empty.txt`, ['empty.txt" is empty']],
    [
      "a header with a line end",
      `${url}, headers: {X-Key: "s3cret\\nX: y"}`,
      ["has other than printable ASCII on one line"],
    ],
    ["a header of our own", `${url}, headers: {Host: other.example}`, ["Host: is set by rpzmill itself"]],
    ["a header that is none", `${url}, headers: {"a b": x}`, ["is no name of a header"]],
    [
      "a header whose value is neither",
      `${url}, headers: {X: {fil: a}}`,
      ["should be text, {env: NAME} or {file: PATH}"],
    ],
    [
      "a certificate without its key",
      `${url}, certificateFile: client.pem`,
      ["certificateFile: needs privateKeyFile beside it"],
    ],
    [
      "a key of another certificate",
      `${url}, certificateFile: ca.pem, privateKeyFile: client.key`,
      ["is not the key of the certificate"],
    ],
    ["what is no certificate", `${url}, caFile: secret.txt`, ["caFile: does not hold a certificate in PEM"]],
    [
      "what is no key",
      `${url}, certificateFile: client.pem, privateKeyFile: secret.txt`,
      ["does not hold a private key in PEM"],
    ],
    ["a proxy with a password", `${url}, proxy: "http://u:s3cret@proxy.example"`, ["has a user or a password in it"]],
    [
      "a proxy with a path",
      `${url}, proxy: "http://proxy.example/s?a=s3cret"`,
      ["should be the address of a proxy without a path"],
    ],
    [
      "a network that is none",
      `${url}, network: intern`,
      ['should be public or internal, but is "intern" (did you mean "internal"?)'],
    ],
    [
      "a password over plain http",
      `${http}, user: u, passwordFile: secret.txt`,
      ["would send its credentials where everybody on the way can read them; use https"],
    ],
    ["a secret header over plain http", `${http}, headers: {X-Key: s3cret}`, ["would send its credentials"]],
  ])("is %s", (_, source, expected) => {
    const faults = faultsOf(source);
    expect(faults).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(faults[i]).toContain(text);
    expect(faults.join("\n")).not.toMatch(/s3cret|us3r:|qu3ry/);
  });

  test("is an address on the network as a file, whose secrets are not repeated", () => {
    expect(faultsOf('from: "https://u:s3cret@lists.example/a?k=qu3ry"')).toEqual([
      '3:43 sources[0].from: "https://…@lists.example/a?k=…" is an address on the network; it should be the path of a file, or stand as url',
    ]);
  });
});

describe("a warning", () => {
  const warningsOf = (source: string) => load(source).warnings.map(({ message }) => message);
  test.each([
    [
      "plain http",
      'url: "http://lists.example/a?k=qu3ry"',
      ['"http://lists.example/a?k=…" is no https address: whoever is on the way can change what it lists'],
    ],
    [
      "credentials over plain http inside",
      'url: "http://lists.example/a", network: internal, bearerEnv: TOKEN',
      ["can read its credentials, and change what is blocked"],
    ],
    ["plain http on loopback, with credentials too", 'url: "http://127.0.0.1:8080/a", bearerEnv: TOKEN', []],
    ["https", url, []],
  ])("of %s", (_, source, expected) => {
    const warnings = warningsOf(source);
    expect(warnings).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(warnings[i]).toContain(text);
  });

  test("of a secret that others can read", () => {
    const folder = folderWith(`${url}, bearerFile: secret.txt, caFile: ca.pem`);
    chmodSync(join(folder, "secret.txt"), 0o644);
    const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
    expect(warnings.map(({ key, message }) => `${key} ${message}`)).toEqual([
      expect.stringMatching(/^sources\[0\]\.bearerFile ".*secret\.txt" can be read by other users/),
    ]);
  });
});
