/** The heavy parts of a build as plain messages, so that they run the same in this thread and in workers. */
import { OperatorError } from "../base/errors.ts";
import type { AllowConfig, GuardConfig, SourceConfig } from "../config/types.ts";
import type { ZoneConfig } from "../config/zone-types.ts";
import type { KeyRange } from "../dns/key-range.ts";
import { type Run, type RunTask, readRun } from "../feed/run.ts";
import { type SnapshotPart, type SnapshotTask, writeSnapshot } from "../feed/snapshot-writer.ts";
import { openInputs } from "../mill/inputs.ts";
import { policyOf } from "../mill/policy.ts";
import { buildRange, type Rebuilt } from "../mill/rebuild.ts";
import { type Database, storeFault } from "../store/database.ts";
import { DryZones } from "../store/dry-run.ts";
import { type SnapshotIds, Snapshots } from "../store/snapshots.ts";
import { Zones } from "../store/zones.ts";

/** Writes one range of a zone's first version. */
export interface RangeTask {
  readonly zoneConfig: ZoneConfig;
  readonly sources: readonly SourceConfig[];
  readonly allow: readonly AllowConfig[];
  readonly guards: readonly GuardConfig[];
  readonly inputs: SnapshotIds;
  readonly zone: number;
  readonly version: number;
  readonly range: KeyRange;
  /** Only counts; writes nothing. */
  readonly dryRun: boolean;
}

export type BuildTask =
  | { readonly kind: "read"; readonly task: RunTask }
  | { readonly kind: "snapshot"; readonly task: SnapshotTask }
  | { readonly kind: "range"; readonly task: RangeTask };

export type BuildTaskResult = Run | SnapshotPart | Rebuilt;

/** Carries out one task on a connection of its own thread. */
export async function carryOut(db: Database, task: BuildTask): Promise<BuildTaskResult> {
  try {
    return await dispatch(db, task);
  } catch (error) {
    throw storeFault(db, error);
  }
}

async function dispatch(db: Database, { kind, task }: BuildTask): Promise<BuildTaskResult> {
  switch (kind) {
    case "read":
      return readRun(task);
    case "snapshot":
      return writeSnapshot(new Snapshots(db), task);
    case "range": {
      const policy = policyOf(task.zoneConfig, task);
      const reader = openInputs(new Snapshots(db), task.inputs);
      const zones = task.dryRun ? new DryZones(db) : new Zones(db);
      return buildRange(zones, { zone: task.zone, version: task.version, policy, reader }, task.range);
    }
  }
}

/** An error as it passes between threads. */
export interface SentError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly operator: Pick<OperatorError, "code" | "remedy" | "isDiskFull"> | undefined;
}

export function sendError(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { message, stack } = error;
  if (!(error instanceof OperatorError)) return { message, stack, operator: undefined };
  const { code, remedy, isDiskFull } = error;
  return { message, stack, operator: { code, remedy, isDiskFull } };
}

export function receiveError({ message, stack, operator }: SentError): Error {
  if (operator !== undefined) {
    const { code, remedy, isDiskFull } = operator;
    return new OperatorError(code, message, remedy, { isDiskFull });
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
