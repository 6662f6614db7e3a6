/** A `ZoneSource` in memory: zones of a few rules, with every version and difference kept, for the server's tests. */
import { compareBytes } from "../../src/base/bytes.ts";
import { BlockWriter, type Messages } from "../../src/dns/block.ts";
import { keyOfText, nameFromText } from "../../src/dns/name.ts";
import { encodeRrs, type Lookup, type Rr } from "../../src/dns/rr.ts";
import { type Serial, serial } from "../../src/dns/serial.ts";
import { typeA, typeCname, typeNs, typeSoa, typeTxt } from "../../src/dns/types.ts";
import type { AclEntry, ApexSoa, Difference, Zone, ZoneSource, ZoneVersion } from "../../src/xfr/zone-source.ts";

/** Rules by owner name relative to the apex, in text. */
export type Rules = Readonly<Record<string, readonly Rr[]>>;

export const cname = (target: string, ttl = 300): Rr => ({ type: typeCname, ttl, rdata: nameFromText(target) });
export const nxdomain = cname(".");
export const a = (...octets: number[]): Rr => ({ type: typeA, ttl: 300, rdata: Uint8Array.from(octets) });
export const txt = (text: string): Rr => {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let i = 0; i < bytes.length; i += 255) {
    const part = bytes.subarray(i, i + 255);
    strings.push(Buffer.from([part.length]), part);
  }
  return { type: typeTxt, ttl: 300, rdata: Buffer.concat(strings) };
};

export function soaOf(number: number, options: { ttl?: number; minimum?: number } = {}): ApexSoa {
  const tail = Buffer.alloc(20);
  [number, 60, 30, 2592000, options.minimum ?? 60].forEach((value, i) => void tail.writeUInt32BE(value, 4 * i));
  const rdata = Buffer.concat([nameFromText("localhost"), nameFromText("hostmaster.rpz.example"), tail]);
  return { serial: serial(number), soa: { type: typeSoa, ttl: options.ttl ?? 300, rdata } };
}

/** Counts what the server has read, so that tests see how far ahead of a reader it is. */
export interface ReadCounter {
  messages: number;
}

function reader(messages: readonly Uint8Array[], counter: ReadCounter, fail: () => void): Messages {
  let at = 0;
  return {
    next() {
      fail();
      const message = messages[at++];
      if (message === undefined) return undefined;
      counter.messages += 1;
      return message.slice();
    },
  };
}

function encode(apex: Uint8Array, rules: Rules): Uint8Array[] {
  const writer = new BlockWriter(apex);
  const messages: Uint8Array[] = [];
  const sorted = Object.entries(rules)
    .map(([owner, records]) => ({ key: keyOfText(owner), records }))
    .sort((x, y) => compareBytes(x.key, y.key));
  for (const { key, records } of sorted) {
    const rrs = encodeRrs(records);
    if (!writer.add(key, key.length, rrs)) {
      messages.push(writer.take());
      writer.add(key, key.length, rrs);
    }
  }
  if (writer.records > 0) messages.push(writer.take());
  return messages;
}

const bytesOf = (messages: readonly Uint8Array[]): number => messages.reduce((sum, message) => sum + message.length, 0);
const recordsOf = (rules: Rules): number => Object.values(rules).reduce((sum, records) => sum + records.length, 0);
const sameRecord = (x: Rr, y: Rr): boolean =>
  x.type === y.type && x.ttl === y.ttl && compareBytes(x.rdata, y.rdata) === 0;

/** The records of `from` that are not in `to`. */
function minus(from: Rules, to: Rules): Rules {
  const left: Record<string, readonly Rr[]> = {};
  for (const [owner, records] of Object.entries(from)) {
    const gone = records.filter((record) => !to[owner]?.some((other) => sameRecord(record, other)));
    if (gone.length > 0) left[owner] = gone;
  }
  return left;
}

interface Kept {
  readonly soa: ApexSoa;
  readonly rules: Rules;
  readonly blocks: readonly Uint8Array[];
}

