/**
 * Requests of one fetch. Redirects are followed, at most five, never from https to http; none but the host that the configuration
 * names ever gets a credential. Connections are kept for the next request to the same host until the session is closed.
 */
import type { Dispatcher } from "undici";
import { parseUrl, shownUrl } from "../../base/shown-url.ts";
import { FetchFailure } from "../fetch/failure.ts";
import { parseRetryAfter } from "../fetch/retry.ts";
import type { HttpTask } from "../fetch/task.ts";
import type { FetchTools } from "../fetch/tools.ts";
import { connectorFor } from "./connect.ts";

export interface Asking {
  /** Absent: the address of the task. Credentials go only to the origin of that. */
  readonly url?: string;
  /** JSON to be posted; absent: GET. */
  readonly body?: string;
  /** In place of the usual ones, besides those of the configuration. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are no failure; absent: 200. */
  readonly statuses?: readonly number[];
}

/** An answer with its body still to be read. */
export interface Answer {
  readonly status: number;
  /** Of the last address. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

const redirectsMax = 5;
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];
/** What may pass soon: too slow, too many requests. */
const transientStatuses: readonly number[] = [408, 425, 429];

export class HttpSession {
  readonly #task: HttpTask;
  readonly #tools: SessionTools;
  readonly #origin: URL;
  /** By origin. */
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(task: HttpTask, tools: SessionTools) {
    this.#task = task;
    this.#tools = tools;
    this.#origin = new URL(task.url);
  }

  /**
   * Asks, and gives what came to `take` while its host is still kept from others. A body that is not read to its end takes the connection
   * with it. @throws FetchFailure, or an error of the connection or of `take`
   */
  async ask<T>(asking: Asking, take: (answer: Answer) => Promise<T>): Promise<T> {
    let url = asking.url === undefined ? this.#origin : new URL(asking.url);
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const outcome = await this.#askOnce(asking, url, take);
      if (!("location" in outcome)) return outcome.taken;
      url = redirected(url, outcome.location);
    }
    throw new FetchFailure(
      `it is redirected more than ${redirectsMax} times, last to "${shownUrl(url)}"`,
      "Open its address in a browser and write down where it leads",
    );
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const dispatchers = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  #askOnce<T>(asking: Asking, url: URL, take: (answer: Answer) => Promise<T>): Promise<Asked<T>> {
    const { hosts, signal } = this.#tools;
    return hosts.use(url.host, async () => {
      signal.throwIfAborted();
      const isOwnOrigin = url.origin === this.#origin.origin;
      const { body: posted, statuses = [200] } = asking;
      const { statusCode, headers, body } = await this.#dispatcherFor(url, isOwnOrigin).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: posted === undefined ? "GET" : "POST",
        headers: headersFor(this.#task, asking, isOwnOrigin),
        ...(posted === undefined ? {} : { body: posted }),
        signal,
      });
      body.on("error", () => {});
      try {
        if (statuses.includes(statusCode)) return { taken: await take({ status: statusCode, headers, body }) };
        if (redirectStatuses.includes(statusCode)) return { location: locationOf(headers, statusCode, posted) };
        throw statusFailure(statusCode, parseRetryAfter(textOf(headers["retry-after"]), this.#tools.nowMs()));
      } finally {
        // Whoever takes no body leaves it, and the connection ends with it.
        if (!body.readableEnded) body.destroy();
      }
    });
  }

  #dispatcherFor(url: URL, isOwnOrigin: boolean): Dispatcher {
    const known = this.#dispatchers.get(url.origin);
    if (known !== undefined) return known;
    const { timeouts, resolve } = this.#tools;
    const dispatcher = connectorFor({ task: this.#task, url, isOwnOrigin, timeouts, resolve });
    this.#dispatchers.set(url.origin, dispatcher);
    return dispatcher;
  }
}

type SessionTools = Pick<FetchTools, "hosts" | "signal" | "timeouts" | "resolve" | "nowMs">;
type Asked<T> = { readonly taken: T } | { readonly location: string };

function headersFor(task: HttpTask, { body, headers: own }: Asking, isOwnOrigin: boolean): Record<string, string> {
  const { authorization, headers } = task;
  return {
    accept: "*/*",
    "user-agent": "rpzmill",
    "accept-encoding": "gzip, deflate, br",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...own,
    ...(isOwnOrigin ? Object.fromEntries(headers) : {}),
    ...(isOwnOrigin && authorization !== undefined ? { authorization } : {}),
  };
}

/** The one value of a header. */
export function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function locationOf(headers: Answer["headers"], status: number, posted: string | undefined): string {
  const location = textOf(headers["location"]);
  // Others turn what is posted into a question for another page.
  if (posted !== undefined && status !== 307 && status !== 308) {
    throw new FetchFailure(`it is redirected (${status}) where a question was posted`, "Write down its new address");
  }
  if (location !== undefined) return location;
  throw new FetchFailure("it is redirected to nowhere", "Its operator must fix it");
}

/** Where a redirect leads. @throws FetchFailure where it must not be followed */
function redirected(from: URL, location: string): URL {
  const to = parseUrl(location, from);
  const refuse = (why: string): FetchFailure => {
    const shown = to === undefined ? "" : ` to "${shownUrl(to)}"`;
    return new FetchFailure(
      `it is redirected${shown}, ${why}`,
      "Look whether the list has moved, and write down its new address",
    );
  };
  if (to === undefined) throw refuse("but not to an address");
  if (to.protocol !== "https:" && to.protocol !== "http:") throw refuse("which is no address of HTTP");
  if (to.username !== "" || to.password !== "") throw refuse("with a user or a password in the address");
  if (from.protocol === "https:" && to.protocol === "http:") throw refuse("from https to http");
  to.hash = "";
  return to;
}

function statusFailure(status: number, retryAfterSeconds: number | undefined): FetchFailure {
  const isTransient = status >= 500 || transientStatuses.includes(status);
  const facts = { isTransient, retryAfterSeconds, status };
  if (status === 401 || status === 403) {
    return new FetchFailure(`its host refuses it to us (${status})`, "Check the credentials of the source", facts);
  }
  if (status === 404 || status === 410) {
    return new FetchFailure(`its host has no such list (${status})`, "Look whether it has moved or ended", facts);
  }
  if (status === 429) return new FetchFailure("its host says that we ask too often (429)", "Raise `every`", facts);
  if (status === 407)
    return new FetchFailure("the proxy wants credentials (407)", "Use a proxy that wants none", facts);
  const remedy = isTransient ? "It is tried again by itself" : "Open its address in a browser to see what comes";
  return new FetchFailure(`its host answers ${status}`, remedy, facts);
}
