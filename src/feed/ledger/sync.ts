/**
 * Brings the rows of a source in the ledger in line with what it reports now: what is new gets a row, what differs is
 * noted in the row that it had, what is no longer reported is withdrawn. Both come sorted by key, so it is one pass, and
 * what stays as it is costs a comparison.
 */
import { compareBytes } from "../../base/bytes.ts";
import type { Facts } from "../../indicator/facts/facts.ts";
import { decodeFacts, externalIdOf, type PlainReport, readReport } from "../../indicator/facts/report.ts";
import type { LedgerFacts, LedgerRow } from "../../store/ledger.ts";
import { isGone } from "../../store/ledger-states.ts";
import type { BoundedProfile } from "./bounded-profiles.ts";
import { digestOf } from "./digest.ts";
import { type Identity, matchRows } from "./match-rows.ts";
import { type Reviewing, reviewOf, reviewState, standingOf } from "./verdict.ts";

/** One report of a name or address, as it was read. */
export interface KeyedReport {
  readonly key: Uint8Array;
  readonly flags: number;
  /** See `report.ts`. */
  readonly text: string;
}

/** A row as it is from now on; without an id where it is new. */
export interface WantedRow extends Omit<LedgerFacts, "due"> {
  readonly id?: number;
  /** Of a row that changes the compiler says it. */
  due: number | undefined;
  /** As it is stored so far, where it is to be written. */
  readonly was?: LedgerRow;
}

/** A row that says what it did says so since it did. */
export function dated(row: WantedRow): WantedRow {
  return row.was === undefined || !saysTheSame(row, row.was) ? row : { ...row, changedAt: row.was.changedAt };
}

export interface SyncOptions {
  /** Unix seconds: when the source was read. */
  readonly takenAt: number;
  /** Unix seconds: when it was read before; what is withdrawn was last seen then. */
  readonly readBefore: number | undefined;
  /** Whether a row that is not reported is withdrawn: where a part of a source was read, others stay as they are. */
  withdraws(row: LedgerRow): boolean;
  profileOf(facts: Facts): BoundedProfile;
  factsOf(profile: number): Facts;
  /** Called with the key of each row whose facts are not all in its profile, and with its facts as its report has them. */
  onCut?(key: Uint8Array, facts: string): void;
  /** Absent where nobody decided anything and nobody need. */
  readonly reviewing?: Reviewing | undefined;
  /** Whether rows whose report is as it was may have been reviewed otherwise. */
  readonly reviewsAnew?: boolean;
}

/** Rows of one key. */
export interface KeyRows {
  readonly key: Uint8Array;
  /** All rows of the key from now on; `due` is for the compiler to say. */
  readonly rows: readonly WantedRow[];
  /** Which of `rows` are to be written. */
  readonly changed: ReadonlySet<WantedRow>;
}

/**
 * Walks reports (sorted by key, then by text) beside the rows there are (sorted by key), and yields each key with what its
 * rows are from now on.
 */
export function* syncRows(
  reports: Iterator<KeyedReport, unknown>,
  stored: Iterator<LedgerRow, unknown>,
  options: SyncOptions,
): Generator<KeyRows, undefined> {
  const remembering = { ...options, profileOf: rememberProfiles(options.profileOf) };
  let report = reports.next();
  let row = stored.next();
  while (report.done !== true || row.done !== true) {
    const order = report.done === true ? 1 : row.done === true ? -1 : compareBytes(report.value.key, row.value.key);
    const key = order <= 0 ? (report.value as KeyedReport).key : (row.value as LedgerRow).key;
    const said: KeyedReport[] = [];
    for (; report.done !== true && sameKey(report.value.key, key); report = reports.next()) said.push(report.value);
    const rows: LedgerRow[] = [];
    for (; row.done !== true && sameKey(row.value.key, key); row = stored.next()) rows.push(row.value);
    yield syncKey(key, said, rows, remembering);
  }
}

type KeyOptions = Omit<SyncOptions, "profileOf"> & {
  /** Of facts as a report's text has them. */
  profileOf(facts: string): BoundedProfile;
};

