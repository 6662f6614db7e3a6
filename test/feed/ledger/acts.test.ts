/** Random histories of a source that people keep: its snapshot is what was added last and has not ended, by a model. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ManualSourceConfig } from "../../../src/config/types.ts";
import { keyOfText } from "../../../src/dns/name.ts";
import {
  type ActContext,
  type Acted,
  addRow,
  endRow,
  type GivenFacts,
  idOfFlags,
} from "../../../src/feed/ledger/acts.ts";
import { refreshManual, takeActs, timeOfSource } from "../../../src/feed/ledger/manual.ts";
import type { WantedRow } from "../../../src/feed/ledger/sync.ts";
import type { RefreshOptions } from "../../../src/feed/options.ts";
import { EntryCursor } from "../../../src/indicator/entry/block.ts";
import { shownKey } from "../../../src/indicator/entry/shown-key.ts";
import { type Database, openForWriting } from "../../../src/store/database.ts";
import { DryEntryActs, DryLedger, DrySnapshots } from "../../../src/store/dry-run.ts";
import { EntryActs } from "../../../src/store/entry-acts.ts";
import { Ledger } from "../../../src/store/ledger.ts";
import { sweepSnapshots } from "../../../src/store/snapshot-sweep.ts";
import { type Snapshot, Snapshots } from "../../../src/store/snapshots.ts";

const start = 1_700_000_000;
const hour = 3600;

const name = fc.constantFrom<string[]>("a.example", "b.a.example", "c.example");
const flags = fc.constantFrom<number[]>(1, 3, 16);
const hours = fc.option(fc.integer({ min: -5, max: 30 }), { nil: undefined });
const given = fc.record(
  { category: fc.constantFrom(undefined, "x", "y"), from: hours, until: hours },
  { requiredKeys: [] },
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), name, flags, given, dry: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("end" as const), name, flags, at: hours, dry: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: -15, max: 15 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "killed" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
type Given = typeof given extends fc.Arbitrary<infer One> ? One : never;

const secondsOf = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : start + value * hour;

/** An entry as the model has it. */
interface Kept {
  category: string | undefined;
  from: number | undefined;
  until: number | undefined;
  isRevoked: boolean;
}

class Model {
  readonly entries = new Map<string, Kept>();
  at = start;

  isLive(entry: Kept | undefined): entry is Kept {
    return entry !== undefined && !entry.isRevoked && (entry.until === undefined || entry.until > this.at);
  }

  /** Says whether it may be. */
  add(place: string, more: Given): boolean {
    const before = this.entries.get(place);
    const entry: Kept = this.isLive(before)
      ? { ...before }
      : { category: undefined, from: undefined, until: undefined, isRevoked: false };
    if ("category" in more) entry.category = more.category;
    if ("from" in more) entry.from = secondsOf(more.from);
    if ("until" in more) entry.until = secondsOf(more.until);
    if (entry.until !== undefined && (entry.until <= (entry.from ?? 0) || entry.until <= this.at)) return false;
    this.entries.set(place, entry);
    return true;
  }

  end(place: string, at: number | undefined): boolean {
    const entry = this.entries.get(place);
    if (!this.isLive(entry)) return false;
    const { from = 0 } = entry;
    if (at !== undefined && at <= from) return false;
    if (at === undefined && from > this.at) entry.isRevoked = true;
    else entry.until = at ?? this.at;
    return true;
  }

  listed(): string[] {
    const counting = [...this.entries].filter(([, entry]) => this.isLive(entry) && (entry.from ?? 0) <= this.at);
    const joined = new Map<string, number>();
    for (const [place, { category }] of counting) {
      const [at = "", bits = ""] = place.split(" ");
      const line = `${at} ${JSON.stringify(category === undefined ? {} : { category })}`;
      joined.set(line, (joined.get(line) ?? 0) | Number(bits));
    }
    return [...joined].map(([line, bits]) => `${line} ${bits}`).sort();
  }
}

function listedIn(snapshots: Snapshots): string[] {
  const cursor = new EntryCursor(snapshots.blocks((snapshots.current("kept") as Snapshot).id));
  const listed: string[] = [];
  for (cursor.rewind(); cursor.live; cursor.advance()) {
    const at = shownKey(cursor.key.slice(0, cursor.keyBytes));
    listed.push(`${at} ${JSON.stringify(snapshots.profiles.factsOf(cursor.profile))} ${cursor.flags}`);
  }
  return listed.sort();
}

const feed = { role: "block", list: { id: "kept", manual: true, confidence: 50 } as ManualSourceConfig } as const;

/** What is written of a store: the ledger, the acts, and which snapshot counts. */
function contentOf(db: Database): unknown {
  return ["ledger", "entry_act", "ledger_source", "source"].map((table) => db.prepare(`SELECT * FROM ${table}`).all());
}

