/** What the SOA of a zone says about when it is asked for: refresh after a fetch, retry after a failed one, expire. */
import type { CopyFacts, CopyState } from "../fetch/copy-state.ts";
import type { FetchTask } from "../fetch/task.ts";
import { soaOf } from "./zone-copy.ts";

/** Shorter times in an SOA are for NOTIFY to make up for: nobody's primary should be asked more often. */
const secondsMin = 60;

/** Seconds from a fetch that went well to the next: of a zone as its SOA says, within bounds. */
export function intervalOf({ kind, everySeconds }: Pick<FetchTask, "kind" | "everySeconds">, copy: CopyFacts): number {
  const soa = kind === "transfer" ? soaOf(copy) : undefined;
  return soa === undefined ? everySeconds : Math.min(everySeconds, Math.max(secondsMin, soa.refresh));
}

/** The longest wait after a failed fetch. */
export function longestRetryOf({ kind }: Pick<FetchTask, "kind">, copy: CopyFacts | undefined): number {
  const soa = kind === "transfer" ? soaOf(copy) : undefined;
  return soa === undefined ? Number.POSITIVE_INFINITY : Math.max(secondsMin, soa.retry);
}

/**
 * Since when a zone is stale, in Unix seconds: for so long as its SOA says in EXPIRE, no primary has confirmed it (RFC 1035 3.3.13).
 * Undefined where it is not.
 */
export function staleSince(state: CopyState | undefined, nowSeconds: number): number | undefined {
  const soa = soaOf(state?.copy);
  if (state?.copy === undefined || soa === undefined) return undefined;
  const since = state.copy.checkedAt + soa.expire;
  return since <= nowSeconds ? since : undefined;
}
