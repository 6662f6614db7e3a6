/**
 * Entries that ended since a zone's served version was built: their source gave them an end that has come, took them back, or
 * marked them as what the zone may not pass on. No hold keeps these. What a source merely no longer lists, cannot be read any
 * more, or says otherwise of category and confidence is what a hold is for, and so is what fades, since the configuration says how.
 *
 * Nothing is remembered of it. What ended is found anew each time, by the served snapshots and the ledger as it is, so that an
 * entry whose end was moved comes back.
 */
import { refusalOf } from "../config/selection.ts";
import {
  type EntryBlock,
  EntryBlockList,
  type EntryBlocks,
  EntryBlockWriter,
  EntryCursor,
} from "../indicator/entry/block.ts";
import { blockSelfBits, exemptSubtree, flag } from "../indicator/entry/collector.ts";
import type { Ledger, LedgerRow } from "../store/ledger.ts";
import type { LedgerState } from "../store/ledger-states.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { InputChanges } from "./dirty.ts";
import type { ListReader } from "./inputs.ts";
import type { PolicySource, ZonePolicy } from "./policy.ts";
import { notTaken, Ranks } from "./ranks.ts";

const blockingBits = blockSelfBits | flag.blockBeneath;
/** The index of the action that lets a name pass: to end such an entry could block the name. */
const passthru = 0;

/** What ended of the sources of a served version. */
export interface Ended {
  /** Names and addresses. */
  readonly entries: number;
  /** Of each source with such: their keys, each with the bits by which it still blocks. */
  readonly left: ReadonlyMap<string, EntryBlocks>;
  /** The names at which this may differ from what it was at any time since the version was built. */
  readonly changes: readonly InputChanges[];
}

export interface EndedStore {
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
}

/**
 * What ended of the sources that a version was built from (`served`, with `policy`) by the snapshots of now; undefined where
 * none of those with facts has changed.
 */
export function findEnded(
  store: EndedStore,
  policy: ZonePolicy,
  served: SnapshotIds,
  now: SnapshotIds,
): Ended | undefined {
  const ranks = new Ranks(policy, (profile) => store.snapshots.profiles.factsOf(profile));
  const left = new Map<string, EntryBlocks>();
  const changes: InputChanges[] = [];
  let entries = 0;
  policy.sources.forEach((source, number) => {
    const rows = RowsLeft.of(store, policy, source, served, now);
    if (rows === undefined) return;
    changes.push({ names: rows.mayHaveChanged(), of: "source" });
    const found = rows.ended((profile) => isBlocking(ranks, number, profile));
    entries += found.entries;
    if (found.entries > 0) left.set(source.id, new EntryBlockList(found.blocks));
  });
  return changes.length === 0 ? undefined : { entries, left, changes };
}

function isBlocking(ranks: Ranks, source: number, profile: number): boolean {
  const rank = ranks.rankOf(source, profile);
  return rank !== notTaken && ranks.actions[rank] !== passthru;
}

/** What rows of one source that have not ended say of its served snapshot. */
export class RowsLeft {
  readonly #store: EndedStore;
  readonly #policy: ZonePolicy;
  readonly #source: PolicySource;
  readonly #ledgerSource: number;
  readonly #before: number;
  readonly #after: number;
  /** Unix seconds: up to when the served snapshot and that of now were compiled. */
  readonly #servedAt: number;
  readonly #at: number;

  private constructor(
    store: EndedStore,
    policy: ZonePolicy,
    source: PolicySource,
    known: { readonly source: number; readonly before: number; readonly after: number },
  ) {
    this.#store = store;
    this.#policy = policy;
    this.#source = source;
    this.#ledgerSource = known.source;
    this.#before = known.before;
    this.#after = known.after;
    const compiledFor = (id: number): number => {
      const snapshot = store.snapshots.byId(id);
      return snapshot?.compiledFor ?? snapshot?.takenAt ?? 0;
    };
    this.#servedAt = compiledFor(known.before);
    this.#at = compiledFor(known.after);
  }

  /** Undefined where the source has no facts, or its served snapshot is that of now. */
  static of(
    store: EndedStore,
    policy: ZonePolicy,
    source: PolicySource,
    served: SnapshotIds,
    now: SnapshotIds,
  ): RowsLeft | undefined {
    const [before, after] = [served[source.id], now[source.id]];
    if (before === undefined || after === undefined || before === after) return undefined;
    const known = store.ledger.sourceOf(source.id);
    return known && new RowsLeft(store, policy, source, { source: known.source, before, after });
  }

  /** Served entries among which are all that changed at any time since. */
  mayHaveChanged(): EntryBlocks {
    return this.#store.snapshots.blocksLeft(this.#before, this.#after);
  }

