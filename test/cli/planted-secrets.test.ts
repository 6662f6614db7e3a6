import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BuiltProgram } from "../daemon/built-program.ts";
import { makeAuthority, makeCertificate } from "../feed/http/certificates.ts";
import { serve } from "../feed/http/fetch-fixture.ts";
import { type Sample, sampleFolder } from "./cli.ts";

/** One for each place in which a secret can stand. */
const secrets = {
  password: "s3cret-passw0rd-file",
  passwordEnv: "s3cret-passw0rd-env",
  bearer: "s3cret-bearer-file",
  bearerEnv: "s3cret-bearer-env",
  user: "s3cret-user-env",
  headerText: "s3cret-header-text",
  headerFile: "s3cret-header-file",
  headerEnv: "s3cret-header-env",
  query: "s3cret-query",
  tsig: Buffer.from("s3cret-tsig-key-of-32-octets----").toString("base64"),
  tsigEnv: Buffer.from("s3cret-tsig-env-of-32-octets----").toString("base64"),
} as const;

const client = makeCertificate({ issuer: makeAuthority() });
const env = {
  PASSWORD: secrets.passwordEnv,
  BEARER: secrets.bearerEnv,
  USER_NAME: secrets.user,
  HEADER: secrets.headerEnv,
  TSIG: secrets.tsigEnv,
};

/** What must stand nowhere: secrets as they are, in Base64, as TSIG has them, and lines of the private key. */
const planted: readonly string[] = [
  ...Object.values(secrets),
  ...Object.values(secrets).map((secret) => Buffer.from(secret).toString("base64").replace(/=+$/, "")),
  Buffer.from(`${secrets.user}:${secrets.password}`).toString("base64"),
  ...client.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-")),
  "s3cret",
];

function expectNone(text: string, where: string): void {
  for (const secret of planted) {
    if (text.includes(secret)) expect.fail(`${where} holds ${secret}: ${text.slice(0, 2000)}`);
  }
}

/** All that servers were sent. */
const sentToServers: string[] = [];

/** Answers with all that it was sent, in every place that a client may repeat. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const sent = JSON.stringify([request.url, request.headers]);
  sentToServers.push(sent);
  const line = sent.replaceAll(/[^\x20-\x7e]/g, "");
  const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
  if (path === "/list") return void response.end("one.example\ntwo.example\n");
  if (path === "/refused")
    return void response.writeHead(401, line, { "www-authenticate": line, "set-cookie": line }).end(sent);
  if (path === "/page") return void response.writeHead(200, { etag: '"x"' }).end(`<html><body>${sent}</body></html>`);
  if (path === "/moved")
    return void response.writeHead(302, { location: `http://10.0.0.1/?echo=${encodeURIComponent(line)}` }).end();
  if (path === "/cut") {
    response.writeHead(200, line, { "content-length": 100_000 });
    response.write(sent, () => response.destroy());
    return;
  }
  response.writeHead(500, line).end(sent);
}

const paths = ["list", "refused", "page", "moved", "cut", "broken"];

/** Those that are tried again after seconds come from hosts of their own, and not by every way. */
const slowPaths = ["cut", "broken"];

async function mainOf(): Promise<string> {
  const quick = await serve(echo);
  const slow = await Promise.all(slowPaths.map(() => serve(echo)));
  const credentials = [
    "user: {env: USER_NAME}, passwordFile: keys/password",
    "user: {env: USER_NAME}, passwordEnv: PASSWORD",
    "bearerFile: keys/bearer",
    "bearerEnv: BEARER",
    `headers: {X-Text: "${secrets.headerText}", X-File: {file: keys/header}, X-Env: {env: HEADER}}`,
    "certificateFile: keys/client.pem, privateKeyFile: keys/client.key",
  ];
  const sources = paths.flatMap((path) =>
    credentials.map((credential, i) => {
      const origin = slow[slowPaths.indexOf(path)] ?? quick;
      if (origin !== quick && i !== 0 && i !== 4) return "";
      const proxy = i === 4 && path === "refused" ? `, proxy: "${origin}"` : "";
      return `  - {id: ${path}${i}, format: domains, url: "${origin}/${path}?token=${secrets.query}&${secrets.query}", timeoutSeconds: 5, category: phishing, ${credential}${proxy}}\n`;
    }),
  );
  return `version: 1
server: {listen: ["127.0.0.1:0"]}
keys:
  - {name: file-key, secretFile: keys/tsig}
  - {name: env-key, secretEnv: TSIG}
fetch: {parallel: 20}
sources:
${sources.join("")}zones: zones
`;
}

