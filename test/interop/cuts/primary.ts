/**
 * rpzmill as a primary that ends in every way a server may end and comes back on the same port: builds in this process,
 * and the built program, or a server in this process, on the store.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/types.ts";
import { build } from "../../../src/daemon/build.ts";
import { serverStateFile } from "../../../src/daemon/served-state.ts";
import { storedZones } from "../../../src/daemon/stored-zones.ts";
import { ServerState } from "../../../src/store/server-state.ts";
import { createServer } from "../../../src/xfr/server.ts";
import type { Endpoint } from "../harness/dns-client.ts";
import { freePort } from "../harness/ports.ts";

const program = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** How a server ends: killed, or told to stop with transfers that take longer than it waits for them. */
export type End = "kill" | "drain-limit";

interface Server {
  end(how: End): Promise<void>;
}

export class CutPrimary {
  readonly apex: string;
  readonly endpoint: Endpoint;
  readonly #folder: string;
  readonly #isOwnProcess: boolean;
  #server: Server | undefined;

  private constructor(apex: string, port: number, isOwnProcess: boolean) {
    this.apex = apex;
    this.endpoint = { address: "127.0.0.1", port };
    this.#isOwnProcess = isOwnProcess;
    this.#folder = mkdtempSync(join(tmpdir(), "rpzmill-cuts-"));
  }

  /** Builds the list and serves it. */
  static async start(apex: string, list: string, isOwnProcess: boolean): Promise<CutPrimary> {
    const primary = new CutPrimary(apex, await freePort(), isOwnProcess);
    primary.#configure();
    await primary.publish(list);
    await primary.serve();
    return primary;
  }

  #configure(): void {
    const listen = [`127.0.0.1:${this.endpoint.port}`];
    const source = { id: "list", category: "one", scope: "subtree", format: "domains", from: "list.txt" };
    const main = { version: 1, state: "var", server: { listen }, sources: [source], zones: ["zone.yaml"] };
    const zone = {
      version: 1,
      apex: this.apex,
      take: { categories: ["one"] },
      action: "nxdomain",
      soa: { refresh: 1, retry: 1 },
      transfer: [{ address: "127.0.0.1/32" }],
    };
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, "rpzmill.yaml"), JSON.stringify(main));
    writeFileSync(join(this.#folder, "zone.yaml"), JSON.stringify(zone));
  }

  #config(): Config {
    return loadConfig(join(this.#folder, "rpzmill.yaml"));
  }

  /** The new serial; a server that runs takes it up by itself. */
  async publish(list: string): Promise<number> {
    const file = join(this.#folder, "list.txt");
    writeFileSync(`${file}.next`, list);
    renameSync(`${file}.next`, file);
    const accept = new Set(["list"]);
    const logger = silentLogger;
    const { zones } = await build({
      config: this.#config(),
      clock: systemClock,
      logger,
      full: false,
      accept,
      workers: 1,
    });
    const [zone] = zones;
    if (zone?.result === undefined) throw zone?.error ?? new Error("Nothing was built");
    return zone.result.serial;
  }

  async serve(): Promise<void> {
    this.#server = await (this.#isOwnProcess ? this.#serveByProgram() : this.#serveHere());
  }

  async end(how: End): Promise<void> {
    await this.#server?.end(how);
    this.#server = undefined;
  }

  async stop(): Promise<void> {
    await this.end("kill");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #serveByProgram(): Promise<Server> {
    if (!existsSync(program)) throw new Error("The program is not built: run `npm run build`");
    const argv = [program, "serve", "--config", join(this.#folder, "rpzmill.yaml")];
    const child: ChildProcess = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"] });
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    const ended = once(child, "exit");
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      if (child.stderr === null) throw new Error("The program has no stderr");
      createInterface(child.stderr).on("line", (line) => {
        said.push(line);
        if (line.includes("listening on")) resolve();
      });
      child.once("exit", () => reject(new Error(`The server ended:\n${said.join("\n")}`)));
    });
    return {
      end: async (how) => {
        child.kill(how === "kill" ? "SIGKILL" : "SIGTERM");
        // Told a second time, it waits no longer.
        if (how === "drain-limit") child.kill("SIGTERM");
        await ended;
        process.removeListener("exit", kill);
      },
    };
  }

  async #serveHere(): Promise<Server> {
    const config = this.#config();
    const source = storedZones(config.databaseFile, config.zones);
    const state = new ServerState(serverStateFile(config), systemClock, silentLogger);
    const parts = { source, fullTransferLog: state, clock: systemClock, logger: silentLogger };
    const server = createServer({ listen: [this.endpoint], keys: [], ...parts });
    await server.start();
    const polling = setInterval(() => source.poll(), 50);
    return {
      end: async () => {
        clearInterval(polling);
        await server.stop({ drainMs: 20 });
        state.close();
        source.close();
      },
    };
  }
}
