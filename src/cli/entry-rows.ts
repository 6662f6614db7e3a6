/** Rows of the ledger as `entry list` and `entry show` print them: what was reported of a name, and whether it counts. */
import { isoTime } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { isManual } from "../config/source-kinds.ts";
import type { Config } from "../config/types.ts";
import { labelEnds } from "../dns/name.ts";
import { idOfFlags } from "../feed/ledger/acts.ts";
import { compileRow } from "../feed/ledger/compile.ts";
import { compilingOf } from "../feed/ledger/compiling.ts";
import { type EntryState, stateOf } from "../feed/ledger/states.ts";
import { flag } from "../indicator/entry/collector.ts";
import { splitTrigger } from "../indicator/entry/shown-key.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { readItem } from "../indicator/item.ts";
import type { Item } from "../indicator/item-host.ts";
import { keyOfTarget, prefixesAround, triggersFor } from "../mill/look.ts";
import { addressKey, parsePrefix, prefixOfKey } from "../rpz/address.ts";
import { isAddressTrigger } from "../rpz/label.ts";
import { keyInSection, restOfKey, triggerOfKey } from "../rpz/section.ts";
import type { LedgerFacts, LedgerRow } from "../store/ledger.ts";
import type { StoredReview } from "../store/reviews.ts";
import type { EntryHistory } from "./entry-history.ts";
import { factsInWords } from "./fact-words.ts";
import { nameOf, type Piece, wordsOfFlags } from "./past-source.ts";
import { reviewValue, stateOfReviewed } from "./review-text.ts";
import type { Store } from "./store.ts";

/** A row with what it says as of the source's last build. */
export interface ShownRow {
  readonly source: string;
  /** Whether people keep the source's entries. */
  readonly isKept: boolean;
  readonly row: LedgerFacts;
  readonly state: EntryState;
  readonly facts: Facts;
  /** What age has left of its confidence; undefined where nothing is known of it. */
  readonly confidenceNow: number | undefined;
  /** What a person must decide on it, or has decided on. */
  readonly review?: StoredReview | undefined;
}

/** Gives the rows of a source as they are shown; undefined where it never had any. */
export function rowsShownOf(
  source: string,
  { sources }: Config,
  { snapshots, profiles, ledger }: Pick<Store, "snapshots" | "profiles" | "ledger">,
): (row: LedgerRow) => ShownRow {
  const list = sources.find(({ id }) => id === source);
  const at = snapshots.current(source)?.compiledFor ?? 0;
  const compiling = compilingOf(list ?? { confidence: 0 }, at, profiles.trial());
  return (row) => {
    const facts = profiles.factsOf(row.profile);
    const { counts, profile } = compileRow(row, compiling);
    const confidenceNow = compiling.profiles.factsOf(profile).confidence;
    return {
      source,
      isKept: list !== undefined && isManual(list),
      row,
      state: stateOf(row, counts, compiling),
      facts,
      confidenceNow,
      review: ledger.reviews.of(row.id),
    };
  };
}

/** The key of a name or an address that was given. @throws OperatorError USAGE where it is neither */
export function keyGiven(text: string): Uint8Array {
  const { trigger, rest } = splitTrigger(text);
  const prefix = parsePrefix(rest.trim());
  const item: Item = prefix === undefined ? readItem(rest) : { kind: "address", key: addressKey(prefix) };
  if (item.kind !== "reject" && trigger === undefined) return item.key;
  if (item.kind === "name" && trigger !== undefined && !isAddressTrigger(trigger))
    return keyInSection(trigger, item.key);
  const given = item.kind === "address" ? prefixOfKey(item.key) : undefined;
  if (given !== undefined && trigger !== undefined && isAddressTrigger(trigger)) return addressKey(given, trigger);
  throw new OperatorError(
    "USAGE",
    `Cannot look up "${text}": ${item.kind === "reject" ? item.reason : `it is no ${item.kind === "name" ? "address" : "name"}`}`,
    "Give a domain name of two labels or more, or an IP address; of another trigger as in `nsdname ns1.example.net`",
  );
}

