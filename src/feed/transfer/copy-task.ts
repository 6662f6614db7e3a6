/** Where the copy of a policy zone is written, and how large it may be. */
import { FetchFailure } from "../fetch/failure.ts";

export interface CopyTask {
  /** Absolute path of the copy. */
  readonly file: string;
  /** Text, without the final dot. */
  readonly apex: string;
  /** Octets that the copy may have. */
  readonly expandedBytesMax: number;
}

export function tooLarge(bytesMax: number): FetchFailure {
  return new FetchFailure(
    `the zone has more than ${bytesMax} octets as text`,
    "Raise `expandedBytesMax` if it is as large as that",
    { code: "SOURCE_TOO_LARGE" },
  );
}
