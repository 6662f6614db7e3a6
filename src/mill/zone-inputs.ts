/** Which snapshots a zone is to be built from. */
import { OperatorError } from "../base/errors.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { SnapshotIds, Snapshots } from "../store/snapshots.ts";
import type { ZonePolicy } from "./policy.ts";
import type { ZoneBuild } from "./zone-build.ts";

/** Ids of the current snapshots of the lists that a zone is made of, without those that were never read. */
export function currentInputs({ allow, guards, sources }: ZonePolicy, snapshots: Snapshots): SnapshotIds {
  const inputs: Record<string, number> = {};
  const listed = guards.filter(({ computed }) => computed === undefined);
  for (const name of [...allow, ...listed.map(({ id }) => storedNameOfGuard(id)), ...sources.map(({ id }) => id)]) {
    const snapshot = snapshots.current(name);
    if (snapshot !== undefined) inputs[name] = snapshot.id;
  }
  return inputs;
}

/** The same for a build, which needs most of them. @throws OperatorError BUILD_NOTHING */
export function wantedInputs({ zone, policy, snapshots }: ZoneBuild): SnapshotIds {
  const inputs = currentInputs(policy, snapshots);
  const allow = policy.allow.find((id) => inputs[id] === undefined);
  if (allow !== undefined) {
    throw new OperatorError(
      "BUILD_NOTHING",
      `Cannot build "${zone.apex}": the allow list "${allow}" has never been read, and without it names that must not be blocked would be`,
      "Fix that list, or take it out of the configuration",
    );
  }
  const guard = policy.guards.find(
    ({ id, computed }) => computed === undefined && inputs[storedNameOfGuard(id)] === undefined,
  );
  if (guard !== undefined) {
    throw new OperatorError(
      "BUILD_NOTHING",
      `Cannot build "${zone.apex}": the guard "${guard.id}" has never been read, and without it names that it guards would be blocked`,
      "Fix that guard's list, or leave it out with `use: false` in `guards`",
    );
  }
  if (!policy.sources.some(({ id }) => inputs[id] !== undefined)) {
    throw new OperatorError(
      "BUILD_NOTHING",
      `Cannot build "${zone.apex}": none of its sources has ever been read`,
      "Fix one of them: `rpzmill source list` says what is wrong with each",
    );
  }
  return inputs;
}

export function sameInputs(a: SnapshotIds, b: SnapshotIds): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
