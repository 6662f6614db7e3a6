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
 * From when on a zone is stale, in Unix seconds: no primary has confirmed it for as long as its SOA says in EXPIRE (RFC 1035
 * 3.3.13). Undefined of what is no zone.
 */
export function staleAt(state: CopyState | undefined): number | undefined {
  const soa = soaOf(state?.copy);
  return state?.copy === undefined || soa === undefined ? undefined : state.copy.checkedAt + soa.expire;
}
