/** Entries that people give one by one: names, addresses, prefixes and URLs, read and checked as a list's are. */
import { addressKey, type Prefix, prefixFault, prefixOfKey } from "../rpz/address.ts";
import { isAddressTrigger, type RuleTrigger } from "../rpz/label.ts";
import { keyInSection } from "../rpz/section.ts";
import { Collector, entryKeyBytesMax } from "./entry/collector.ts";
import { splitTrigger } from "./entry/shown-key.ts";
import { EntrySink } from "./entry/sink.ts";
import { sortEntries } from "./entry/sort.ts";
import { readCell } from "./item.ts";
import { type Item, rejected } from "./item-host.ts";
import { isFault, type RejectReason, Rejects } from "./rejects.ts";
import type { Scope } from "./role.ts";
import { sortOutUnknown } from "./top-level.ts";

export interface GivenEntry {
  readonly key: Uint8Array;
  /** Bits of `flag`. */
  readonly flags: number;
  /** Whether it was written without a word on what it blocks: no `*.name`, `.name` or URL. */
  readonly isPlain: boolean;
}

/** What a text was read as. */
export interface GivenEntries {
  /** By key; several where the text is a range of addresses. */
  readonly entries: readonly GivenEntry[];
  /** Why it cannot be taken, or not all of it; undefined where it can. */
  readonly fault: RejectReason | undefined;
  /** What is worth a word of what can be taken. */
  readonly notes: readonly RejectReason[];
}

export interface GivenOptions {
  /** Absent: a name alone, and `*.name` or `.name` with all beneath. */
  readonly scope: Scope | undefined;
  /** Whether names under a top-level domain that does not exist are taken. */
  readonly keepsUnknownTld: boolean;
}

/** The one way from what a person writes to keys and what is said of them. */
export function readGiven(text: string, { scope, keepsUnknownTld }: GivenOptions): GivenEntries {
  const collector = new Collector(16);
  const rejects = new Rejects();
  const sink = new EntrySink(collector, rejects, { role: "block", scope });
  const octets = Buffer.from(text).toString("latin1");
  const items = itemsOf(text);
  sink.takeItems(items, 1, octets);
  const isPlain = items.every((item) => item.kind === "address" || (item.kind === "name" && item.written === "plain"));
  const order = sortOutUnknown(collector, sortEntries(collector), keepsUnknownTld, rejects);
  const reasons = Object.keys(rejects.counts) as RejectReason[];
  return {
    entries: Array.from(order, (entry) => ({
      key: collector.keyOf(entry).slice(),
      flags: collector.flags[entry] as number,
      isPlain,
    })),
    fault: reasons.find(isFault) ?? (order.length === 0 ? (reasons[0] ?? "empty-item") : undefined),
    notes: reasons.filter((reason) => !isFault(reason)),
  };
}

/** What a text says, with a trigger in front (`nsdname ns1.example.net`) or without. */
function itemsOf(text: string): readonly Item[] {
  const { trigger, rest } = splitTrigger(text);
  if (trigger === undefined) return readCell(text);
  // Addresses that none may have in an answer may be those of clients.
  const reading = isAddressTrigger(trigger) ? "any-trigger" : "block";
  return readCell(rest, reading).map((item) => itemOfTrigger(item, trigger));
}

function itemOfTrigger(item: Item, trigger: RuleTrigger): Item {
  if (item.kind === "reject") return item;
  if (item.kind === "address") {
    if (!isAddressTrigger(trigger)) return rejected("wrong-trigger");
    const prefix = prefixOfKey(item.key) as Prefix;
    const fault = prefixFault(prefix, trigger);
    return fault === undefined ? { ...item, key: addressKey(prefix, trigger) } : rejected(fault);
  }
  if (isAddressTrigger(trigger)) return rejected("wrong-trigger");
  const key = keyInSection(trigger, item.key);
  return key.length > entryKeyBytesMax ? rejected("name-too-long") : { ...item, key };
}
