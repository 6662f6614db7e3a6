/**
 * Runs everything: serves what is published from the first moment, and orders a build at the start, when a list or the
 * configuration changes, when a refresh time comes, and when asked. Builds run in other processes, one at a time.
 */

import { dirname } from "node:path";
import { nowSeconds, steadyMs } from "../base/clock.ts";
import { startTimer } from "../base/timer.ts";
import { guardListsOf } from "../config/guards.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import type { Config } from "../config/types.ts";
import type { Database } from "../store/database.ts";
import { Ledger } from "../store/ledger.ts";
import { isAllowed } from "../xfr/acl.ts";
import type { BoundAddress } from "../xfr/listeners.ts";
import { type BuildEnd, buildsInChildren, type RunningBuild, type StartBuild } from "./build-process.ts";
import { BuildQueue } from "./build-queue.ts";
import { type BuildReport, buildFailed } from "./build-report.ts";
import { DueTimer } from "./due-timer.ts";
import { type FetchProcess, fetchesInChild } from "./fetch-process.ts";
import { Fetching } from "./fetching.ts";
import { holdInWords, holdRemedy } from "./hold-words.ts";
import { NotifiedZones } from "./notified-zones.ts";
import { overrideInWords } from "./overrides.ts";
import { RefreshTimes } from "./refresh-times.ts";
import { type ServeOptions, Serving, sameConfig } from "./serve.ts";
import { freesItself } from "./source-hold-report.ts";
import { Watch, type WatchOptions, type WatchTargets } from "./watch.ts";

export interface RunOptions extends ServeOptions {
  /** Reads the configuration again, given the one in force. @throws ConfigError */
  readonly loadAgain: (before: Config) => Config;
  readonly startBuild?: StartBuild;
  readonly fetchProcess?: FetchProcess;
  /** How long a build waits for lists that were never fetched. */
  readonly firstFetchMsMax?: number;
  readonly watch?: Pick<WatchOptions, "settleMs" | "pollMs">;
}

/** Another build has the store: it takes in what we would, but perhaps not the latest change. */
const lockedRetryMs = 5000;
/** A build that came to nothing, such as on a full disk. */
const failedRetryMs = 60_000;
/** Most lists come within a few seconds; the others are not to keep all zones waiting. */
const firstFetchMsMaxDefault = 10_000;
/** A list that a day's cap holds back is looked at again so often. */
const capSeconds = 3600;
/** So long a new copy waits for others that are fetched with it, so that one build does for all. */
const togetherMs = 2000;

export class Running {
  readonly #options: RunOptions;
  readonly #serving: Serving;
  readonly #queue: BuildQueue;
  readonly #watch: Watch;
  readonly #startBuild: StartBuild;
  readonly #refreshTimes = new RefreshTimes();
  /** For lists on hold that a day's cap frees by itself. */
  readonly #capTimer: DueTimer;
  readonly #dueTimer: DueTimer;
  /** What it is set to. */
  #due: number | undefined;
  /** What it last woke for: a build that cannot take that in is tried again as others are. */
  #wokenFor: number | undefined;
  readonly #fetching: Fetching;
  readonly #notify: NotifiedZones;
  #copiesTimer: NodeJS.Timeout | undefined;
  #refreshTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #build: RunningBuild | undefined;
  #reported = { tryLine: false, locked: false };
  /** What was last reported of zones on hold, by apex. */
  readonly #holds = new Map<string, string>();
  #left: readonly string[] = [];
  /** Whether the configuration as it was last read has faults. */
  #faulty = false;
  #stopping = false;

