/**
 * The store as a dry run sees it: snapshots count for this run alone, and nothing of a zone is written. Entries of new
 * snapshots do go to the database, since they may be larger than memory, under numbers that no other build looks at;
 * they are deleted at the end, and where the process is killed, by the next build.
 */
import { plainProfile } from "../indicator/entry/block.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { type Database, schemaOf } from "./database.ts";
import { Decisions } from "./decisions.ts";
import { EntryActs } from "./entry-acts.ts";
import { Ledger, type LedgerFacts, type LedgerRow } from "./ledger.ts";
import { Policies } from "./policies.ts";
import { deleteProfilesAfter, newestProfile } from "./profile-sweep.ts";
import { Profiles } from "./profiles.ts";
import { migrations } from "./schema.ts";
import { type Draft, type Snapshot, type SnapshotFacts, Snapshots } from "./snapshots.ts";
import { type SourceHold, SourceHolds } from "./source-holds.ts";
import { Zones } from "./zones.ts";

export class DrySnapshots extends Snapshots {
  override readonly profiles: DryProfiles;
  readonly #current = new Map<string, Snapshot>();
  readonly #byId = new Map<number, Snapshot>();
  readonly #drafts: Draft[] = [];
  readonly #names = new Map<number, string>();

  constructor(db: Database) {
    super(db);
    this.profiles = new DryProfiles(db);
  }

  override current(source: string): Snapshot | undefined {
    return this.#current.get(source) ?? super.current(source);
  }

  override byId(id: number): Snapshot | undefined {
    return this.#byId.get(id) ?? super.byId(id);
  }

  override begin(source: string): Draft {
    // One that wrote no block has left its number free in the database.
    const id = Math.max(this.unusedId(), (this.#drafts.at(-1)?.id ?? 0) + 1);
    const draft = { id, source: undefined };
    this.#drafts.push(draft);
    this.#names.set(id, source);
    return draft;
  }

  override commit({ id }: Draft, facts: SnapshotFacts): void {
    this.#note({
      ...facts,
      id,
      source: this.#names.get(id) as string,
      since: facts.since ?? facts.takenAt,
      hasMarks: true,
    });
  }

  override touch(id: number, facts: Omit<SnapshotFacts, "entries" | "previous" | "changes">): void {
    const snapshot = this.byId(id);
    if (snapshot !== undefined) this.#note({ ...snapshot, ...facts, since: snapshot.since });
  }

  #note(snapshot: Snapshot): void {
    this.#current.set(snapshot.source, snapshot);
    this.#byId.set(snapshot.id, snapshot);
  }

  /** Deletes what was written of snapshots that came to nothing. */
  discardUnfinished(): void {
    for (const draft of this.#drafts) if (!this.#byId.has(draft.id)) this.discard(draft);
  }

  /** Deletes all that this run has written. */
  discardAll(): void {
    for (const draft of this.#drafts) this.discard(draft);
    this.profiles.discardAll();
  }
}

/** Rows that a dry run remembers as they would be written, some 500 octets each; of more it says what the store does. */
const rememberedRows = 100_000;

export class DryLedger extends Ledger {
  override readonly decisions: Decisions;
  readonly #changed = new Map<number, LedgerRow>();

  constructor(db: Database) {
    super(db);
    this.decisions = new DryDecisions(db);
  }

  override beginMany(): void {}

  override restoreDueIndex(): void {}

  /** Remembers what becomes of rows that there are. */
  override write(_source: number, rows: readonly (LedgerFacts & { readonly id?: number })[]): void {
    for (const row of rows) {
      const { id } = row;
      if (id !== undefined && this.#changed.size < rememberedRows) this.#changed.set(id, { ...row, id });
    }
  }

  override rowsAt(source: number, key: Uint8Array): LedgerRow[] {
    return super.rowsAt(source, key).map((row) => this.#changed.get(row.id) ?? row);
  }

  override finish(_source: number, _compiling: string, _isUnfinished: boolean, commit: () => void): void {
    commit();
  }

  override discardUnfinished(): void {}

  override leave(): void {}
}

export class DrySourceHolds extends SourceHolds {
  override put(hold: Omit<SourceHold, "id">): SourceHold {
    const known = this.find(hold.source);
    return { ...hold, id: known?.content === hold.content ? known.id : 0 };
  }

  override release(): void {}
}

export class DryEntryActs extends EntryActs {
  override noteWith(_source: number, _acts: unknown, _bytes: number, work: () => void): void {
    work();
  }
}

class DryDecisions extends Decisions {
  override noteWith(_source: number, _decisions: unknown, _bytes: number, work: () => void): void {
    work();
  }
}

/** A combination that is new is written, so that whoever merges finds it, and deleted at the end. */
export class DryProfiles extends Profiles {
  readonly #trial = this.trial();
  readonly #isKept: boolean;
  readonly #newest: number;
  readonly #store: Database;

  constructor(db: Database) {
    super(db);
    // A store of an older schema stays as it is.
    this.#isKept = schemaOf(db) === migrations.length;
    this.#newest = this.#isKept ? newestProfile(db) : 0;
    this.#store = db;
  }

  override get areShared(): boolean {
    return this.#isKept;
  }

  /** Deletes all that this run has written. */
  discardAll(): void {
    if (this.#isKept) deleteProfilesAfter(this.#store, this.#newest);
  }

  override numberOf(facts: Facts): number {
    return this.#isKept ? super.numberOf(facts) : this.#trial.numberOf(facts);
  }

  override factsOf(number: number): Facts {
    return this.#isKept || number === plainProfile ? super.factsOf(number) : this.#trial.factsOf(number);
  }
}

export class DryZones extends Zones {
  /** A zone that is not in the store yet gets a number that no zone has. */
  override ensure(apex: string): number {
    return this.find(apex) ?? 0;
  }

  override begin(zone: number): number {
    return (this.current(zone)?.version ?? 0) + 1;
  }

  override writeBlocks(): void {}

  override writeDifference(): void {}

  override dropDifference(): void {}

  override publish(): void {}

  override confirm(): void {}

  override prune(): void {}
}

export class DryPolicies extends Policies {
  override keep(): void {}

  override sweep(): void {}
}