  /** The keys at which served entries that block no longer do so in full, with the bits by which they still do. */
  ended(blocks: (profile: number) => boolean): { readonly entries: number; readonly blocks: readonly EntryBlock[] } {
    const { snapshots } = this.#store;
    const served = new EntryCursor(this.mayHaveChanged());
    const current = new EntryCursor(snapshots.blocks(this.#after));
    const list: EntryBlock[] = [];
    const writer = new EntryBlockWriter((block) => void list.push(block));
    for (served.rewind(); served.live; served.advance()) {
      const key = served.key.slice(0, served.keyBytes);
      current.seek(key);
      let isSame = current.isAt(key);
      let flags = 0;
      for (;;) {
        if (blocks(served.profile)) flags |= served.flags & blockingBits;
        isSame &&= current.profile === served.profile && current.flags === served.flags;
        if (isSame && current.repeats !== served.repeats) isSame = false;
        if (!served.repeats) break;
        served.advance();
        if (isSame) current.advance();
      }
      if (isSame || flags === 0) continue;
      const left = this.at(key);
      if (left !== undefined && (flags & ~left) !== 0) writer.add(key, 0, key.length, left, 0);
    }
    writer.flush();
    return { entries: writer.total, blocks: list };
  }

  /** The bits by which rows of a key that have not ended block; undefined where there are no rows of it. */
  at(key: Uint8Array): number | undefined {
    const { ledger } = this.#store;
    const rows = ledger.rowsAt(this.#ledgerSource, key);
    if (rows.length === 0) return undefined;
    let left = 0;
    for (const row of rows) {
      const past = ledger.past.of(row.id);
      const said = isSaid(row.state)
        ? row
        : (past.findLast(({ state }) => isSaid(state)) ?? { ...row, state: "reported" as const });
      const until = "moves" in said && said.moves > 0 ? said.movedTo : said.validUntil;
      // What a person decided against has ended; what waits for one may not count now, and that it waits anew is no end.
      if (said.state === "refused") continue;
      if (said.state === "review" && !past.some((then) => counted(then) && then.until > this.#servedAt)) continue;
      if (said.state === "revoked" || (until !== undefined && this.#at >= until)) continue;
      if (said.validFrom !== undefined && this.#at < said.validFrom) continue;
      if (this.#isBarred(said.profile)) continue;
      // That it blocks otherwise since, by its source or by the configuration, is no end.
      left |= past.reduce((all, { until: end, flags }) => (end > this.#servedAt ? all | flags : all), row.flags);
    }
    return left & blockingBits;
  }

  /** Whether entries of a profile are marked as what the zone may not pass on, whatever else they say. */
  #isBarred(profile: LedgerRow["profile"]): boolean {
    const { category, tlp, pap } = this.#source;
    const facts = this.#store.snapshots.profiles.factsOf(profile);
    return refusalOf(this.#policy.selection, true, { category, tlp, pap, ...facts, confidence: 100 }) !== undefined;
  }
}

/** Whether a row in this state is one that its source spoke of, and that could be read. */
function isSaid(state: LedgerState): boolean {
  return state === "reported" || state === "kept" || state === "revoked" || state === "review" || state === "refused";
}

/** Whether a row in this state may have counted. */
function counted({ state }: { readonly state: LedgerState }): boolean {
  return state === "reported" || state === "kept";
}

/** Lists of a served version without what ended. */
export function withoutEnded(policy: ZonePolicy, reader: ListReader, { left }: Pick<Ended, "left">): ListReader {
  const ranks = new Ranks(policy, reader.factsOf);
  const open = (id: string): EntryBlocks => {
    const ended = left.get(id);
    if (ended === undefined) return reader.open(id);
    const number = policy.sources.findIndex((source) => source.id === id);
    return new EntriesLeft(reader.open(id), ended, (profile) => isBlocking(ranks, number, profile));
  };
  return { ...reader, open };
}

/** Entries without the bits by which those of some keys block no longer; exceptions stay. */
class EntriesLeft implements EntryBlocks {
  readonly #all: EntryBlocks;
  readonly #left: EntryCursor;
  readonly #blocks: (profile: number) => boolean;
  /** The block at hand as it is read and as it is shown. */
  #read: Uint8Array | undefined;
  #shown: Uint8Array = nothing;

  constructor(all: EntryBlocks, left: EntryBlocks, blocks: (profile: number) => boolean) {
    this.#all = all;
    this.#left = new EntryCursor(left);
    this.#blocks = blocks;
  }

  at(key: Uint8Array): Uint8Array | undefined {
    return this.#show(this.#all.at(key));
  }

  first(): Uint8Array | undefined {
    return this.#show(this.#all.first());
  }

  next(): Uint8Array | undefined {
    return this.#show(this.#all.next());
  }

  /** A block, or where nothing of it is left, the one behind it. */
  #show(block: Uint8Array | undefined): Uint8Array | undefined {
    for (let read = block; read !== undefined; read = this.#all.next()) {
      if (read !== this.#read) {
        this.#read = read;
        this.#shown = this.#without(read);
      }
      if (this.#shown.length > 0) return this.#shown;
    }
    return undefined;
  }

  #without(block: Uint8Array): Uint8Array {
    const entries = new EntryCursor({ at: () => block, first: () => block, next: () => undefined });
    let shown: Uint8Array = nothing;
    const writer = new EntryBlockWriter(({ bytes }) => void (shown = bytes), 2 * block.length);
    let isWhole = true;
    for (entries.rewind(); entries.live; entries.advance()) {
      const { key, keyBytes, firstSeen, profile } = entries;
      let { flags } = entries;
      const at = key.subarray(0, keyBytes);
      this.#left.seek(at);
      if (this.#left.isAt(at) && this.#blocks(profile)) {
        const cut = flags & ~(blockingBits & ~this.#left.flags);
        if (cut !== flags) isWhole = false;
        flags = cut;
      }
      if ((flags & (blockingBits | exemptSubtree)) !== 0) writer.add(key, 0, keyBytes, flags, firstSeen, profile);
      else isWhole = false;
    }
    writer.flush();
    return isWhole ? block : shown;
  }
}

const nothing = new Uint8Array(0);