function plantedFolder(main: string): Sample {
  const sample = sampleFolder({
    "rpzmill.yaml": main,
    "zones/malware.yaml":
      "version: 1\napex: malware.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\ntransfer: [{key: file-key}, {key: env-key}]\n",
    "keys/password": secrets.password,
    "keys/bearer": secrets.bearer,
    "keys/header": secrets.headerFile,
    "keys/tsig": secrets.tsig,
    "keys/client.pem": client.certificate,
    "keys/client.key": client.privateKey,
  });
  for (const name of readdirSync(sample.path("keys"))) chmodSync(sample.path(`keys/${name}`), 0o600);
  return sample;
}

/** The text of all files beneath a folder. */
function filesIn(folder: string): [string, string][] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, readFileSync(path, "latin1")];
  });
}

const commands = [
  "config check",
  "config check --json",
  "build",
  "build --json",
  "build --dry-run --json",
  "source list",
  "source list --json",
  "source fetch --json",
  "source fetch refused0 page2 moved4 cut0 broken4 --force",
  ...paths.flatMap((path) => [`source show ${path}0`, `source show ${path}4 --json`, `source rejects ${path}4 --json`]),
  "zone list --json",
  "zone show malware.rpz.example --json",
  "zone export malware.rpz.example",
  "explain one.example --json",
  "guard hits --json",
  "store list",
  "store show",
  "source show none",
  "build --nonsense",
];

test("no command prints a secret or leaves one in the state folder", { timeout: 120_000 }, async () => {
  const sample = plantedFolder(await mainOf());
  for (const command of commands) {
    const { stdout, stderr } = await sample.run(command, { env, clock: { nowMs: () => Date.now() } });
    expectNone(stdout + stderr, command);
  }
  // Where it belongs each of them came.
  const basic = (password: string): string => Buffer.from(`${secrets.user}:${password}`).toString("base64");
  const { bearer, bearerEnv, headerText, headerFile, headerEnv, query, password, passwordEnv } = secrets;
  for (const secret of [
    bearer,
    bearerEnv,
    headerText,
    headerFile,
    headerEnv,
    query,
    basic(password),
    basic(passwordEnv),
  ]) {
    expect(sentToServers.some((sent) => sent.includes(secret))).toBe(true);
  }
  const files = filesIn(sample.path("var"));
  expect(files.some(([path]) => path.includes("fetched"))).toBe(true);
  for (const [path, text] of files) expectNone(text, path);
});

test("a running program has no secret in its log and its processes none in their arguments or titles", {
  timeout: 60_000,
}, async () => {
  const sample = plantedFolder(await mainOf());
  Object.assign(process.env, env);
  const run = new BuiltProgram(["run", "--json", "--config", sample.path("rpzmill.yaml")]);
  for (const name of Object.keys(env)) delete process.env[name];
  const seen = new Set<number>();
  const look = setInterval(() => {
    for (const pid of familyOf(run.process.pid as number)) {
      seen.add(pid);
      for (const file of ["cmdline", "comm", "status"]) expectNone(textOf(`/proc/${pid}/${file}`), `${file} of ${pid}`);
    }
  }, 50);
  await run.reporter.line(/built in /);
  clearInterval(look);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
  expect(seen.size).toBeGreaterThan(2);
  expectNone(run.reporter.lines.join("\n"), "the log");
  for (const [path, text] of filesIn(sample.path("var"))) expectNone(text, path);
});

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** A process with its children and theirs. */
function familyOf(parent: number): number[] {
  const children = textOf(`/proc/${parent}/task/${parent}/children`).trim().split(" ").filter(Boolean).map(Number);
  return [parent, ...children.flatMap(familyOf)];
}

