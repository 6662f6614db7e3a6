/**
 * The store as a dry run sees it: snapshots count for this run alone, and nothing of a zone is written. Entries of new
 * snapshots do go to the database, since they may be larger than memory, under numbers that no other build looks at;
 * they are deleted at the end, and where the process is killed, by the next build.
 */
import { Policies } from "./policies.ts";
import { type Snapshot, type SnapshotFacts, Snapshots } from "./snapshots.ts";
import { Zones } from "./zones.ts";

export class DrySnapshots extends Snapshots {
  readonly #current = new Map<string, Snapshot>();
  readonly #byId = new Map<number, Snapshot>();
  readonly #reserved: number[] = [];

  override current(source: string): Snapshot | undefined {
    return this.#current.get(source) ?? super.current(source);
  }

  override byId(id: number): Snapshot | undefined {
    return this.#byId.get(id) ?? super.byId(id);
  }

  override reserve(): number {
    // One that wrote no block has left its number free in the database.
    const id = Math.max(super.reserve(), (this.#reserved.at(-1) ?? 0) + 1);
    this.#reserved.push(id);
    return id;
  }

  override commit(id: number, source: string, facts: SnapshotFacts): void {
    this.#note({ ...facts, id, source });
  }

  override touch(id: number, facts: Omit<SnapshotFacts, "entries" | "previous" | "changes">): void {
    const snapshot = this.byId(id);
    if (snapshot !== undefined) this.#note({ ...snapshot, ...facts });
  }

  #note(snapshot: Snapshot): void {
    this.#current.set(snapshot.source, snapshot);
    this.#byId.set(snapshot.id, snapshot);
  }

  /** Deletes what was written of snapshots that came to nothing. */
  discardUnfinished(): void {
    for (const id of this.#reserved) if (!this.#byId.has(id)) this.discard(id);
  }

  /** Deletes all that this run has written. */
  discardAll(): void {
    for (const id of this.#reserved) this.discard(id);
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