  private constructor(options: RunOptions, serving: Serving, notify: NotifiedZones) {
    this.#options = options;
    this.#notify = notify;
    this.#serving = serving;
    this.#startBuild = options.startBuild ?? buildsInChildren();
    this.#queue = new BuildQueue({ build: (reread) => this.#buildOnce(reread) });
    this.#capTimer = new DueTimer(options.clock, () => this.#queue.request());
    this.#dueTimer = new DueTimer(options.clock, () => {
      this.#wokenFor = this.#due;
      this.#queue.request();
    });
    this.#fetching = new Fetching({
      clock: options.clock,
      reporter: options.reporter,
      process: options.fetchProcess ?? fetchesInChild(),
      onCopy: () => this.#watch.lookNow(),
      onIdle: () => this.#buildWithCopies(),
    });
    this.#watch = new Watch({ ...options.watch, onChange: (changed) => this.#take(changed) });
  }

  /** Resolves when every address answers and the first build is ordered. @throws OperatorError as `Serving.start` */
  static async start(options: RunOptions): Promise<Running> {
    let running: Running | undefined;
    // What is served then must not go on going back until some list changes.
    const onBehind = (): void => running?.hangUp();
    const onCommit = (db: Database): void => running?.noteDue(db);
    const notify = new NotifiedZones((name) => running?.refetch(name));
    running = new Running(options, await Serving.start({ ...options, onBehind, onCommit, notify }), notify);
    await running.#configure();
    // What changed after the configuration was read and before it was watched would go unseen.
    await running.#reload();
    return running;
  }

  get addresses(): readonly BoundAddress[] {
    return this.#serving.addresses;
  }

  /** Transfers that run now. */
  get transfers(): number {
    return this.#serving.transfers;
  }

  /** Reads the configuration and builds, changed or not. */
  hangUp(): void {
    void this.#reload();
  }

  /** Fetches a list soon: its host says that it changed. */
  refetch(name: string): void {
    this.#fetching.notify(name);
  }

  /** Watches and schedules what the configuration in force names. */
  async #configure(): Promise<void> {
    const { config } = this.#serving;
    this.#refreshTimes.configure(config.sources, steadyMs(this.#options.clock));
    this.#scheduleRefresh();
    await this.#watch.set(targetsOf(config));
    this.#fetching.configure(config);
    this.#notify.configure(config);
  }

  #take(changed: ReadonlySet<string>): void {
    const { config } = this.#serving;
    const lists = [...indicatorListsOf(config), ...guardListsOf(config.guards)];
    const files = new Set(lists.filter(({ fetch }) => fetch === undefined).map(({ from }) => from));
    const copies = new Set(lists.filter(({ fetch }) => fetch !== undefined).map(({ from }) => from));
    const { reporter } = this.#options;
    const folders = foldersOf(config);
    for (const path of changed) if (folders.has(path)) this.#fetching.lookInto(path);
    const others = [...changed].filter((path) => !folders.has(path));
    if (others.length === 0) return;
    for (const path of others) if (files.has(path)) reporter.info({ file: path }, "a list changed");
    if (others.some((path) => !files.has(path) && !copies.has(path))) void this.#reload();
    else if (others.some((path) => files.has(path))) this.#queue.request();
    else this.#copiesTimer ??= startTimer(() => this.#buildWithCopies(), this.#fetching.isBusy ? togetherMs : 0);
  }

  /** Builds where copies wait for that. */
  #buildWithCopies(): void {
    if (this.#copiesTimer === undefined) return;
    clearTimeout(this.#copiesTimer);
    this.#copiesTimer = undefined;
    this.#queue.request();
  }

  /** Takes in the configuration where it has no fault, and builds either way. */
  async #reload(): Promise<void> {
    const { reporter, loadAgain } = this.#options;
    try {
      const wanted = loadAgain(this.#serving.config);
      if (!sameConfig(this.#serving.config, wanted)) {
        await this.#serving.reload(wanted);
        await this.#configure();
        reporter.report({}, "took in the changed configuration");
      } else if (this.#faulty) reporter.report({}, "the configuration has no fault any more");
      this.#faulty = false;
    } catch (error) {
      this.#faulty = true;
      this.#serving.refuse(error);
    }
    this.#queue.request();
  }

  /** Wakes for what others wrote of entries that begin or end: people add and end them while this runs. */
  noteDue(db: Database): void {
    // A build that runs tells itself what is due next.
    if (this.#stopping || this.#build !== undefined) return;
    const ledger = new Ledger(db);
    const times = this.#serving.config.sources.flatMap(({ id }) => {
      const source = ledger.sourceOf(id)?.source;
      return source === undefined ? [] : (ledger.nextDue(source) ?? []);
    });
    const due = times.length === 0 ? undefined : Math.min(...times);
    if (due === this.#due || (due !== undefined && due === this.#wokenFor)) return;
    this.#dueTimer.set((this.#due = due));
  }

  #scheduleRefresh(): void {
    clearTimeout(this.#refreshTimer);
    const next = this.#refreshTimes.nextMs;
    if (next === undefined || this.#stopping) return;
    const wait = Math.max(0, next - steadyMs(this.#options.clock));
    this.#refreshTimer = startTimer(() => {
      const ids = this.#refreshTimes.take(steadyMs(this.#options.clock));
      if (ids.length > 0) this.#queue.request(ids);
      this.#scheduleRefresh();
    }, wait);
  }

  async #buildOnce(reread: readonly string[]): Promise<void> {
    clearTimeout(this.#retryTimer);
    await this.#fetching.tried(this.#options.firstFetchMsMax ?? firstFetchMsMaxDefault);
    if (this.#stopping) return;
    const { config } = this.#serving;
    const started = this.#startBuild(config, reread, this.#options.reporter);
    this.#build = started;
    const end = await started.end;
    this.#build = undefined;
    // A build that was stopped with us has nothing to say.
    if (!this.#stopping) this.#tell(end, config);
  }

  #tell(end: BuildEnd, config: Config): void {
    const { reporter } = this.#options;
    const locked = end.kind === "failed" && end.error.code === "BUILD_HELD";
    if (end.kind === "built") {
      // The new serials first, and the end of the build behind them.
      this.#serving.poll();
      const { report } = end;
      const { seconds, peakRssBytes } = report;
      for (const override of report.overrides) reporter.report({ ...override }, overrideInWords(override));
      reporter.report({ seconds, peakRssBytes }, inWords(report));
      this.#dueTimer.set((this.#due = nextDue(report)));
      const waitsForCap = report.sources.some(({ held }) => freesItself(held));
      this.#capTimer.set(waitsForCap ? nowSeconds(this.#options.clock) + capSeconds : undefined);
      // What was committed between the end of the build and now.
      const { database } = this.#serving;
      if (database !== undefined) this.noteDue(database);
      this.#reportHolds(report);
      this.#reportLeft(report);
      this.#tellWhatToTry(report, config);
      if (buildFailed(report)) this.#retryIn(failedRetryMs);
    } else if (locked) {
      if (!this.#reported.locked) reporter.warn({}, `${end.error.message}; trying again until it is done`);
      this.#retryIn(lockedRetryMs);
    } else {
      const why = end.kind === "failed" ? `${end.error.message}. ${end.error.remedy}` : `the build ended by ${end.how}`;
      reporter.error({}, `${why}; trying again in ${failedRetryMs / 1000} s, and what is published stays served`);
      this.#retryIn(failedRetryMs);
    }
    this.#reported.locked = locked;
  }

  /** Each hold once, and again when what is held changes. */
  #reportHolds({ zones }: BuildReport): void {
    const { reporter } = this.#options;
    for (const { apex, hold, error } of zones) {
      const text = hold === null ? undefined : holdInWords(hold);
      if (error !== null || text === this.#holds.get(apex)) continue;
      if (hold === null || text === undefined) {
        this.#holds.delete(apex);
        reporter.report({ zone: apex }, `${apex} is on hold no more`);
      } else {
        this.#holds.set(apex, text);
        const { since, rules } = hold;
        reporter.warn({ zone: apex, since, ...rules }, `${apex} is on hold ${text}; ${holdRemedy(apex)}`);
      }
    }
  }

  /** What left the configuration, once each. */
  #reportLeft({ left }: BuildReport): void {
    for (const { kind, name, bytes } of left) {
      if (this.#left.includes(`${kind} ${name}`)) continue;
      const text = `${kind} ${name} left the configuration and is kept until \`rpzmill store forget ${name}\``;
      this.#options.reporter.report({ kind, name, bytes }, text);
    }
    this.#left = left.map(({ kind, name }) => `${kind} ${name}`);
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = startTimer(() => this.#queue.request(), ms);
  }

  /** Once, after the first build that gave a zone. */
  #tellWhatToTry(report: BuildReport, config: Config): void {
    if (this.#reported.tryLine) return;
    const built = config.zones.filter(({ apex }) =>
      report.zones.some((zone) => zone.apex === apex && zone.error === null),
    );
    const [bound] = this.addresses;
    const [first] = built;
    if (first === undefined || bound === undefined) return;
    this.#reported.tryLine = true;
    const address = bound.address === "0.0.0.0" ? "127.0.0.1" : bound.address === "::" ? "::1" : bound.address;
    const open = built.find(({ transfer }) => isAllowed(transfer, address, undefined));
    const { apex } = open ?? first;
    const line = `dig @${address} -p ${bound.port} ${apex} AXFR`;
    const caution = open === undefined ? " (the zone's `transfer` asks for another address or a key)" : "";
    this.#options.reporter.report({ line }, `try: ${line}${caution}`);
  }

  /** Ends a running build, lets running transfers end, and closes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#retryTimer);
    this.#dueTimer.set(undefined);
    this.#capTimer.set(undefined);
    clearTimeout(this.#copiesTimer);
    this.#fetching.stop();
    this.#watch.close();
    this.#build?.stop();
    await Promise.all([this.#queue.close(), this.#serving.stop()]);
  }
}

/** Unix seconds: when something that a source reported begins, ends or fades next. */
function nextDue({ sources }: BuildReport): number | undefined {
  const times = sources.flatMap(({ due }) => (due === null ? [] : [Date.parse(due) / 1000]));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Folders where files appear. */
function foldersOf(config: Pick<Config, "sources" | "allow">): Set<string> {
  const fetches = indicatorListsOf(config).flatMap(({ fetch }) => (fetch?.kind === "folder" ? fetch.folder : []));
  return new Set(fetches);
}

function targetsOf({ file, keyFiles, sources, allow, guards, zones }: Config): WatchTargets {
  const looked = [...foldersOf({ sources, allow })];
  return {
    looked,
    files: [
      ...looked,
      file,
      ...keyFiles,
      ...indicatorListsOf({ sources, allow }).map(({ from }) => from),
      // Those of the program change with the program, which is started anew then.
      ...guardListsOf(guards)
        .filter(({ builtIn }) => !builtIn)
        .map(({ from }) => from),
      ...zones.map(({ definedIn }) => definedIn),
    ],
    folders: [...new Set(zones.map(({ definedIn }) => dirname(definedIn)))],
    counts: (name) => /\.ya?ml$/.test(name),
  };
}

function inWords({ zones, seconds }: BuildReport): string {
  const changed = zones.filter((zone) => zone.changed).length;
  const failed = zones.filter(({ error }) => error !== null).length;
  const onHold = zones.filter(({ outcome }) => outcome === "held").length;
  const what = changed === 0 ? "nothing changed" : `${changed} of ${zones.length} zones changed`;
  return `built in ${seconds.toFixed(2)} s: ${what}${onHold === 0 ? "" : `, ${onHold} on hold`}${failed === 0 ? "" : `, ${failed} could not be built`}`;
}
