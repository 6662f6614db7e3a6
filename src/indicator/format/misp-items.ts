/** What the types of MISP attributes say: which of them name something that a resolver can block, and how much of it. */
import { flag } from "../entry/collector.ts";
import type { EntrySink } from "../entry/sink.ts";
import { readItems } from "../item.ts";
import { type Item, rejected } from "../item-host.ts";
import { readUrl } from "../item-url.ts";

/**
 * `subtree`: a name with all beneath, as MISP's own export to policy zones has it; `exact`: the name alone; `url`: the host alone;
 * `address`. Of the pairs the part after `|` is an address or a port.
 */
const kinds: Readonly<Record<string, "subtree" | "exact" | "url" | "address">> = {
  domain: "subtree",
  hostname: "exact",
  "domain|ip": "exact",
  "hostname|port": "exact",
  url: "url",
  uri: "url",
  "ip-dst": "address",
  "ip-dst|port": "address",
  "ip-src": "address",
  "ip-src|port": "address",
};

/** Types of attributes that may be taken. */
export const mispTypes: readonly string[] = Object.keys(kinds);

/** Whether something is named that can be blocked, as far as the type says. */
export function isMispType(type: string): boolean {
  return Object.hasOwn(kinds, type);
}

/**
 * Takes the value of an attribute. In an object that describes a URL (`ofUrl`), names and addresses are parts of that URL, so that they are
 * no more than its host is.
 */
export function takeMispValue(
  sink: EntrySink,
  { type, value, ofUrl, takesAddresses }: { type: string; value: string; ofUrl: boolean; takesAddresses: boolean },
  line: number,
): void {
  const kind = kinds[type];
  const octets = Buffer.from(value, "utf8").toString("latin1");
  if (kind === "url" || ofUrl) {
    sink.takeItems([readUrl(value)], line, octets);
    return;
  }
  if (kind === "address" && !takesAddresses) {
    sink.reject("address-not-taken", line, octets);
    return;
  }
  for (const [i, item] of readItems(value).entries()) {
    // Of a pair the name counts; that its address does not is no fault of it.
    const isAddressOfPair = i > 0 && item.kind !== "name";
    if (isAddressOfPair && !takesAddresses) continue;
    if (item.kind === "address" && kind !== "address" && !isAddressOfPair)
      sink.reject("address-for-name", line, octets);
    else takeItem(sink, kind === "address" ? addressOnly(item) : item, kind === "subtree", line, octets);
  }
}

function addressOnly(item: Item): Item {
  return item.kind === "name" ? rejected("bad-address") : item;
}

function takeItem(sink: EntrySink, item: Item, isSubtree: boolean, line: number, octets: string): void {
  if (item.kind === "name")
    sink.takeRule(item, isSubtree ? flag.blockSelf | flag.blockBeneath : flag.blockSelf, line, octets);
  else sink.takeItems([item], line, octets);
}
