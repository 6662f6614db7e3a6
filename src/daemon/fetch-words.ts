/** What came of a fetch, in words. */
import { counted } from "../base/counted.ts";
import type { FetchOutcome } from "../feed/fetch/fetch.ts";

/** What it means that a policy zone is stale. */
export const staleInWords =
  "its primaries have not confirmed it for longer than its SOA says that it may be used; what it lists stays in force";

export function fetchedInWords({ outcome, bytes, fetchedBytes, seconds, dueInSeconds, says }: FetchOutcome): string {
  const took = `in ${seconds.toFixed(2)} s`;
  if (says !== undefined) return `${says}, ${took}`;
  switch (outcome) {
    case "new":
      return `fetched anew, ${counted(bytes ?? 0, "octet")} of which ${counted(fetchedBytes, "octet")} came, ${took}`;
    case "same":
      return `fetched, and the same as before, ${took}`;
    case "not-modified":
      return `not modified, ${took}`;
    case "not-due":
      return `not due for ${dueInSeconds} s`;
    case "locked":
      return "another process fetches it";
    case "failed":
      return "failed";
  }
}
