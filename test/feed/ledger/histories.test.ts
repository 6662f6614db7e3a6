/** Random histories of a source with facts: its snapshot is what its reports say at the time, by a model without a ledger. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { keyOfText } from "../../../src/dns/name.ts";
import { acceptReports, compileDue, type SourceFeed } from "../../../src/feed/ledger/accept.ts";
import { compilingOf } from "../../../src/feed/ledger/compiling.ts";
import { keptReports, type Reports } from "../../../src/feed/ledger/reports.ts";
import { allRows, compileSnapshot } from "../../../src/feed/ledger/snapshot.ts";
import type { RefreshOptions } from "../../../src/feed/options.ts";
import { EntryCursor } from "../../../src/indicator/entry/block.ts";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { EntryReports } from "../../../src/indicator/entry/reports.ts";
import { shownKey } from "../../../src/indicator/entry/shown-key.ts";
import { sortEntries } from "../../../src/indicator/entry/sort.ts";
import { decayed } from "../../../src/indicator/facts/decay.ts";
import type { Facts } from "../../../src/indicator/facts/facts.ts";
import { encodeReport, known } from "../../../src/indicator/facts/report.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";
import { type Database, openForWriting } from "../../../src/store/database.ts";
import { Ledger } from "../../../src/store/ledger.ts";
import { expireRows } from "../../../src/store/ledger-retention.ts";
import type { RowCounts } from "../../../src/store/ledger-states.ts";
import { Profiles } from "../../../src/store/profiles.ts";
import { sweepSnapshots } from "../../../src/store/snapshot-sweep.ts";
import { type Snapshot, Snapshots } from "../../../src/store/snapshots.ts";

const start = 1_700_000_000;
const hour = 3600;
/** What is withdrawn for longer is forgotten. */
const remembered = 10 * hour;

interface Said {
  readonly name: string;
  readonly id: string;
  readonly flags: number;
  readonly category: string | undefined;
  readonly confidence: number | undefined;
  /** Hours from the start. */
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly lastSeen: number | undefined;
  readonly revoked: boolean;
}

const said = fc.record({
  name: fc.constantFrom("a.example", "b.a.example", "c.example", "d.example", "e.d.example"),
  id: fc.constantFrom("1", "2", "ü"),
  flags: fc.constantFrom(1, 3, 4),
  category: fc.constantFrom(undefined, "x", "y"),
  confidence: fc.constantFrom(undefined, 0, 40, 100),
  from: fc.option(fc.integer({ min: -5, max: 40 }), { nil: undefined }),
  until: fc.option(fc.integer({ min: -5, max: 60 }), { nil: undefined }),
  lastSeen: fc.option(fc.integer({ min: -10, max: 10 }), { nil: undefined }),
  revoked: fc.boolean().map((value) => value),
});
const list = fc.uniqueArray(said, { maxLength: 10, minLength: 1, selector: ({ name, id }) => `${name} ${id}` });
/** The list is read; time passes; the clock is set back; and then everything is compiled that fell due. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("read" as const), list }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ kind: fc.constant("back" as const), hours: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ kind: fc.constant("killed" as const) }),
);
const decay = fc.option(
  fc.record({
    lifetimeDays: fc.constantFrom(0.5, 2),
    speed: fc.constantFrom(0.5, 1, 3),
    threshold: fc.constantFrom(1, 30),
  }),
  { nil: undefined },
);

const secondsOf = (hours: number | undefined): number | undefined =>
  hours === undefined ? undefined : start + hours * hour;

/** A list as it is read. */
function reportsOf(all: readonly Said[]): Reports {
  const collector = new Collector();
  const reports = new EntryReports();
  collector.reports = reports;
  for (const { name, id, flags, category, confidence, from, until, lastSeen, revoked } of all) {
    reports.begin(
      encodeReport({
        externalId: id,
        facts: known({ category, confidence }),
        validFrom: secondsOf(from),
        validUntil: secondsOf(until),
        lastSeen: secondsOf(lastSeen),
        revoked,
      }),
    );
    collector.add(keyOfText(name), flags);
  }
  // In stretches of two, so that most lists have several.
  const kept = keptReports(collector, reports, sortEntries(collector), 2);
  return { lines: all.length, rejects: new Rejects(), ...kept };
}

