/** How many events are read with one request: few round trips, and answers that need little memory. */
import type { FoundEvent } from "./rest-search.ts";

const eventsMax = 100;
/** Attributes of all events of a chunk, as far as the MISP counts them: some megabytes of JSON. */
const attributesMax = 5000;

/** The events in their order, cut where one more would be too many; a large one is alone. */
export function* chunksOf(events: readonly FoundEvent[]): Generator<FoundEvent[], undefined> {
  let chunk: FoundEvent[] = [];
  let attributes = 0;
  for (const event of events) {
    const isFull = chunk.length === eventsMax || attributes + event.attributes > attributesMax;
    if (chunk.length > 0 && isFull) {
      yield chunk;
      chunk = [];
      attributes = 0;
    }
    chunk.push(event);
    attributes += event.attributes;
  }
  if (chunk.length > 0) yield chunk;
  return undefined;
}
