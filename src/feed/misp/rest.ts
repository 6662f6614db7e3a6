/**
 * The events of a MISP, by its REST interface. Times of attributes do not show every change: publishing an event changes only the event, what
 * came by synchronisation keeps its old times, and a deletion leaves nothing that is searched for. So *events* are searched by when they were
 * edited and when they were published, in windows that overlap, and each is read whole; at an interval all are. An edit takes an event out
 * of publication until it is published again: until then, for a time, it counts as it was published last.
 */

import { flagIn, type Json } from "../../indicator/format/misp-json.ts";
import { reduceEvent } from "../../indicator/format/misp-reduce.ts";
import type { CopyFacts, CopyMarks } from "../fetch/copy-state.ts";
import { FetchFailure, failureOf } from "../fetch/failure.ts";
import type { MispTask } from "../fetch/task.ts";
import type { Fetched, FetchKind, FetchTools } from "../fetch/tools.ts";
import { HttpSession } from "../http/session.ts";
import { type LineHead, writeLine } from "./copy-lines.ts";
import { FailedEvents, isGeneral } from "./failed-events.ts";
import { type CopySurvey, keepMerged } from "./keep-merged.ts";
import type { FreshEvent } from "./merge-lines.ts";
import { chunksOf } from "./read-chunks.ts";
import { RecentEvents } from "./recent-events.ts";
import { type FoundEvent, RestSearch, stampOf } from "./rest-search.ts";

/** By so much windows overlap: transactions that were under way, and clocks of several servers behind one name. */
const overlapSeconds = 900;
/** The same where the MISP does not say what time it is, so that ours has to do. */
const blindOverlapSeconds = 7200;
/** Where an event could not be had, all are read again after so long. */
const faultSeconds = 3600;
/** Changed events from which on all are read: what was read is sorted in memory. */
const changedMax = 2000;

export const fetchMisp: FetchKind<MispTask> = async (task, known, tools) => {
  const session = new HttpSession(task, tools);
  try {
    return await new RestFetch(session, task, known, tools).run();
  } finally {
    await session.close();
  }
};

class RestFetch {
  readonly #task: MispTask;
  readonly #known: CopyFacts | undefined;
  readonly #tools: FetchTools;
  readonly #search: RestSearch;
  readonly #failed = new FailedEvents();
  /** Events that are there and not published. */
  readonly #unpublished = new Set<string>();
  /** Events that were found and then not given: whether they are gone is seen when all are read. */
  #missing = 0;

  constructor(session: HttpSession, task: MispTask, known: CopyFacts | undefined, tools: FetchTools) {
    this.#task = task;
    this.#known = known;
    this.#tools = tools;
    this.#search = new RestSearch(session, task, tools);
  }