/** What the list that was read last says at a time, by name and facts. */
class Model {
  readonly #feed: SourceFeed;
  readonly #listedSince = new Map<string, number>();
  #list: readonly Said[] = [];
  at = 0;

  constructor(feed: SourceFeed) {
    this.#feed = feed;
  }

  read(all: readonly Said[], now: number): void {
    this.at = Math.max(now, this.at);
    const before = new Set(this.#list.map(({ name, id }) => `${name} ${id}`));
    this.#list = all;
    for (const { name, id } of all) {
      const row = `${name} ${id}`;
      // What was gone ages anew.
      if (!before.has(row)) this.#listedSince.set(row, this.at);
    }
    this.#takenAt = this.at;
  }
  #takenAt = 0;

  listed(at = this.at): string[] {
    const flags = new Map<string, number>();
    for (const row of this.#list) {
      const facts = this.#factsOf(row, at);
      if (facts === undefined) continue;
      const line = `${row.name} ${JSON.stringify(facts)}`;
      flags.set(line, (flags.get(line) ?? 0) | row.flags);
    }
    return [...flags].map(([line, bits]) => `${line} ${bits}`).sort();
  }

  #factsOf(row: Said, at: number): Facts | undefined {
    const { name, id, category, confidence, from, until, revoked, lastSeen } = row;
    const [begins = 0, ends = Number.POSITIVE_INFINITY] = [secondsOf(from), secondsOf(until)];
    if (revoked || at < begins || at >= ends) return undefined;
    const { decay: fades, confidence: usual } = this.#feed.list;
    if (fades === undefined) return known({ category, confidence });
    const seen = secondsOf(lastSeen);
    const since =
      seen === undefined ? (this.#listedSince.get(`${name} ${id}`) as number) : Math.min(seen, this.#readAt(row));
    const { lifetimeDays, speed, threshold } = fades;
    const base = confidence ?? usual;
    const left = decayed(base, at - since, { lifetimeSeconds: 86_400 * lifetimeDays, speed, threshold });
    if (left < threshold) return undefined;
    return known({ category, confidence: left === base ? confidence : left });
  }

  /** When a row was first reported as it is now: a time to come is not believed then. */
  readonly #since = new Map<string, { readonly text: string; readonly at: number }>();

  #readAt(row: Said): number {
    return this.#since.get(`${row.name} ${row.id}`)?.at ?? this.#takenAt;
  }

  readonly #withdrawn = new Map<string, number>();

  /** Rows that were withdrawn up to a time are forgotten. */
  expire(upTo: number): void {
    for (const [row, at] of this.#withdrawn) {
      if (at > upTo) continue;
      this.#withdrawn.delete(row);
      this.#listedSince.delete(row);
    }
  }

  /** How many rows the ledger has. */
  get rows(): number {
    return this.#listedSince.size;
  }