/** Texts of facts that are remembered with their profiles: many reports have the same. */
const rememberedFacts = 50_000;

function rememberProfiles(profileOf: SyncOptions["profileOf"]): KeyOptions["profileOf"] {
  const profiles = new Map<string, BoundedProfile>();
  return (facts) => {
    let profile = profiles.get(facts);
    if (profile === undefined) {
      profile = profileOf(decodeFacts(facts));
      if (profiles.size === rememberedFacts) profiles.clear();
      profiles.set(facts, profile);
    }
    return profile;
  };
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

function syncKey(
  key: Uint8Array,
  said: readonly KeyedReport[],
  stored: readonly LedgerRow[],
  options: KeyOptions,
): KeyRows {
  if (stored.length === 0 && said.length === 1) return firstOfKey(key, said[0] as KeyedReport, options);
  const rows: WantedRow[] = [];
  const changed = new Set<WantedRow>();
  const left = new Set(stored);
  const used = new Set(stored.map(({ externalId }) => externalId));
  for (const { report, identity, old } of rowsOf(said, stored, options)) {
    if (old !== undefined) left.delete(old);
    const isSame = old !== undefined && old.digest === identity.digest && !isGone(old.state);
    if (isSame && !mayBeReviewed(report, old, options)) {
      rows.push(old);
      continue;
    }
    const externalId = old?.externalId ?? unusedId(identity.externalId, used);
    const row = rowOf(report, { key, externalId, digest: identity.digest, old }, options);
    if (isSame && saysTheSame(row, old)) {
      rows.push(old);
      continue;
    }
    rows.push(row);
    changed.add(row);
  }
  for (const old of left) {
    if (old.state === "withdrawn" || !options.withdraws(old)) {
      rows.push(old);
      continue;
    }
    const { takenAt, readBefore } = options;
    const lastSeen = old.lastSeen ?? readBefore ?? takenAt;
    const row: WantedRow = { ...old, was: old, state: "withdrawn", lastSeen, changedAt: takenAt, due: undefined };
    rows.push(row);
    changed.add(row);
  }
  return { key, rows, changed };
}

/** Whether a row that stays as it is may be reviewed otherwise now. */
function mayBeReviewed({ text }: KeyedReport, { state }: LedgerRow, { reviewsAnew, reviewing }: KeyOptions): boolean {
  if (reviewsAnew !== true) return false;
  const isOpen = state === "review" || state === "refused" || reviewing?.trust === "untrusted";
  return isOpen || readReport(text).review !== undefined;
}

interface ReportOfRow {
  readonly report: KeyedReport;
  readonly identity: Pick<Identity, "externalId" | "digest">;
  readonly old: LedgerRow | undefined;
}

/** Each report once, with the row that it had so far. */
function rowsOf(said: readonly KeyedReport[], stored: readonly LedgerRow[], options: KeyOptions): ReportOfRow[] {
  // The same row twice says nothing more.
  const reports = said.filter(({ text, flags }, i) => text !== said[i - 1]?.text || flags !== said[i - 1]?.flags);
  const all = reports.map((report) => ({
    report,
    identity: { externalId: externalIdOf(report.text), digest: digestOf(report.flags, report.text) },
  }));
  const [only] = all;
  // Most names have one row.
  if (
    only !== undefined &&
    all.length === 1 &&
    stored.length === 1 &&
    only.identity.externalId === stored[0]?.externalId
  ) {
    if (only.identity.externalId !== "" || only.identity.digest === stored[0].digest)
      return [{ ...only, old: stored[0] }];
  }
  const identity = all.map(({ report, identity: { externalId, digest } }) => {
    const { facts, reference } = readReport(report.text);
    return { externalId, digest, reference, organisation: decodeFacts(facts).organisation };
  });
  const olds = matchRows(identity, stored, ({ profile }) => options.factsOf(profile).organisation);
  return all.map((one, i) => ({ ...one, old: olds[i] }));
}

/** The one report of a name that has no row yet: most of a first reading. */
function firstOfKey(key: Uint8Array, report: KeyedReport, options: KeyOptions): KeyRows {
  const externalId = externalIdOf(report.text);
  const digest = digestOf(report.flags, report.text);
  const row = rowOf(report, { key, externalId, digest, old: undefined }, options);
  return { key, rows: [row], changed: new Set([row]) };
}

/** Ids are the source's own; a second report without any gets a number. */
function unusedId(id: string, used: Set<string>): string {
  let free = id;
  for (let n = 2; used.has(free); n++) free = `${id}~${n}`;
  used.add(free);
  return free;
}

function rowOf(
  { flags, text }: KeyedReport,
  { key, externalId, digest, old }: Pick<LedgerFacts, "key" | "externalId" | "digest"> & { old: LedgerRow | undefined },
  { takenAt, profileOf, onCut, reviewing = unreviewed }: KeyOptions,
): WantedRow {
  const report = readReport(text);
  const { facts, firstSeen, lastSeen, reference } = report;
  const { number, cut } = profileOf(facts);
  if (cut !== undefined) onCut?.(key, facts);
  const reviewed = reviewOf(report, flags, reviewing);
  const review = reviewed === undefined ? null : { ...reviewed, at: takenAt };
  const claim = timesOf(report, old);
  const decided = (): LedgerFacts["state"] | undefined =>
    review === null || (claim.state !== "reported" && claim.state !== "kept")
      ? undefined
      : reviewState(standingOf(reviewing.decisionsAt(key), { externalId, digest: review.digest }, reviewing.trust));
  return dated({
    ...(old === undefined ? {} : { id: old.id, was: old }),
    key,
    externalId,
    flags,
    digest,
    profile: number,
    ...claim,
    state: decided() ?? claim.state,
    review,
    // What the source says counts, then what we saw. A time to come is a mistake.
    firstSeen: Math.min(firstSeen ?? takenAt, old?.firstSeen ?? takenAt, takenAt),
    lastSeen: lastSeen === undefined ? undefined : Math.min(lastSeen, takenAt),
    reference: cut === undefined ? reference : [...(reference === undefined ? [] : [reference]), cut].join("; "),
    changedAt: takenAt,
    due: undefined,
    returned: old?.state === "withdrawn" ? takenAt : old?.returned,
  });
}

/**
 * The state of a row, and from when until when it counts. Where the times cannot be read those count that it had before, or
 * stricter ones, if the source reported it then.
 */
function timesOf(
  { validFrom, validUntil, revoked, unreadable }: PlainReport,
  old: LedgerRow | undefined,
): Pick<LedgerFacts, "state" | "validFrom" | "validUntil"> {
  if (revoked) return { state: "revoked", validFrom, validUntil };
  if (unreadable === undefined) return { state: "reported", validFrom, validUntil };
  const hadTimes = old !== undefined && withTimes.includes(old.state);
  if (unreadable !== "times" || !hadTimes) return { state: "unreadable", validFrom, validUntil };
  return {
    state: "kept",
    validFrom: Math.max(old.validFrom ?? 0, validFrom ?? 0) || undefined,
    validUntil: validUntil === undefined ? old.validUntil : Math.min(old.validUntil ?? validUntil, validUntil),
  };
}

/** States of rows whose times could be read when they came to be in it. */
const withTimes: readonly LedgerFacts["state"][] = ["reported", "revoked", "kept", "review", "refused"];

/** Nobody decided anything, and nobody need where the source does not say so. */
const unreviewed: Reviewing = { trust: "automatic", decisionsAt: () => [] };

/** Whether a row says what it did, whenever it was seen. */
function saysTheSame(a: LedgerFacts, b: LedgerFacts): boolean {
  return (
    a.flags === b.flags &&
    a.profile === b.profile &&
    a.validFrom === b.validFrom &&
    a.validUntil === b.validUntil &&
    a.state === b.state &&
    a.reference === b.reference
  );
}
