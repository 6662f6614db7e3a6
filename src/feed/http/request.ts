/**
 * Asks for a list and follows redirects: at most five, never from https to http, and none but the host that the
 * configuration names ever gets a credential.
 */
import { parseUrl, shownUrl } from "../../base/shown-url.ts";
import { type ConnectOptions, connectorFor } from "./connect.ts";
import { FetchFailure } from "./failure.ts";
import type { HostQueue } from "./hosts.ts";
import { parseRetryAfter } from "./retry.ts";
import type { FetchTask } from "./task.ts";
import type { Validators } from "./validators.ts";

export interface RequestOptions extends Pick<ConnectOptions, "timeouts" | "resolve"> {
  readonly task: FetchTask;
  /** Of the copy that there is; none where a whole answer is wanted. */
  readonly validators: Validators;
  readonly hosts: HostQueue;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

/** An answer with its body still to be read. */
export interface Answer {
  readonly status: 200 | 304;
  /** Of the last address. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

const redirectsMax = 5;
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];
/** What may pass soon: too slow, too many requests. */
const transientStatuses: readonly number[] = [408, 425, 429];

/**
 * Asks, and gives what came to `take` while its host is still kept from others.
 * @throws FetchFailure, or an error of the connection or of `take`
 */
export async function request<T>(options: RequestOptions, take: (answer: Answer) => Promise<T>): Promise<T> {
  const origin = new URL(options.task.url);
  let url = origin;
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const outcome = await askOnce(options, url, origin, take);
    if (!("location" in outcome)) return outcome.taken;
    url = redirected(url, outcome.location);
  }
  throw new FetchFailure(
    `it is redirected more than ${redirectsMax} times, last to "${shownUrl(url)}"`,
    "Open its address in a browser and write down where it leads",
  );
}

type Asked<T> = { readonly taken: T } | { readonly location: string };

function askOnce<T>(
  { task, validators, timeouts, resolve, hosts, signal, nowMs }: RequestOptions,
  url: URL,
  origin: URL,
  take: (answer: Answer) => Promise<T>,
): Promise<Asked<T>> {
  return hosts.use(url.host, async () => {
    signal.throwIfAborted();
    const isOwnOrigin = url.origin === origin.origin;
    const dispatcher = connectorFor({ task, url, isOwnOrigin, timeouts, resolve });
    try {
      const { statusCode, headers, body } = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "GET",
        headers: headersFor(task, validators, isOwnOrigin),
        signal,
      });
      // Whoever takes no body leaves it, and the connection ends with it.
      body.on("error", () => {});
      if (redirectStatuses.includes(statusCode)) return { location: locationOf(headers) };
      if (statusCode === 200 || statusCode === 304) {
        return { taken: await take({ status: statusCode, headers, body }) };
      }
      throw statusFailure(statusCode, parseRetryAfter(textOf(headers["retry-after"]), nowMs));
    } finally {
      await dispatcher.destroy();
    }
  });
}

function headersFor(task: FetchTask, { etag, lastModified }: Validators, isOwnOrigin: boolean): Record<string, string> {
  const { authorization, headers } = task;
  return {
    accept: "*/*",
    "user-agent": "rpzmill",
    "accept-encoding": "gzip, deflate, br",
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
    ...(isOwnOrigin ? Object.fromEntries(headers) : {}),
    ...(isOwnOrigin && authorization !== undefined ? { authorization } : {}),
  };
}

/** The one value of a header. */
export function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function locationOf(headers: Answer["headers"]): string {
  const location = textOf(headers["location"]);
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
  const facts = { isTransient, retryAfterSeconds };
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
