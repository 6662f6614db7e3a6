/** Which snapshots a zone is to be built from. */
import { OperatorError } from "../base/errors.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import type { SnapshotIds } from "../store/snapshots.ts";
import type { ZoneBuild } from "./zone-build.ts";

/** Ids of the current snapshots of all that the zone is made of. @throws OperatorError BUILD_NOTHING */
export function wantedInputs({ zone, policy, snapshots }: ZoneBuild): SnapshotIds {
  const inputs: Record<string, number> = {};
  for (const id of policy.allow) {
    const snapshot = snapshots.current(id);
    if (snapshot === undefined) {
      throw new OperatorError(
        "BUILD_NOTHING",
        `Cannot build "${zone.apex}": the allow list "${id}" has never been read, and without it names that must not be blocked would be`,
        "Fix that list, or take it out of the configuration",
      );
    }
    inputs[id] = snapshot.id;
  }
  for (const { id, computed } of policy.guards) {
    if (computed !== undefined) continue;
    const snapshot = snapshots.current(storedNameOfGuard(id));
    if (snapshot === undefined) {
      throw new OperatorError(
        "BUILD_NOTHING",
        `Cannot build "${zone.apex}": the guard "${id}" has never been read, and without it names that it guards would be blocked`,
        "Fix that guard's list, or leave it out with `use: false` in `guards`",
      );
    }
    inputs[storedNameOfGuard(id)] = snapshot.id;
  }
  let any = false;
  for (const { id } of policy.sources) {
    const snapshot = snapshots.current(id);
    if (snapshot === undefined) continue;
    inputs[id] = snapshot.id;
    any = true;
  }
  if (!any) {
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
