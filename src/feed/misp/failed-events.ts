/** Which failures cost one event, and which the whole fetch. */
import type { FetchFailure } from "../fetch/failure.ts";

/** Failures in a row after which it is the host that fails and not an event. */
const failuresMax = 5;
/** What is said of whoever asks, and of how often: no other event fares better. */
const generalStatuses: readonly number[] = [401, 403, 407, 429];

/** Whether a failure says nothing of what was asked for: it is of the host, the way to it, or whoever asks. */
export function isGeneral({ status, isTransient, isWhole, code }: FetchFailure): boolean {
  if (status !== undefined) return generalStatuses.includes(status);
  return isWhole || (isTransient && code === "SOURCE_NOT_FETCHED");
}

export class FailedEvents {
  #inARow = 0;

  /** Why an event could not be fetched. @throws the failure, where it is none of this event alone */
  fault(failure: FetchFailure): string {
    const { status } = failure;
    // An event that is listed and gone was deleted in between; a host that answers so is well.
    if (status === 404 || status === 410) this.#inARow = 0;
    else if (++this.#inARow >= failuresMax || failure.isWhole || generalStatuses.includes(status ?? 0)) throw failure;
    return failure.message;
  }

  succeeded(): void {
    this.#inARow = 0;
  }
}
