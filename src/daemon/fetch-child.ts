/**
 * The process that fetches for a `run`: it does what its messages order, several at once, and ends with its parent. What it leaves
 * half written is swept by the next fetch of the list.
 */
import { fetchesHere } from "./fetch-here.ts";
import type { FetchNews, FetchOrder } from "./fetch-messages.ts";

if (process.send === undefined) throw new Error("fetch-child is started by a run, not by hand");

const fetch = fetchesHere();

process.on("disconnect", () => process.exit(0));
async function fetchAsOrdered({ number, task, mode }: FetchOrder): Promise<void> {
  const news: FetchNews = { number, outcome: await fetch(task, mode) };
  process.send?.(news);
}

process.on("message", (order: FetchOrder) => void fetchAsOrdered(order));