/** The keys of a name or an address that was given: without a trigger, for each that it may have. @throws OperatorError as `keyGiven` */
export function keysGiven(text: string): Uint8Array[] {
  const key = keyGiven(text);
  if (splitTrigger(text).trigger !== undefined) return [key];
  const target = prefixOfKey(key) ?? key;
  return triggersFor(target).map((trigger) => keyOfTarget(target, trigger));
}

/** What sources reported of a name or address, and of what holds it with all beneath; the widest first. */
export function reportsAround(
  given: string,
  config: Config,
  store: Pick<Store, "snapshots" | "profiles" | "ledger">,
): Piece[] {
  const asked = keyGiven(given);
  const trigger = triggerOfKey(asked);
  const prefix = prefixOfKey(asked);
  const name = restOfKey(trigger, asked);
  const around = prefix === undefined ? labelEnds(name).map((end) => name.subarray(0, end)) : prefixesAround(prefix);
  // Without a trigger, what is reported of it for any.
  const triggers = splitTrigger(given).trigger === undefined ? triggersFor(prefix ?? name) : [trigger];
  const keys = triggers.flatMap((of) =>
    around.map((one) => {
      const isAbove = one instanceof Uint8Array && one.length < name.length;
      return { key: keyOfTarget(one, of), bits: isAbove ? flag.blockBeneath | flag.exemptBeneath : ~0 };
    }),
  );
  return store.ledger.sources().flatMap(({ id, name: source }) => {
    const show = rowsShownOf(source, config, store);
    return keys.flatMap(({ key, bits }) => {
      const rows = store.ledger.rowsAt(id, key);
      return rows.filter(({ flags }) => flags & bits).map((row) => pieceOf(show(row), "both"));
    });
  });
}

/** States that are the source's doing, and of which the line says since when. */
const datedStates: ReadonlySet<EntryState> = new Set(["revoked", "unreadable", "withdrawn", "unread", "refused"]);

/** A row as a line for people and as an object, each with its history if that is given; `front` is what it begins with. */
export function pieceOf(shown: ShownRow, front: "name" | "source" | "both", history?: EntryHistory): Piece {
  const { source, isKept, row, state, facts, confidenceNow, review } = shown;
  const name = nameOf(row.key);
  const says = wordsOfFlags(row.flags, "block");
  const since = datedStates.has(state) ? ` since ${isoTime(row.changedAt)}` : "";
  const { validFrom } = row;
  // People ended it before it began.
  const isCancelled = isKept && state === "revoked" && validFrom !== undefined && row.changedAt < validFrom;
  const stateWords = isCancelled ? "cancelled" : review === undefined ? state : stateOfReviewed(state, review);
  const words = [
    ...says,
    ...factsInWords(facts, confidenceNow),
    ...timesInWords(row),
    ...(row.reference === undefined ? [] : [`reference ${row.reference}`]),
    // An automatic id says no more than what the entry blocks.
    ...(["", idOfFlags(row.flags)].includes(row.externalId) ? [] : [`id ${row.externalId}`]),
  ];
  const time = (seconds: number | undefined): string | null => (seconds === undefined ? null : isoTime(seconds));
  return {
    line: [
      `${{ name, source, both: `${source}: ${name}` }[front]} ${stateWords}${since}: ${words.join(", ")}`,
      ...(history?.lines ?? []).map((line) => `  ${line}`),
    ].join("\n"),
    value: {
      name,
      source,
      externalId: row.externalId,
      state,
      says,
      facts,
      confidenceNow: confidenceNow ?? null,
      validFrom: time(row.validFrom),
      validUntil: time(row.validUntil),
      firstSeen: isoTime(row.firstSeen),
      lastSeen: time(row.lastSeen),
      reference: row.reference ?? null,
      changedAt: isoTime(row.changedAt),
      due: time(row.due),
      ...(review === undefined ? {} : { review: reviewValue(review) }),
      ...(history === undefined ? {} : { history: history.value }),
    },
  };
}

function timesInWords({ validFrom, validUntil, firstSeen, lastSeen }: LedgerFacts): string[] {
  const times: readonly (readonly [string, number | undefined])[] = [
    ["valid from", validFrom],
    ["valid until", validUntil],
    ["first seen", firstSeen],
    ["last seen", lastSeen],
  ];
  return times.flatMap(([name, seconds]) => (seconds === undefined ? [] : [`${name} ${isoTime(seconds)}`]));
}