  /** Notes since when each row is as it is. */
  note(): void {
    const listed = new Set(this.#list.map(({ name, id }) => `${name} ${id}`));
    for (const row of this.#listedSince.keys()) {
      if (listed.has(row)) this.#withdrawn.delete(row);
      else if (!this.#withdrawn.has(row)) this.#withdrawn.set(row, this.at);
    }
    const reported = new Set<string>();
    for (const row of this.#list) {
      const name = `${row.name} ${row.id}`;
      const text = JSON.stringify(row);
      reported.add(name);
      if (this.#since.get(name)?.text !== text) this.#since.set(name, { text, at: this.at });
    }
    for (const name of this.#since.keys()) if (!reported.has(name)) this.#since.delete(name);
  }
}

function listedIn(db: Database, id: number): string[] {
  const profiles = new Profiles(db);
  const cursor = new EntryCursor(new Snapshots(db).blocks(id));
  const listed: string[] = [];
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    const name = shownKey(cursor.key.slice(0, cursor.keyBytes));
    listed.push(`${name} ${JSON.stringify(profiles.factsOf(cursor.profile))} ${cursor.flags}`);
  }
  return listed.sort();
}

function withoutZeros(counts: RowCounts | undefined): RowCounts {
  return Object.fromEntries(Object.entries(counts ?? {}).filter(([, count]) => count !== 0));
}

/** What a compilation of all rows gives. */
function compiledAnew(options: RefreshOptions, feed: SourceFeed, at: number, db: Database) {
  const { snapshots, ledger, profiles } = options;
  const source = ledger.sourceOf(feed.list.id)?.source as number;
  const draft = snapshots.begin(feed.list.id);
  const task = { source, draft, previous: undefined, all: true, changesMax: 0, goneSince: undefined };
  const compiling = compilingOf(feed.list, at, profiles);
  const { states } = compileSnapshot({ snapshots, ledger: { write() {} } }, task, allRows(ledger, source), compiling);
  const listed = listedIn(db, draft.id);
  snapshots.discard(draft);
  return { listed, states: withoutZeros(states.counts(undefined)) };
}

/** A ledger of which nothing is left but its rows, as after a kill before the snapshot counts. */
class KilledLedger extends Ledger {
  override finish(): void {
    throw new Error("killed");
  }
}

it("over any history the snapshot is what was reported last, as of the latest time that it knows", () => {
  fc.assert(
    fc.property(decay, list, fc.array(step, { maxLength: 12 }), (fades, first, steps) => {
      const db = openForWriting(":memory:");
      try {
        let now = start;
        const feed = {
          role: "block",
          list: {
            id: "list",
            confidence: 50,
            limit: { entries: 0, percent: 0 },
            ...(fades === undefined ? {} : { decay: fades }),
          },
        } as SourceFeed;
        const options = {
          snapshots: new Snapshots(db),
          ledger: new Ledger(db),
          profiles: new Profiles(db),
          clock: { nowMs: () => 1000 * now },
          historySeconds: remembered,
          reread: false,
          accept: true,
        } as unknown as RefreshOptions;
        const current = (): Snapshot | undefined => options.snapshots.current("list");
        const model = new Model(feed);
        let last = first;
        const read = (with_: RefreshOptions): void => {
          const reading = { reports: reportsOf(last), fingerprint: "", format: "csv", current: current() };
          acceptReports(feed, with_, reading);
        };
        const readWell = (): void => {
          model.read(last, now);
          model.note();
          read(options);
        };
        readWell();
        for (const what of steps) {
          if (what.kind === "wait") now += what.hours * hour;
          else if (what.kind === "back") now -= what.hours * hour;
          else if (what.kind === "read") last = what.list;
          // The same list once more after the kill, as a build does whose predecessor was killed.
          else expect(() => read({ ...options, ledger: new KilledLedger(db) })).toThrow("killed");
          if (what.kind === "read" || what.kind === "killed") readWell();
          else compileDue(feed, options);
          sweepSnapshots(db, [], 0);
          expireRows(db, now - remembered);
          model.expire(now - remembered);
          expect(db.prepare("SELECT count(*) FROM ledger").pluck().get()).toBe(model.rows);
          const snapshot = current() as Snapshot;
          expect(snapshot.compiledFor).toBeGreaterThanOrEqual(model.at);
          model.at = snapshot.compiledFor as number;
          const listed = listedIn(db, snapshot.id);
          // Where nothing fell due, time has passed without a trace.
          expect(listed).toEqual(model.listed(Math.max(model.at, now)));
          expect(snapshot.entries).toBe(listed.length);
          const states = withoutZeros(options.ledger.sourceOf("list")?.states);
          expect(compiledAnew(options, feed, model.at, db)).toEqual({ listed, states });
          // Until the next time that something is due nothing changes.
          const due = options.ledger.nextDue(options.ledger.sourceOf("list")?.source as number);
          expect(due ?? Number.POSITIVE_INFINITY).toBeGreaterThan(model.at);
          expect(model.listed(due === undefined ? model.at + 1000 * hour : due - 1)).toEqual(listed);
        }
      } finally {
        db.close();
      }
    }),
    { numRuns: 150 },
  );
});