type Options = Pick<RefreshOptions, "snapshots" | "ledger" | "profiles" | "clock" | "historySeconds"> & {
  readonly entryActs: EntryActs;
};

/** Does a step to a source; gives whether it may be. */
function act(options: Options, one: Extract<Step, { name: string }>): boolean {
  const { ledger, profiles } = options;
  refreshManual(feed, options);
  const context: ActContext = { at: timeOfSource(feed, options), profiles, fades: false };
  const key = keyOfText(one.name);
  const source = ledger.sourceOf("kept")?.source as number;
  const rows = ledger.rowsAt(source, key);
  const old = rows.find(({ externalId }) => externalId === idOfFlags(one.flags));
  const acted: Acted =
    one.kind === "add"
      ? addRow({ key, flags: one.flags, id: undefined, given: factsOf(one.given) }, old, context)
      : old === undefined
        ? { kind: "fault", why: { kind: "not-there" } }
        : endRow(old, secondsOf(one.at), context);
  if (acted.kind === "fault") return false;
  if (acted.kind === "none") return true;
  const { row } = acted;
  const all: WantedRow[] = [...rows.filter(({ id }) => id !== old?.id), row];
  const said = { flags: row.flags, facts: {}, validFrom: undefined, validUntil: undefined, reference: undefined };
  const done = { key, externalId: row.externalId, at: context.at, kind: acted.act, by: "me", reason: undefined, said };
  takeActs(feed, options, { keys: [{ key, rows: all, changed: new Set([row]) }], acts: [done] });
  return true;
}

function factsOf(more: Given): GivenFacts {
  return {
    facts: "category" in more ? { category: more.category } : {},
    ...("from" in more ? { validFrom: secondsOf(more.from) } : {}),
    ...("until" in more ? { validUntil: secondsOf(more.until) } : {}),
  };
}

/** A ledger whose process ends before the snapshot counts. */
class KilledLedger extends Ledger {
  override finish(_source: number, _compiling: string, _isUnfinished: boolean, commit: () => void): void {
    super.finish(_source, _compiling, _isUnfinished, () => {
      commit();
      throw new Error("killed");
    });
  }
}

it("over any history of acts, times and kills the snapshot is what a model says, and a trial writes nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), (steps) => {
      const db = openForWriting(":memory:");
      try {
        let now = start;
        const clock = { nowMs: () => 1000 * now };
        const snapshots = new Snapshots(db);
        const real = {
          snapshots,
          ledger: new Ledger(db),
          profiles: snapshots.profiles,
          clock,
          historySeconds: 30 * 86_400,
          entryActs: new EntryActs(db),
        };
        refreshManual(feed, real);
        const model = new Model();
        let acts = 0;
        for (const one of steps) {
          if (one.kind === "wait") now += one.hours * hour;
          model.at = Math.max(now, snapshots.current("kept")?.compiledFor ?? 0);
          if (one.kind === "wait") refreshManual(feed, real);
          else if (one.kind === "killed") {
            refreshManual(feed, real);
            const before = contentOf(db);
            const doomed = { kind: "add" as const, name: "z.example", flags: 1, given: {}, dry: false };
            expect(() => act({ ...real, ledger: new KilledLedger(db) }, doomed)).toThrow("killed");
            expect(contentOf(db)).toEqual(before);
          } else {
            const place = `${one.name} ${one.flags}`;
            const may = (to: Model): boolean =>
              one.kind === "add" ? to.add(place, one.given) : to.end(place, secondsOf(one.at));
            refreshManual(feed, real);
            if (one.dry) {
              const before = contentOf(db);
              const trial = new Model();
              for (const [at, entry] of model.entries) trial.entries.set(at, { ...entry });
              trial.at = model.at;
              const dry = new DrySnapshots(db);
              const options = {
                snapshots: dry,
                ledger: new DryLedger(db),
                profiles: dry.profiles,
                clock,
                historySeconds: 30 * 86_400,
                entryActs: new DryEntryActs(db),
              };
              expect(act(options, one)).toBe(may(trial));
              expect(listedIn(dry)).toEqual(trial.listed());
              dry.discardAll();
              expect(contentOf(db)).toEqual(before);
            } else {
              const isKnown = contentOf(db);
              const did = act(real, one);
              expect(did).toBe(may(model));
              if (did && JSON.stringify(contentOf(db)) !== JSON.stringify(isKnown)) acts += 1;
            }
          }
          sweepSnapshots(db, [], 0);
          expect(listedIn(snapshots)).toEqual(model.listed());
          expect(snapshots.current("kept")?.entries).toBe(model.listed().length);
          expect(db.prepare("SELECT count(*) FROM entry_act").pluck().get()).toBe(acts);
          // One row for each name and what it blocks, however often it was added.
          expect(db.prepare("SELECT count(*) FROM ledger").pluck().get()).toBe(model.entries.size);
        }
      } finally {
        db.close();
      }
    }),
    { numRuns: 200 },
  );
});
