/** The lists that a tried one is compared with: those of the store, and where there is none, lists of names as their files have them. */
import { existsSync } from "node:fs";
import { failsAlone } from "../base/errors.ts";
import { guardListsOf } from "../config/guards.ts";
import type { Config, GuardListConfig } from "../config/types.ts";
import { guardFeed, parseOptionsOfGuard } from "../feed/guard-list.ts";
import { blocksOfRun, readRun } from "../feed/run.ts";
import type { TriedList } from "../feed/try-list.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { EntryBlockList, type EntryBlocks } from "../indicator/entry/block.ts";
import type { ListReader } from "../mill/inputs.ts";
import { openForReading } from "../store/database.ts";
import { Snapshots } from "../store/snapshots.ts";

/** What is there, and the tried list among it. */
export interface TriedAmong {
  /** Undefined where nothing was built yet. */
  readonly snapshots: Snapshots | undefined;
  readonly reader: ListReader;
}

/** Opens the store as it stands at one moment, if there is one, and calls `work`. @throws OperatorError STORE_UNUSABLE, STORE_TOO_NEW */
export async function amongLists<T>(
  config: Pick<Config, "databaseFile" | "guards">,
  id: string,
  tried: TriedList,
  work: (among: TriedAmong) => T,
): Promise<T> {
  const db = existsSync(config.databaseFile) ? openForReading(config.databaseFile) : undefined;
  try {
    const snapshots = db === undefined ? undefined : new Snapshots(db);
    const files = await guardsInFiles(guardListsOf(config.guards), snapshots);
    const open = (name: string): EntryBlocks => {
      if (name === id) return tried.open();
      const snapshot = snapshots?.current(name);
      return snapshot === undefined || snapshots === undefined
        ? (files.get(name)?.() ?? new EntryBlockList([]))
        : snapshots.blocks(snapshot.id);
    };
    const factsOf: ListReader["factsOf"] = (profile) =>
      tried.factsOf(profile) ?? snapshots?.profiles.factsOf(profile) ?? {};
    const look = (): T => work({ snapshots, reader: { open, factsOf } });
    return db === undefined ? look() : db.transaction(look).deferred();
  } finally {
    db?.close();
  }
}

/** Guard lists that the store does not have, read from their files. One that cannot be read guards nothing here. */
async function guardsInFiles(guards: readonly GuardListConfig[], snapshots: Snapshots | undefined) {
  const files = new Map<string, () => EntryBlocks>();
  for (const guard of guards) {
    const name = storedNameOfGuard(guard.id);
    if (snapshots?.current(name) !== undefined) continue;
    try {
      const { expandedBytesMax } = guardFeed(guard).list;
      const parse = parseOptionsOfGuard(guard);
      const run = await readRun({ file: guard.from, range: undefined, expandedBytesMax, parse });
      files.set(name, () => blocksOfRun(run));
    } catch (error) {
      if (!failsAlone(error)) throw error;
    }
  }
  return files;
}
