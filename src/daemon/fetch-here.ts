/** Fetches lists in this process: in the child of a `run`, and in commands that end when that is done. */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { fetchTask } from "../feed/fetch/fetch.ts";
import { HostQueue } from "../feed/fetch/hosts.ts";
import type { Fetch } from "./fetch-pool.ts";

export function fetchesHere(clock = systemClock): Fetch {
  const hosts = new HostQueue();
  // Where the fetch is given up meanwhile, whoever waits looks at that itself.
  const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
  return (task, mode) => fetchTask(task, { mode, hosts, clock, random: Math.random, wait });
}
