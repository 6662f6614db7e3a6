/**
 * Connections for one request, to allowed addresses only. What a name resolves to is looked at when it is connected to, and
 * once more on the socket, so that a name that changes its mind between the two gains nothing.
 */
import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from "undici";
import { isLoopback } from "../../base/loopback.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { HttpTask, Resolve, StepTimeouts } from "../fetch/task.ts";
import { isInside } from "./inside.ts";

export interface ConnectOptions {
  readonly task: HttpTask;
  readonly url: URL;
  /** Whether the host asked may see the client certificate. */
  readonly isOwnOrigin: boolean;
  readonly timeouts: StepTimeouts;
  readonly resolve?: Resolve | undefined;
}

const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, order: "verbatim" });

/** A dispatcher for one request to a URL; whoever asks destroys it. @throws FetchFailure where the URL itself is not allowed */
export function connectorFor(options: ConnectOptions): Dispatcher {
  const { task, url, isOwnOrigin, timeouts, resolve = systemResolve } = options;
  const host = bareHost(url);
  const isAllowed = (address: string): boolean => mayConnect(task, host, address);
  if (isIP(host) !== 0 && !isAllowed(host)) throw insideFailure(`"${host}" is an address inside`);
  const tls = {
    ...(task.ca === undefined ? {} : { ca: task.ca }),
    ...(task.client === undefined || !isOwnOrigin
      ? {}
      : { cert: task.client.certificate, key: task.client.privateKey }),
  };
  const common = {
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.stallMs,
    connections: 1,
    allowH2: false,
  };
  if (task.proxy !== undefined) {
    // The proxy resolves names and connects: what it reaches is its operator's to bound.
    return new ProxyAgent({
      ...common,
      uri: task.proxy,
      connectTimeout: timeouts.connectMs,
      requestTls: { ...tls, timeout: timeouts.connectMs, allowH2: false },
      proxyTls: { timeout: timeouts.connectMs, allowH2: false },
    });
  }
  const base = buildConnector({
    ...tls,
    timeout: timeouts.connectMs,
    allowH2: false,
    lookup: allowedLookup(resolve, isAllowed),
  });
  return new Agent({
    ...common,
    connect: (to, done) =>
      base(to, (...result) => {
        const [error, socket] = result;
        if (error !== null) return done(error, null);
        const { remoteAddress = "" } = socket;
        if (isAllowed(remoteAddress)) return done(null, socket);
        socket.destroy();
        done(insideFailure(`its host leads to "${remoteAddress}", an address inside`), null);
      }),
  });
}

/** Whether a task may connect to an address for a host; to one of loopback, where its own URL names the host by it. */
function mayConnect({ network, url }: HttpTask, host: string, address: string): boolean {
  if (network === "internal" || !isInside(address)) return true;
  const own = new URL(url);
  return isLoopback(own) && bareHost(own) === host && host === address;
}

/** A host without the brackets that an IPv6 address has in a URL. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Resolves names to those of their addresses that are allowed. */
function allowedLookup(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  const allowed = async (hostname: string) => {
    const found = await resolve(hostname);
    const some = found.filter(({ address }) => isAllowed(address));
    if (some.length > 0) return some;
    throw insideFailure(`its host leads to "${found[0]?.address ?? ""}", an address inside`);
  };
  const callbackLookup = callbackify(allowed);
  return (hostname, { all }, done) => {
    callbackLookup(hostname, (error, found) => {
      if (error !== null) return done(error, []);
      const [first] = found;
      if (all === true || first === undefined) done(null, [...found]);
      else done(null, first.address, first.family);
    });
  };
}

function insideFailure(why: string): FetchFailure {
  const remedy = "If it is right that the list comes from there, give the source network: internal";
  return new FetchFailure(why, remedy);
}
