/**
 * A feed of MISP events: `manifest.json` says which there are and when each changed, and each is a file of its own. Only events whose time in
 * the manifest is another one are asked for; what the manifest no longer names is gone. `hashes.csv` is not read: it has the hashes of all
 * values, which tell whether a value occurs, and nothing of what changed.
 */
import { createHash } from "node:crypto";
import { unitBytesMax } from "../../indicator/format/json-units.ts";
import { recordIn, textIn, uuidPattern } from "../../indicator/format/misp-json.ts";
import { reduceEvent } from "../../indicator/format/misp-reduce.ts";
import type { CopyFacts } from "../fetch/copy-state.ts";
import { FetchFailure, failureOf } from "../fetch/failure.ts";
import type { MispFeedTask } from "../fetch/task.ts";
import type { FetchKind, FetchTools } from "../fetch/tools.ts";
import { HttpSession } from "../http/session.ts";
import { validatorsOf } from "../http/validators.ts";
import { askJson } from "./ask-json.ts";
import { type LineHead, linesOf, writeLine } from "./copy-lines.ts";
import { FailedEvents } from "./failed-events.ts";
import { keepMerged } from "./keep-merged.ts";
import type { FreshEvent } from "./merge-lines.ts";

/** Octets of a manifest: a hundred thousand events. */
const manifestBytesMax = 128 * 1024 * 1024;
/** Events that could not be had are asked for again after so long, though the manifest is the same. */
const faultSeconds = 3600;

export const fetchMispFeed: FetchKind<MispFeedTask> = async (task, known, tools) => {
  const session = new HttpSession(task, tools);
  try {
    return await new FeedFetch(session, task, known, tools).run();
  } finally {
    await session.close();
  }
};

class FeedFetch {
  readonly #session: HttpSession;
  readonly #task: MispFeedTask;
  readonly #known: CopyFacts | undefined;
  readonly #tools: FetchTools;
  readonly #failed = new FailedEvents();

  constructor(session: HttpSession, task: MispFeedTask, known: CopyFacts | undefined, tools: FetchTools) {
    this.#session = session;
    this.#task = task;
    this.#known = known;
    this.#tools = tools;
  }

  async run() {
    const known = this.#known;
    const asksAll = known === undefined || this.#tools.mode === "force";
    const retriesFaults = known !== undefined && this.#mayRetry(known);
    const condition = asksAll || retriesFaults ? {} : conditionOf(known);
    const manifest = await this.#ask("manifest.json", manifestBytesMax, condition);
    const checkedAt = this.#tools.now();
    if (manifest.status === 304 && known !== undefined) {
      return { kind: "not-modified", copy: { ...known, checkedAt } } as const;
    }
    const stamps = stampsIn(manifest.value);
    const digest = createHash("sha256")
      .update(JSON.stringify([...stamps]))
      .digest("hex");
    const validators = validatorsOf(manifest.headers);
    if (!asksAll && !retriesFaults && known.marks?.["manifest"] === digest) {
      return { kind: "same", copy: { ...known, ...validators, checkedAt, fetchedAt: checkedAt } } as const;
    }
    const wanted = await this.#wanted(stamps, asksAll);
    return keepMerged(
      {
        file: this.#task.file,
        expandedBytesMax: this.#task.expandedBytesMax,
        known,
        fresh: this.#read(wanted, stamps),
        decide: ({ uuid }) => (stamps.has(uuid) ? "keep" : "drop"),
        marksOf: ({ faults }) => ({ ...validators, marks: { manifest: digest, faults, triedAt: checkedAt } }),
      },
      this.#tools,
    );
  }

  /** Whether there are events that could not be had, and that are asked for again. */
  #mayRetry({ marks }: CopyFacts): boolean {
    const triedAt = Number(marks?.["triedAt"] ?? 0);
    const age = this.#tools.now() - triedAt;
    return Number(marks?.["faults"] ?? 0) > 0 && (age >= faultSeconds || age < 0);
  }

  /** UUIDs of the events to ask for, in order. */
  async #wanted(stamps: ReadonlyMap<string, string>, asksAll: boolean): Promise<string[]> {
    const wanted = new Set(stamps.keys());
    if (!asksAll) {
      for await (const { head } of linesOf(this.#task.file)) {
        if (head.fault === undefined && head.stamp === stamps.get(head.uuid)) wanted.delete(head.uuid);
      }
    }
    return [...wanted].sort();
  }

  async *#read(uuids: readonly string[], stamps: ReadonlyMap<string, string>): AsyncGenerator<FreshEvent, undefined> {
    for (const uuid of uuids) {
      const head = { uuid, stamp: stamps.get(uuid) ?? "" };
      yield { uuid, outcome: await this.#readEvent(head) };
    }
    return undefined;
  }

  async #readEvent(head: LineHead): Promise<FreshEvent["outcome"]> {
    try {
      const { value } = await this.#ask(`${head.uuid}.json`, unitBytesMax, {});
      const event = recordIn(recordIn(value)["Event"]);
      if (textIn(event, "uuid").toLowerCase() !== head.uuid) {
        throw new FetchFailure("what came is another event, or none", "Its operator must fix it");
      }
      this.#failed.succeeded();
      return writeLine(head, reduceEvent(event));
    } catch (thrown) {
      this.#tools.signal.throwIfAborted();
      return { ...head, fault: this.#failed.fault(failureOf(thrown)) };
    }
  }

  #ask(name: string, bytesMax: number, headers: Readonly<Record<string, string>>) {
    const url = new URL(this.#task.url);
    url.pathname += name;
    const isConditional = Object.keys(headers).length > 0;
    const statuses = isConditional ? [200, 304] : [200];
    return askJson(this.#session, this.#task, this.#tools, { url: url.href, bytesMax, headers, statuses });
  }
}

function conditionOf({ etag, lastModified }: CopyFacts): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

/** When each event of a manifest changed, as it says, by UUID in lower case; keys that are none, and could be any path, are passed over. */
function stampsIn(manifest: unknown): ReadonlyMap<string, string> {
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest)) {
    throw new FetchFailure("its manifest is no object of events", "Its operator must fix it", {
      code: "SOURCE_NOT_A_LIST",
    });
  }
  const stamps = new Map<string, string>();
  for (const [uuid, entry] of Object.entries(manifest)) {
    if (uuidPattern.test(uuid)) stamps.set(uuid.toLowerCase(), textIn(recordIn(entry), "timestamp"));
  }
  return new Map([...stamps].sort(([a], [b]) => (a < b ? -1 : 1)));
}
