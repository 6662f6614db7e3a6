/**
 * What people decide on entries that wait for a review: decisions, rows and snapshot of each source are written, then the zones
 * that take these sources are published, all while the store is locked, as for entries that people keep.
 */
import { isManual } from "../config/source-kinds.ts";
import type { Config, ListSourceConfig } from "../config/types.ts";
import {
  type Decided,
  type Deciding,
  decideRow,
  type ReviewedRow,
  readyToDecide,
  takeDecisions,
} from "../feed/ledger/decide.ts";
import type { WantedRow } from "../feed/ledger/sync.ts";
import { keysOfChanged } from "../feed/ledger/take-rows.ts";
import type { Ledger } from "../store/ledger.ts";
import type { StoredReview } from "../store/reviews.ts";
import { type ActOptions, effectsOf, type PlannedEntry, withActLock } from "./act-on-rows.ts";
import { type BuildStore, refreshAll } from "./build.ts";
import { isFirstBuild, type KeptZone, publishSources, zonesTaking } from "./publish-source.ts";

/** What a person named: a review by its number, or all of a name. */
export type GivenReview =
  | { readonly kind: "number"; readonly text: string; readonly number: number }
  | { readonly kind: "name"; readonly text: string; readonly keys: readonly Uint8Array[] };

/** Why nothing can be decided on something. */
export type ReviewFault =
  | Extract<Decided, { kind: "fault" }>["why"]
  /** No review ever had the number. */
  | "unknown"
  /** What had the number is no longer to be decided: its source says something else now, or nothing. */
  | "gone"
  /** No entry of the name is reviewed, or none of it waits. */
  | "not-waiting"
  /** The source left the configuration. */
  | "not-configured"
  | "not-built";

export interface DecidedEntry extends PlannedEntry {
  readonly source: ListSourceConfig;
  readonly review: StoredReview;
  readonly decided: Exclude<Decided, { kind: "fault" }>;
}

export interface DecideOptions extends ActOptions, Pick<Deciding, "verdict" | "by" | "reason"> {
  readonly given: readonly GivenReview[];
  /** Of names, only entries of this source. */
  readonly source: string | undefined;
  /** Called where something cannot be decided; what it throws ends all, with nothing written. */
  readonly onFaults: (faults: readonly { readonly text: string; readonly why: ReviewFault }[]) => never;
  /** Called before anything is published: with the first entries, how many are decided on, and how many are not shown. */
  readonly onPlanned: (entries: readonly DecidedEntry[], changes: number, more: number) => void;
}

/**
 * Decides, and publishes the zones that take the sources.
 * @throws OperatorError what `onFaults` throws, BUILD_HELD after `waitMs`, STORE_UNUSABLE, STORE_TOO_NEW, STORE_NO_SPACE
 */
export function decideReviews(options: DecideOptions): Promise<readonly KeptZone[]> {
  return withActLock(options, (store) => decideIn(store, options));
}

/** A row that was named, and its source. */
interface Found extends ReviewedRow {
  readonly text: string;
  readonly source: ListSourceConfig;
}

interface Planned extends Found {
  readonly at: number;
  readonly decided: Exclude<Decided, { kind: "fault" }>;
}

async function decideIn(store: BuildStore, options: DecideOptions): Promise<KeptZone[]> {
  const { config, dryRun, onFaults, onPlanned } = options;
  const { snapshots, ledger } = store;
  const lists = config.sources.filter((source): source is ListSourceConfig => !isManual(source));
  // Without guards and allow lists nothing may be blocked, and these are read with everything else.
  const isFirst = lists.some((list) => isFirstBuild(store, zonesTaking(config, list)));
  if (isFirst) await refreshAll(store);
  const { historySeconds } = config;
  const { clock } = store.options;
  const how = { snapshots, ledger, profiles: snapshots.profiles, clock, historySeconds };
  const times = new Map<string, number>();
  for (const list of lists) {
    const at = readyToDecide(list, how);
    if (at !== undefined) times.set(list.id, at);
  }
  const planned = planAll(ledger, config, options, times, (profile) => snapshots.profiles.factsOf(profile));
  if ("faults" in planned) return onFaults(planned.faults);
  const sources = lists.filter((list) => planned.entries.some(({ source }) => source.id === list.id));
  const before = Object.fromEntries(sources.map(({ id }) => [id, snapshots.current(id)?.id ?? 0]));
  for (const source of sources) {
    const acts = planned.entries.flatMap(({ source: { id }, decided }) =>
      id === source.id && decided.kind === "act" ? [decided] : [],
    );
    const number = ledger.sourceOf(source.id)?.source as number;
    const changed = acts.flatMap(({ changes, row }) => (changes ? [row] : []));
    const keys = keysOfChanged(changed, (key) => ledger.rowsAt(number, key));
    if (acts.length > 0) {
      takeDecisions(source, how, times.get(source.id) as number, { keys, decisions: acts.map((act) => act.decision) });
    }
  }
  const shown = withEffects(store, config, planned.entries, before);
  const changes = planned.entries.filter(({ decided }) => decided.kind === "act").length;
  onPlanned(shown, changes, planned.entries.length - shown.length);
  return publishSources(store, sources, { isFirst, dryRun });
}

