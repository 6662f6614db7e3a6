/**
 * The addresses that are listened on, each by UDP and by TCP or TLS on one port, and the change from one set of them to another:
 * what stays is not touched.
 */
import { endpointToText } from "../base/endpoint.ts";
import { messageOf, OperatorError } from "../base/errors.ts";
import type { TcpListeners } from "./tcp-listener.ts";
import type { UdpListeners } from "./udp-listener.ts";

export interface ListenAddress {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** 0: the system chooses, the same for UDP and TCP. */
  readonly port: number;
  /** For transfers over TLS. By UDP the SOA is answered there, for which Unbound asks before it connects. */
  readonly isTls?: boolean;
}

export interface BoundAddress {
  readonly address: string;
  readonly port: number;
  readonly isTls?: boolean;
}

interface Listener {
  readonly wanted: ListenAddress;
  readonly bound: BoundAddress;
  /** Accepts no more; what was accepted goes on. */
  close(): void;
}

/** The system chooses a free TCP port; that the same UDP port is taken is rare. */
const portTriesMax = 20;

export class Listeners {
  readonly #tcp: TcpListeners;
  readonly #udp: UdpListeners;
  #open: readonly Listener[] = [];

  constructor(tcp: TcpListeners, udp: UdpListeners) {
    this.#tcp = tcp;
    this.#udp = udp;
  }

  /**
   * Listens on these addresses and no others, in their order.
   * @throws OperatorError LISTEN_FAILED, with the addresses as they were before
   */
  async set(wanted: readonly ListenAddress[]): Promise<readonly BoundAddress[]> {
    const unused = new Set(this.#open);
    const kept = wanted.map((listen) => {
      const same = [...unused].find((open) => isSame(open.wanted, listen));
      if (same !== undefined) unused.delete(same);
      return same;
    });
    const opened: Listener[] = [];
    const closed: Listener[] = [];
    try {
      const listeners: Listener[] = [];
      for (const [i, listen] of wanted.entries()) {
        let listener = kept[i];
        if (listener === undefined) {
          // An address and the one that stands for all of its family exclude each other on one port.
          for (const old of unused)
            if (!closed.includes(old) && excludes(old.bound, listen)) closed.push(old), old.close();
          opened.push((listener = await this.#listen(listen)));
        }
        listeners.push(listener);
      }
      for (const old of unused) if (!closed.includes(old)) old.close();
      this.#open = listeners;
    } catch (thrown) {
      for (const listener of opened) listener.close();
      await this.#reopen(closed);
      throw thrown;
    }
    return this.#open.map(({ bound }) => bound);
  }

  /** Listens again where it was closed for something that then failed. */
  async #reopen(closed: readonly Listener[]): Promise<void> {
    for (const old of closed) {
      const again = await this.#listen(old.bound).catch(() => undefined);
      this.#open = this.#open.flatMap((open) => {
        if (open !== old) return [open];
        return again === undefined ? [] : [{ ...again, wanted: old.wanted }];
      });
    }
  }

  /** TCP first, then UDP on the port that TCP got. */
  async #listen(wanted: ListenAddress): Promise<Listener> {
    const { address, port, isTls = false } = wanted;
    for (let tries = 1; ; tries++) {
      let tcp: Awaited<ReturnType<TcpListeners["listen"]>> | undefined;
      try {
        tcp = await this.#tcp.listen(address, port, isTls);
        const udp = await this.#udp.listen(address, tcp.port, isTls);
        const stop = tcp.close;
        const close = (): void => {
          stop();
          udp.close();
        };
        return { wanted, bound: { address, port: tcp.port, ...(isTls ? { isTls } : {}) }, close };
      } catch (thrown) {
        tcp?.close();
        const isTaken = (thrown as NodeJS.ErrnoException).code === "EADDRINUSE";
        if (port === 0 && isTaken && tries < portTriesMax) continue;
        throw new OperatorError(
          "LISTEN_FAILED",
          `Cannot listen on "${endpointToText({ address, port })}": ${messageOf(thrown)}`,
          remedyFor(thrown, isTls ? "server.tls.listen" : "server.listen"),
          { cause: thrown },
        );
      }
    }
  }
}

function isSame(a: ListenAddress, b: ListenAddress): boolean {
  return a.address === b.address && a.port === b.port && (a.isTls ?? false) === (b.isTls ?? false);
}

function excludes(bound: BoundAddress, wanted: ListenAddress): boolean {
  const isV6 = (address: string): boolean => address.includes(":");
  const isAny = (address: string): boolean => address === "::" || address === "0.0.0.0";
  return (
    bound.port === wanted.port &&
    isV6(bound.address) === isV6(wanted.address) &&
    (bound.address === wanted.address || isAny(bound.address) || isAny(wanted.address))
  );
}

function remedyFor(thrown: unknown, key: string): string {
  switch ((thrown as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `Stop the program that uses this port, or choose another one under ${key}`;
    case "EACCES":
      return `Choose a port above 1023 under ${key}, or grant the program CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return `Use an address of this machine under ${key}`;
    default:
      return `Check the address and the port under ${key}`;
  }
}