/** Mistakes with which people write a secret where none belongs, or write it wrong. */
test.each([
  ["a user and a password in a URL", 'url: "https://me:s3cret@lists.example/"'],
  ["a URL of another scheme", 'url: "ftp://me:s3cret@lists.example/"'],
  ["a URL that is none", 'url: "https://[s3cret"'],
  ["a token in a clear-text URL", 'url: "http://lists.example/?token=s3cret", user: {env: USER_NAME}'],
  ["a password of its own key", 'url: "https://lists.example/", user: me, password: s3cret'],
  ["a token of its own key", 'url: "https://lists.example/", bearer: s3cret'],
  ["a token in a list", 'url: "https://lists.example/", headers: {X-Key: [s3cret]}'],
  ["a header of two lines", 'url: "https://lists.example/", headers: {X-Key: "s3cret\\nmore"}'],
  ["a header of a name that is none", 'url: "https://lists.example/", headers: {"X Key": s3cret}'],
  ["a user with a colon", 'url: "https://lists.example/", user: "me:s3cret"'],
  ["a password beside a token", 'url: "https://lists.example/", user: s3cret-me, bearerFile: keys/bearer'],
  ["a proxy with a password", 'url: "https://lists.example/", proxy: "http://me:s3cret@proxy.example:3128"'],
  ["a proxy with a path", 'url: "https://lists.example/", proxy: "http://proxy.example:3128/?s3cret"'],
  ["a password file of two lines", 'url: "https://lists.example/", user: me, passwordFile: keys/two-lines'],
  [
    "a private key that is none",
    'url: "https://lists.example/", certificateFile: keys/client.pem, privateKeyFile: keys/two-lines',
  ],
  ["a certificate that is a secret", 'url: "https://lists.example/", caFile: keys/password'],
])("%s is a fault that repeats nothing of it", async (_, source) => {
  const sample = plantedFolder(`version: 1\nsources:\n  - {id: phish, ${source}, category: phishing}\nzones: zones\n`);
  writeFileSync(sample.path("keys/two-lines"), "s3cret\nmore\n", { mode: 0o600 });
  for (const command of ["config check", "config check --json", "build"]) {
    const { code, stdout, stderr } = await sample.run(command, { env });
    expect(code, command).toBe(2);
    expectNone(stdout + stderr, command);
  }
});

test.each([
  ["a TSIG secret in the file itself", "keys: [{name: k, secret: s3cret}]"],
  ["a TSIG secret that is no Base64", "keys: [{name: k, secretFile: keys/password}]"],
  ["a TSIG secret that is too short", "keys: [{name: k, secretEnv: SHORT}]"],
  ["a mapping that never ends", 'fetch: {proxy: "http://me:s3cret@proxy.example:3128"'],
  ["a quote that never ends", 'fetch: {proxy: "http://me:s3cret@proxy.example:3128}'],
  ["a tab before a key", "fetch:\n\tproxy: s3cret"],
  ["the same key twice", "fetch: {}\nfetch: {proxy: s3cret}"],
])("%s is a fault that repeats nothing of it", async (_, lines) => {
  const sample = plantedFolder(
    `version: 1\nsources: [{id: phish, from: x.txt, category: phishing}]\nzones: zones\n${lines}\n`,
  );
  const short = Buffer.from("s3cret").toString("base64");
  for (const command of ["config check", "config check --json", "build"]) {
    const { code, stdout, stderr } = await sample.run(command, { env: { ...env, SHORT: short } });
    expect(code, command).toBe(2);
    expectNone(stdout + stderr, command);
  }
});
