/** A folder with a configuration of one source and one zone, and what is done with it: build, serve, look. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAuthority } from "../tls/certificates.ts";
import { axfrQuery, firstAnswer, signQuery } from "./dns.mjs";
import { freePort, mainFile, run, secondsNow, start } from "./processes.mjs";

export const apex = "rpz.example";
export const sourceId = "names";

export class Project {
  folder;
  port;
  /** For transfers over TLS. */
  tlsPort;
  /** The list that is built from; the name is a link, so that replacing it leaves the original alone. */
  listFile;
  /** What the latest build printed. */
  report;
  #key = { name: "bench", algorithm: "hmac-sha256", secret: randomBytes(32) };

  /** `reading` says how the list is read. */
  static async create(folder, listFile, reading = "format: hosts, scope: subtree") {
    const project = new Project();
    project.folder = folder;
    project.port = await freePort();
    project.tlsPort = await freePort();
    project.listFile = join(folder, "list.txt");
    mkdirSync(folder, { recursive: true });
    linkSync(listFile, project.listFile);
    const { name, algorithm, secret } = project.#key;
    writeFileSync(join(folder, "bench.key"), secret.toString("base64"), { mode: 0o600 });
    const { certificate, privateKey } = makeAuthority("bench.example").issue({ names: ["primary.example"] });
    writeFileSync(join(folder, "server.pem"), certificate);
    writeFileSync(join(folder, "server.key"), privateKey, { mode: 0o600 });
    writeFileSync(
      join(folder, "rpzmill.yaml"),
      `version: 1
state: state
server:
  listen: ["127.0.0.1:${project.port}"]
  tls: {listen: "127.0.0.1:${project.tlsPort}", certFile: server.pem, keyFile: server.key}
keys: [{name: ${name}, algorithm: ${algorithm}, secretFile: bench.key}]
sources: [{id: ${sourceId}, from: list.txt, ${reading}}]
zones: zone.yaml
`,
    );
    writeFileSync(
      join(folder, "zone.yaml"),
      `version: 1
apex: ${apex}
take: {sources: [${sourceId}]}
action: nxdomain
transfer: [{address: 127.0.0.1/32}, {key: ${name}}]
`,
    );
    return project;
  }

  get configFile() {
    return join(this.folder, "rpzmill.yaml");
  }

  get databaseFile() {
    return join(this.folder, "state", "rpzmill.db");
  }

  /** `rpzmill build --json` as a process of its own: its wall time in seconds and what it printed. */
  async build() {
    const { seconds, stdout } = await run(process.execPath, [mainFile, "build", "--json", "--config", this.configFile]);
    this.report = JSON.parse(stdout);
    return { seconds, report: this.report };
  }

  /** Starts `rpzmill serve` and waits for its first answer. */
  async serve() {
    const server = start(process.execPath, [mainFile, "serve", "--config", this.configFile]);
    try {
      await firstAnswer(this.port, apex, server.checkAlive);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return { ...server, secondsToAnswer: secondsNow() - server.startedAt };
  }

  /** The zone as text, written to a file. */
  async exportZone(file) {
    await run("sh", [
      "-c",
      '"$0" "$1" zone export "$2" --config "$3" > "$4"',
      process.execPath,
      mainFile,
      apex,
      this.configFile,
      file,
    ]);
  }

  /** The request for the whole zone. */
  axfrQuery() {
    return axfrQuery(apex);
  }

  /** The same, signed now. */
  signedAxfrQuery() {
    return signQuery(axfrQuery(apex), this.#key);
  }

  removeState() {
    rmSync(join(this.folder, "state"), { recursive: true, force: true });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
