/**
 * What differs between two versions of a zone, record by record in canonical order. Blocks that both versions share
 * hold the same owners in both, so only the others are read: the cost is that of the change, over any number of serials
 * and whether or not their difference sequences are still kept.
 */
import { compareBytes, equalBytes } from "../base/bytes.ts";
import { BlockReader } from "../dns/block.ts";
import { keyToText, nameFromText } from "../dns/name.ts";
import { rdataToText, typeToText } from "../dns/rdata-text.ts";
import { decodeRrs, type Rr } from "../dns/rr.ts";
import { serialBytesFromEnd } from "../dns/serial.ts";
import { typeSoa } from "../dns/types.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";

export interface ChangedRecord {
  readonly change: "removed" | "added";
  /** Relative to the apex; `@` for the apex itself. */
  readonly owner: string;
  readonly ttl: number;
  readonly type: string;
  readonly rdata: string;
}

/**
 * Each record that only one of the versions has, those of one owner with the removed ones first.
 * @throws OperatorError NOT_FOUND where one of them is pruned meanwhile
 */
export function* changedRecords(
  zones: Zones,
  apex: string,
  from: ZoneVersionRow,
  to: ZoneVersionRow,
): Generator<ChangedRecord> {
  yield* changesAt("@", apexRecords(from), apexRecords(to));
  const before = zones.blockRows(from.zone, from.version);
  const after = zones.blockRows(to.zone, to.version);
  const wire = nameFromText(apex);
  const old = ownersOf(zones, wire, from, without(before, after));
  const fresh = ownersOf(zones, wire, to, without(after, before));
  let left = old.next();
  let right = fresh.next();
  while (left.done !== true || right.done !== true) {
    const order = left.done === true ? 1 : right.done === true ? -1 : compareBytes(left.value.key, right.value.key);
    const key = order <= 0 ? (left.value as Owner).key : (right.value as Owner).key;
    const removed = order <= 0 ? (left.value as Owner).records : [];
    const added = order >= 0 ? (right.value as Owner).records : [];
    yield* changesAt(keyToText(key), removed, added);
    if (order <= 0) left = old.next();
    if (order >= 0) right = fresh.next();
  }
  for (const version of [from, to]) zones.checkKept(version);
}

type Block = ReturnType<Zones["blockRows"]>[number];

/** The blocks of one sorted index that another has not. */
function* without(blocks: readonly Block[], others: readonly Block[]): Generator<Block> {
  let i = 0;
  for (const block of blocks) {
    while (i < others.length && compareBytes((others[i] as Block).firstKey, block.firstKey) < 0) i += 1;
    const other = others[i];
    if (other?.created === block.created && equalBytes(other.firstKey, block.firstKey)) continue;
    yield block;
  }
}

interface Owner {
  readonly key: Uint8Array;
  readonly records: readonly Rr[];
}

function* ownersOf(
  zones: Zones,
  apex: Uint8Array,
  version: ZoneVersionRow,
  blocks: Iterable<Block>,
): Generator<Owner, undefined> {
  const reader = new BlockReader(apex);
  for (const { message } of blocks) {
    if (message === undefined) continue;
    reader.open(zones.messageOf(version, message));
    while (reader.next()) {
      yield { key: reader.key.slice(0, reader.keyBytes), records: decodeRrs(reader.rrs.subarray(0, reader.rrsBytes)) };
    }
  }
  return undefined;
}

/** SOA and NS. Serials always differ and are left out, so that an SOA shows only where its other fields changed. */
function apexRecords({ apexRrs }: ZoneVersionRow): Rr[] {
  return decodeRrs(apexRrs).map((record) => {
    if (record.type !== typeSoa) return record;
    const rdata = record.rdata.slice();
    const at = rdata.length - serialBytesFromEnd;
    rdata.fill(0, at, at + 4);
    return { ...record, rdata };
  });
}

function* changesAt(owner: string, before: readonly Rr[], after: readonly Rr[]): Generator<ChangedRecord> {
  for (const rr of before) if (!after.some((other) => sameRr(rr, other))) yield inWords("removed", owner, rr);
  for (const rr of after) if (!before.some((other) => sameRr(rr, other))) yield inWords("added", owner, rr);
}

function sameRr(a: Rr, b: Rr): boolean {
  return a.type === b.type && a.ttl === b.ttl && equalBytes(a.rdata, b.rdata);
}

function inWords(change: ChangedRecord["change"], owner: string, { type, ttl, rdata }: Rr): ChangedRecord {
  return { change, owner, ttl, type: typeToText(type), rdata: rdataToText(type, rdata) };
}