export class MemoryZone implements Zone {
  readonly apex: Uint8Array;
  acl: readonly AclEntry[];
  requiresTls = false;
  readonly reads: ReadCounter = { messages: 0 };
  /** Names that were looked up. */
  lookups = 0;
  /** Serials whose differences are forgotten. */
  readonly forgotten = new Set<number>();
  /** Set to make the look for a version fail. */
  failure: Error | undefined;
  /** Set to make every read of what is in a version fail, whenever it was opened. */
  readFailure: Error | undefined;
  readonly #versions: Kept[] = [];
  readonly #ns: readonly Rr[] = [{ type: typeNs, ttl: 300, rdata: nameFromText("localhost") }];

  constructor(apex: string, acl: readonly AclEntry[] = [{ address: "127.0.0.0/8" }, { address: "::1" }]) {
    this.apex = nameFromText(apex);
    this.acl = acl;
  }

  publish(number: number, rules: Rules, options: { ttl?: number; minimum?: number } = {}): this {
    this.#versions.push({ soa: soaOf(number, options), rules, blocks: encode(this.apex, rules) });
    return this;
  }

  current(): ZoneVersion | undefined {
    if (this.failure !== undefined) throw this.failure;
    const newest = this.#versions.at(-1);
    return newest === undefined ? undefined : this.#version(newest);
  }

  #failReads(): void {
    if (this.readFailure !== undefined) throw this.readFailure;
  }

  #reader(messages: readonly Uint8Array[]): Messages {
    return reader(messages, this.reads, () => this.#failReads());
  }

  #version({ soa, rules, blocks }: Kept): ZoneVersion {
    return {
      ...soa,
      ns: this.#ns,
      records: recordsOf(rules) + 1 + this.#ns.length,
      bytes: bytesOf(blocks),
      blocks: () => this.#reader(blocks),
      lookup: (key) => {
        this.#failReads();
        this.lookups += 1;
        return lookup(rules, key);
      },
      differencesFrom: (from) => this.#differences(from, soa.serial),
    };
  }

  #differences(from: Serial, to: Serial): Difference[] | undefined {
    const first = this.#versions.findIndex((version) => version.soa.serial === from);
    const last = this.#versions.findIndex((version) => version.soa.serial === to);
    if (first < 0 || this.forgotten.has(from)) return undefined;
    const steps: Difference[] = [];
    for (let i = first; i < last; i++) {
      const [older, newer] = [this.#versions[i] as Kept, this.#versions[i + 1] as Kept];
      const gone = minus(older.rules, newer.rules);
      const come = minus(newer.rules, older.rules);
      const deletions = encode(this.apex, gone);
      const additions = encode(this.apex, come);
      steps.push({
        from: older.soa,
        to: newer.soa,
        bytes: bytesOf(deletions) + bytesOf(additions),
        removed: recordsOf(gone),
        added: recordsOf(come),
        deletions: () => this.#reader(deletions),
        additions: () => this.#reader(additions),
      });
    }
    return steps;
  }
}

function lookup(rules: Rules, ownerKey: Uint8Array): Lookup {
  let isAbove = false;
  for (const [owner, records] of Object.entries(rules)) {
    const key = keyOfText(owner);
    if (compareBytes(key, ownerKey) === 0) return { kind: "records", records };
    if (compareBytes(key.subarray(0, ownerKey.length), ownerKey) === 0) isAbove = true;
  }
  return { kind: isAbove ? "empty" : "absent" };
}

export function sourceOf(...zones: Zone[]): ZoneSource {
  return { zones: () => zones };
}

/** Rules of some 8 KiB each: `count` of them fill a socket's buffers without many records. */
export function heavyRules(count: number): Rules {
  const rules: Record<string, readonly Rr[]> = {};
  for (let i = 0; i < count; i++) rules[`heavy-${i}.example`] = [txt("x".repeat(8000))];
  return rules;
}

/** `count` made-up rules of realistic size, the same each time. */
export function manyRules(count: number, word = "host"): Rules {
  const rules: Record<string, readonly Rr[]> = {};
  for (let i = 0; i < count; i++) rules[`${word}-${i.toString(36)}.number-${i % 97}.example`] = [nxdomain];
  return rules;
}
