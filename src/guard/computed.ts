/** What guards without a list guard: the policy zones themselves, and the Internet against prefixes that are too wide. */
import { foldName, keyOfName, nameFromText } from "../dns/name.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter } from "../indicator/entry/block.ts";
import { type GuardClass, guardFlag } from "./class.ts";

/** What such a guard guards. Plain JSON values, so that a hash tells whether it changed. */
export interface Computed {
  /** Names, each with bits of `guardFlag`. */
  readonly names: readonly (readonly [name: string, flags: number])[];
  /** Bits that the prefix of a rule must have. */
  readonly lengthMin?: { readonly ipv4: number; readonly ipv6: number };
}

export interface ComputedGuard {
  readonly id: string;
  readonly class: GuardClass;
  readonly computed: Computed;
}

/** What is looked at of a zone: its apex, the names of its NS and SOA records. */
interface ZoneNames {
  readonly apex: string;
  readonly ns: readonly string[];
  readonly soa: { readonly mname: string; readonly rname: string };
}

export const ownZonesId = "own-zones";
export const widePrefixesId = "wide-prefixes";

/** Ids of all computed guards. */
export const computedGuardIds: readonly string[] = [ownZonesId, widePrefixesId];

/**
 * Rules for wider prefixes are slips or attributions, and take down very many parties at once. The widest prefixes of
 * the lists of addresses at hand are /21; Spamhaus DROP, which lists whole hijacked networks, ends at /16 but for a
 * handful, and in IPv6 at the /29 that a RIPE member gets.
 */
const lengthMin = { ipv4: 16, ipv6: 29 };

/** The guards that a configuration with these zones has without any list. */
export function computedGuards(zones: readonly ZoneNames[]): readonly ComputedGuard[] {
  return [
    { id: ownZonesId, class: "protected", computed: { names: namesOfZones(zones) } },
    { id: widePrefixesId, class: "network", computed: { names: [], lengthMin } },
  ];
}

/**
 * The names without which a resolver loses a policy zone, or its operator the way to it: the apex with all beneath; and by
 * themselves the names above it, the hosts of NS and MNAME, and the domain of RNAME.
 */
function namesOfZones(zones: readonly ZoneNames[]): [string, number][] {
  const flags = new Map<string, number>();
  const add = (name: string, bits: number): void => {
    if (name !== "" && name !== ".") flags.set(name, (flags.get(name) ?? bits) & bits);
  };
  for (const { apex, ns, soa } of zones) {
    add(apex, guardFlag.name);
    const alone = [...namesAbove(apex), ...ns, soa.mname, domainOfMailbox(soa.rname)];
    for (const name of alone) add(foldName(name), guardFlag.name | guardFlag.alone);
  }
  return [...flags].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Names above an apex, but for a top-level domain: no list may have such a name. */
function namesAbove(apex: string): string[] {
  const labels = apex.split(".");
  return labels.slice(2).map((_, i) => labels.slice(i + 1).join("."));
}

/** The domain of a mailbox as SOA records write it: what follows its first label, in which dots are escaped. */
function domainOfMailbox(rname: string): string {
  return /^(?:\\.|[^.\\])*\.(.*)$/.exec(rname)?.[1] ?? "";
}

/** The names of a computed guard as entries. */
export function entriesOfComputed({ names }: Computed): EntryBlockList {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block));
  const entries = names.map(([name, flags]) => ({ key: keyOfName(nameFromText(name)), flags }));
  for (const { key, flags } of entries.sort((a, b) => Buffer.compare(a.key, b.key))) {
    writer.add(key, 0, key.length, flags, 0);
  }
  writer.flush();
  return new EntryBlockList(blocks);
}