  async run(): Promise<Fetched> {
    const known = this.#known;
    if (known === undefined || this.#tools.mode === "force" || this.#mustReadAll(known)) return this.#readAll();
    const since = Number(known.marks?.["searchedTo"]) - overlapSeconds;
    const recent = RecentEvents.read(known.marks);
    const found = new Map<string, FoundEvent>();
    for (const key of ["publish_timestamp", "event_timestamp"]) {
      for await (const event of this.#search.find({ [key]: String(Math.max(0, since)) })) found.set(event.uuid, event);
      if (found.size > changedMax) return this.#readAll();
    }
    const to = this.#searchedTo();
    // A clock that went back shows no change of the time between.
    if (to < since) return this.#readAll();
    const changed = [...found.values()].filter((event) => !recent.has(event));
    const marks = { ...known.marks, searchedTo: to, ...RecentEvents.of(found.values(), to - overlapSeconds).marks() };
    if (changed.length === 0 && !this.#graceEnds(known)) {
      const checkedAt = this.#tools.now();
      return { kind: "not-modified", copy: { ...known, marks, checkedAt } };
    }
    const present = changed.toSorted(byUuid);
    const fresh: FreshEvent[] = [];
    for await (const event of this.#read(present)) fresh.push(event);
    return this.#keep(
      fresh,
      (head) => this.#staying(head),
      (survey) => this.#marksAfter(survey, marks),
    );
  }

  /** Reads all events; what is no longer there goes. */
  async #readAll(): Promise<Fetched> {
    const found: FoundEvent[] = [];
    for await (const event of this.#search.find({})) found.push(event);
    const to = this.#searchedTo();
    const marks = {
      searchedTo: to,
      reconciledAt: this.#tools.now(),
      ...RecentEvents.of(found, to - overlapSeconds).marks(),
    };
    const there = new Set(found.map(({ uuid }) => uuid));
    const decide = (head: LineHead) => (there.has(head.uuid) ? this.#staying(head) : "drop");
    return this.#keep(this.#read(found.sort(byUuid)), decide, (survey) => this.#marksAfter(survey, marks));
  }

  #keep(
    fresh: AsyncIterable<FreshEvent> | Iterable<FreshEvent>,
    decide: (head: LineHead) => "keep" | "drop" | LineHead,
    marksOf: (survey: CopySurvey) => CopyMarks,
  ): Promise<Fetched> {
    const { file, expandedBytesMax } = this.#task;
    const merging = { file, expandedBytesMax, known: this.#known, fresh, decide };
    return keepMerged({ ...merging, marksOf: (survey) => ({ marks: marksOf(survey) }) }, this.#tools);
  }

  #marksAfter({ unpublishedSince, faults }: CopySurvey, marks: CopyMarks): CopyMarks {
    const { graceEndsAt: _, ...others } = marks;
    return {
      ...others,
      ...(unpublishedSince === undefined ? {} : { graceEndsAt: unpublishedSince + this.#task.unpublishedGraceSeconds }),
      // What could not be had changes no time, so that no search finds it.
      ...(faults + this.#missing > 0 ? { reconciledAt: this.#soonReconciled() } : {}),
    };
  }

  /** As if all had been read so long ago that they are again soon. */
  #soonReconciled(): number {
    return this.#tools.now() - Math.max(0, this.#task.reconcileSeconds - faultSeconds);
  }

  #mustReadAll({ marks }: CopyFacts): boolean {
    const age = this.#tools.now() - Number(marks?.["reconciledAt"] ?? 0);
    return age < 0 || age >= this.#task.reconcileSeconds || !(Number(marks?.["searchedTo"]) > 0);
  }

  #graceEnds({ marks }: CopyFacts): boolean {
    return Number(marks?.["graceEndsAt"] ?? Number.POSITIVE_INFINITY) <= this.#tools.now();
  }

  /** Up to when changes were looked for, by the clock of the MISP. */
  #searchedTo(): number {
    return this.#search.serverTime ?? this.#tools.now() - blindOverlapSeconds;
  }

  /** What becomes of an event that is there and was not read: it is published and the same, or not published for a while. */
  #staying(head: LineHead): "keep" | "drop" | LineHead {
    const now = this.#tools.now();
    const { unpublishedSince } = head;
    if (unpublishedSince === undefined) {
      return this.#unpublished.has(head.uuid) ? { ...head, unpublishedSince: now } : "keep";
    }
    return now - unpublishedSince >= this.#task.unpublishedGraceSeconds ? "drop" : "keep";
  }

  /** Reads events, in the order given; those that are not published stay as they were. */
  async *#read(found: readonly FoundEvent[]): AsyncGenerator<FreshEvent, undefined> {
    for (const { uuid, isPublished } of found) if (!isPublished) this.#unpublished.add(uuid);
    for (const chunk of chunksOf(found.filter(({ isPublished }) => isPublished))) yield* this.#readChunk(chunk);
    return undefined;
  }

  async *#readChunk(chunk: readonly FoundEvent[]): AsyncGenerator<FreshEvent, undefined> {
    let events: ReadonlyMap<string, Json>;
    try {
      events = await this.#search.read(chunk.map(({ uuid }) => uuid));
      this.#failed.succeeded();
    } catch (thrown) {
      this.#tools.signal.throwIfAborted();
      const failure = failureOf(thrown);
      if (isGeneral(failure)) throw failure;
      const [first] = chunk;
      if (chunk.length > 1 || first === undefined) {
        // One of them may be too much for the MISP, or for us.
        const half = chunk.length >> 1;
        yield* this.#readChunk(chunk.slice(0, half));
        yield* this.#readChunk(chunk.slice(half));
      } else yield this.#failedEvent(first, failure);
      return undefined;
    }
    for (const { uuid } of chunk) {
      const event = events.get(uuid);
      if (event === undefined) this.#missing += 1;
      else if (flagIn(event, "published") !== true) this.#unpublished.add(uuid);
      else yield { uuid, outcome: writeLine({ uuid, stamp: stampOf(event) }, reduceEvent(event)) };
    }
    return undefined;
  }

  #failedEvent({ uuid, stamp }: FoundEvent, failure: FetchFailure): FreshEvent {
    return { uuid, outcome: { uuid, stamp, fault: this.#failed.fault(failure) } };
  }
}

function byUuid(a: FoundEvent, b: FoundEvent): number {
  return a.uuid < b.uuid ? -1 : 1;
}