function planAll(
  ledger: Ledger,
  config: Config,
  { given, source, verdict, by, reason }: DecideOptions,
  times: ReadonlyMap<string, number>,
  factsOf: Deciding["profiles"]["factsOf"],
):
  | { readonly entries: readonly Planned[] }
  | { readonly faults: readonly { readonly text: string; readonly why: ReviewFault }[] } {
  const finder = new ReviewFinder(ledger, config);
  const faults: { readonly text: string; readonly why: ReviewFault }[] = [];
  const entries = new Map<number, Planned>();
  for (const one of given) {
    const found = finder.find(one, source, verdict === "accepted");
    if (typeof found === "string") faults.push({ text: one.text, why: found });
    else {
      for (const row of found) {
        const at = times.get(row.source.id);
        const { trust } = row.source;
        const decided: Decided | undefined =
          at === undefined ? undefined : decideRow(row, { at, verdict, by, reason, trust, profiles: { factsOf } });
        if (decided === undefined) faults.push({ text: one.text, why: "not-built" });
        else if (decided.kind === "fault") faults.push({ text: one.text, why: decided.why });
        else entries.set(row.review.id, { ...row, at: at as number, decided });
      }
    }
  }
  return faults.length > 0 ? { faults } : { entries: [...entries.values()] };
}

/** Finds the rows that people name. */
class ReviewFinder {
  readonly #ledger: Ledger;
  /** By their numbers in the store. */
  readonly #sources: ReadonlyMap<number, ListSourceConfig>;

  constructor(ledger: Ledger, { sources }: Config) {
    this.#ledger = ledger;
    this.#sources = new Map(
      sources.flatMap((source) => {
        const number = ledger.sourceOf(source.id)?.source;
        return number === undefined || isManual(source) ? [] : [[number, source] as const];
      }),
    );
  }

  /** `waits`: of a name, whether rows are meant that do not count, or also those that do. */
  find(given: GivenReview, source: string | undefined, waits: boolean): readonly Found[] | ReviewFault {
    const { text } = given;
    if (given.kind === "number") {
      const review = this.#ledger.reviews.byId(given.number);
      if (review === undefined) return this.#ledger.reviews.wasGiven(given.number) ? "gone" : "unknown";
      const config = this.#sources.get(review.source);
      if (config === undefined) return "not-configured";
      const rows = this.#rowsAt(text, review.source, config, review.key);
      return rows.filter((row) => row.review.id === given.number);
    }
    const rows = [...this.#sources].flatMap(([number, config]) =>
      source === undefined || config.id === source
        ? given.keys.flatMap((key) => this.#rowsAt(text, number, config, key))
        : [],
    );
    const inState = (...states: readonly WantedRow["state"][]): Found[] =>
      rows.filter(({ row: { state } }) => states.includes(state));
    const waiting = inState("review");
    const found = waiting.length > 0 ? waiting : waits ? inState("refused") : inState("reported", "kept", "refused");
    return found.length > 0 ? found : "not-waiting";
  }

  #rowsAt(text: string, number: number, source: ListSourceConfig, key: Uint8Array): Found[] {
    const decisions = this.#ledger.decisions.at(number, key);
    return this.#ledger.rowsAt(number, key).flatMap((row) => {
      const review = this.#ledger.reviews.of(row.id);
      return review === undefined ? [] : [{ text, source, row, review, decisions }];
    });
  }
}

/** Entries of which it is said what zones make of them. */
const shownMax = 200;

function withEffects(
  store: BuildStore,
  config: Config,
  entries: readonly Planned[],
  before: Readonly<Record<string, number>>,
): DecidedEntry[] {
  const shown = entries.slice(0, shownMax);
  const sources = new Set(shown.map(({ source }) => source));
  return [...sources].flatMap((source) => {
    const own = shown.filter((entry) => entry.source === source);
    const at = own[0]?.at ?? 0;
    const planned = effectsOf(store, config, { source, rows: own.map(({ decided }) => decided.row), at }, before);
    return own.map(({ decided, review }, i) => ({ ...(planned[i] as PlannedEntry), source, review, decided }));
  });
}
