/** What a feed is given to work with. */
import type { Clock } from "../base/clock.ts";
import type { Ledger } from "../store/ledger.ts";
import type { RowCounts } from "../store/ledger-states.ts";
import type { Profiles } from "../store/profiles.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { SourceHolds } from "../store/source-holds.ts";
import type { Turnovers } from "../store/source-turnover.ts";
import type { RankOf } from "./popularity.ts";
import type { Run, RunTask } from "./run.ts";
import type { SnapshotPart, SnapshotTask } from "./snapshot-writer.ts";

/** Does the heavy parts, on as many cores as there are. */
export interface WorkerPool {
  readonly size: number;
  readRun(task: RunTask): Promise<Run>;
  writeSnapshot(task: SnapshotTask): Promise<SnapshotPart>;
}

export interface RefreshOptions {
  readonly snapshots: Snapshots;
  readonly ledger: Ledger;
  readonly profiles: Profiles;
  /** What guards of sources hold back. */
  readonly holds: SourceHolds;
  /** What came to sources and went from them lately. */
  readonly turnovers: Turnovers;
  /** How well known names are; asked where something is held. */
  readonly popularity: () => Promise<RankOf>;
  readonly pool: WorkerPool;
  readonly clock: Clock;
  /** For how long what is no longer listed is remembered. */
  readonly historySeconds: number;
  /** Called with how many entries stopped counting though they are still reported, by state: ended, faded, revoked. */
  readonly onStopped?: (stopped: RowCounts) => void;
  /** Read the list though its file looks untouched. */
  readonly reread: boolean;
  /** Take the list as it is, though it is empty or changed beyond its limit, or a line of it cannot be read. */
  readonly accept: boolean;
}
