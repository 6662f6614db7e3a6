/** The error of what needs a store where no build has made one. */
import { OperatorError } from "../base/errors.ts";
import { shownPath } from "../config/faults.ts";

export function neverBuilt(databaseFile: string): OperatorError {
  return new OperatorError(
    "NOT_FOUND",
    `Cannot read "${shownPath(databaseFile)}": nothing has been built yet`,
    "Run `rpzmill build` first, with the same --config",
  );
}
