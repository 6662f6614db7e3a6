/** A folder for copies, a server on loopback that answers as a test says, and a clock that stands until it is set. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { copyFileOf } from "../../../src/config/fetch.ts";
import { type CopyState, readCopyState } from "../../../src/feed/fetch/copy-state.ts";
import { type FetchOptions, type FetchOutcome, fetchTask } from "../../../src/feed/fetch/fetch.ts";
import { HostQueue } from "../../../src/feed/fetch/hosts.ts";
import type { ListTask } from "../../../src/feed/fetch/task.ts";

export const startSeconds = 1_800_000_000;

export class FetchFixture {
  readonly folder: string;
  readonly hosts = new HostQueue();
  nowMs = 1000 * startSeconds;
  /** What was waited for between tries. */
  readonly waits: number[] = [];
  url = "";

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "rpzmill-fetch-"));
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  task(more: Partial<ListTask> = {}): ListTask {
    const url = more.url ?? this.url;
    return {
      kind: "list",
      name: "phish",
      url,
      everySeconds: 3600,
      headers: [],
      network: "public",
      timeoutSeconds: 30,
      fetchedBytesMax: 1_000_000,
      expandedBytesMax: 1_000_000,
      file: copyFileOf(this.folder, "phish", {
        kind: "list",
        url,
        ...(more.member === undefined ? {} : { member: more.member }),
      }),
      ...more,
    };
  }

  /** Fetches now, by what is known of the copy. */
  fetch(more: Partial<ListTask> = {}, options: Partial<FetchOptions> = {}): Promise<FetchOutcome> {
    return fetchTask(this.task(more), {
      mode: "check",
      hosts: this.hosts,
      clock: { nowMs: () => this.nowMs },
      random: () => 0.5,
      wait: async (ms) => void this.waits.push(ms),
      ...options,
    });
  }

  state(more: Partial<ListTask> = {}): CopyState | undefined {
    return readCopyState(this.task(more).file);
  }

  copy(more: Partial<ListTask> = {}): string {
    return readFileSync(this.task(more).file, "utf8");
  }

  /** Files in the list's folder, but for the lock. */
  files(): string[] {
    return readdirSync(dirname(this.task().file)).filter((name) => !name.startsWith("lock"));
  }

  /** A fetch that fails, in words. */
  async failure(more: Partial<ListTask> = {}, options: Partial<FetchOptions> = {}): Promise<string> {
    const { outcome, error } = await this.fetch(more, options);
    return outcome === "failed" ? (error?.message ?? "no error").replace(/^Cannot fetch "[^"]*": /, "") : outcome;
  }
}

/** Listens on a free port of loopback until the test ends; gives the origin. */
export async function listen(server: Server | ReturnType<typeof createNetServer>, scheme = "http"): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server of HTTP. */
export function serve(answer: RequestListener): Promise<string> {
  return listen(createServer(answer));
}

export function serveTls(options: ServerOptions, answer: RequestListener): Promise<string> {
  const server = createHttpsServer(options, answer);
  server.on("tlsClientError", () => {});
  return listen(server, "https");
}

/** A server that does with the socket what it likes, once a request has come. */
export function serveRaw(answer: (socket: Socket, requestText: string) => void): Promise<string> {
  const server = createNetServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (text) => answer(socket, text.toString("latin1")));
    onTestFinished(() => void socket.destroy());
  });
  return listen(server);
}

/** Requests as they came, and answers from a list of them, the last for all that follow. */
export class Script {
  readonly requests: IncomingMessage[] = [];
  readonly #answers: RequestListener[];

  constructor(...answers: RequestListener[]) {
    this.#answers = answers;
  }

  readonly listener: RequestListener = (request, response) => {
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)];
    this.requests.push(request);
    answer?.(request, response);
  };
}

/** Answers with a body and headers. */
export function body(
  content: string | Uint8Array,
  headers: Record<string, string> = {},
  status = 200,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => void response.writeHead(status, headers).end(content);
}
