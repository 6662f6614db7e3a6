/**
 * What becomes of a reading that a source's guard holds back: it waits until somebody decides, is taken where they approved of
 * exactly this content, and left out without a word where they rejected it.
 */
import { nowSeconds } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { ListSourceConfig } from "../config/types.ts";
import type { HoldDecision, SourceHold } from "../store/source-holds.ts";
import type { HoldChange, Look } from "./hold-change.ts";
import type { RefreshOptions } from "./options.ts";
import type { RankOf } from "./popularity.ts";
import type { NewNames } from "./source-guard.ts";

/** A reading that must not be taken unasked. */
export interface ReadingOnHold {
  readonly change: Omit<HoldChange, "names" | "computedFrom">;
  /** Walks what was read, to show it. */
  readonly look: (rankOf: RankOf) => Look;
}

/** What is on hold of a list, and what was decided of it, if anything. */
export interface ListHold {
  readonly hold: SourceHold;
  readonly change: HoldChange;
  readonly decision: HoldDecision | undefined;
}

/** What is on hold of a list by the store. */
export function listHoldOf({ holds }: Pick<RefreshOptions, "holds">, source: string): ListHold | undefined {
  const hold = holds.find(source);
  if (hold === undefined) return undefined;
  return { hold, change: hold.change as HoldChange, decision: holds.decisionOn(hold) };
}

/** All that a hold is found from but the time, as text. */
export function computedFrom(
  { limit, guard }: ListSourceConfig,
  fingerprint: string,
  current: number | undefined,
): string {
  return JSON.stringify([fingerprint, limit, guard ?? null, current ?? null]);
}

/** Whether a hold says what another reading of the same file would: a day's cap frees itself. */
export function isSettled({ change, decision }: ListHold, from: string): boolean {
  const goesByTime = change.breaches.every(({ guard }) => guard.startsWith("newPerDay"));
  if (change.computedFrom !== from || decision?.verdict === "approved") return false;
  return decision?.verdict === "rejected" || !goesByTime;
}

/** Puts a reading on hold, and gives it with what was decided of it. */
export async function hold(
  { id }: Pick<ListSourceConfig, "id">,
  { holds, popularity, clock }: Pick<RefreshOptions, "holds" | "popularity" | "clock">,
  { change: found, look }: ReadingOnHold,
  from: string,
): Promise<ListHold> {
  const { content, names } = look(await popularity());
  const known = holds.find(id);
  const waitsStill = known !== undefined && holds.decisionOn(known) === undefined;
  const since = waitsStill ? known.since : nowSeconds(clock);
  const change: HoldChange = { ...found, names, computedFrom: from };
  const put = holds.put({ source: id, since, content, change });
  return { hold: put, change, decision: holds.decisionOn(put) };
}

/** The error of a list whose content waits. */
export function holdError(id: string, { message, breaches }: Pick<HoldChange, "message" | "breaches">): OperatorError {
  if (breaches.some(({ guard }) => guard === "empty")) {
    const remedy = `Check the file and its format; if it really is to be empty now, \`rpzmill source approve ${id} --by WHO --reason TEXT\`, or build with --accept ${id}`;
    return new OperatorError("SOURCE_EMPTY", message, remedy);
  }
  return new OperatorError(
    "SOURCE_GUARD",
    message,
    `See \`rpzmill source held ${id}\` for what would change; if it is right, \`rpzmill source approve ${id} --by WHO --reason TEXT\`, or build with --accept ${id}, or set wider bounds`,
  );
}

const daySeconds = 86_400;

/** New names of the 24 hours before a time (Unix seconds); not looked for where no bound asks. */
export function newToday(
  { id, guard }: Pick<ListSourceConfig, "id" | "guard">,
  { turnovers }: Pick<RefreshOptions, "turnovers">,
  at: number,
): NewNames {
  const isAsked = guard?.newPerDay !== undefined || guard?.newPerDayByOrganisation !== undefined;
  return isAsked ? turnovers.countedSince(id, at - daySeconds) : { names: 0, organisations: {} };
}
