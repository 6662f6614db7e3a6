/** How good sources are, by what the store has: what comes and goes, what no other source has, what was allowed since. */
import type { Config } from "../config/types.ts";
import { type SurveyedSource, surveySources } from "../mill/source-survey.ts";
import type { Profiles } from "../store/profiles.ts";
import type { Snapshots } from "../store/snapshots.ts";
import { keepSurvey, type SourceSurveys } from "../store/source-surveys.ts";
import type { Turnovers } from "../store/source-turnover.ts";

/** Raise when the same snapshots would be counted otherwise. */
const surveyRevision = 1;

interface SurveyStore {
  readonly snapshots: Snapshots;
  readonly profiles: Profiles;
  readonly surveys: SourceSurveys<SurveyedSource>;
}

export interface Survey {
  /** By source. */
  readonly counts: Readonly<Record<string, SurveyedSource>>;
  /** What it was counted from, where it was counted just now and is not kept yet. */
  readonly fresh: string | undefined;
}

/** What sources are worth together: as it was kept, or counted now; undefined where that is not wanted. */
export function surveyOf(
  { sources, allow }: Pick<Config, "sources" | "allow">,
  { snapshots, profiles, surveys }: SurveyStore,
  mayCount: boolean,
): Survey | undefined {
  const current = (lists: readonly { readonly id: string }[]) =>
    lists.flatMap(({ id }) => {
      const snapshot = snapshots.current(id);
      return snapshot === undefined ? [] : [{ id, snapshot: snapshot.id }];
    });
  const [blocked, allowed] = [current(sources), current(allow)];
  const inputs = JSON.stringify([surveyRevision, blocked, allowed]);
  const kept = surveys.find(inputs);
  if (kept !== undefined) return { counts: kept, fresh: undefined };
  if (!mayCount) return undefined;
  const open = ({ id, snapshot }: { id: string; snapshot: number }) => ({ id, blocks: snapshots.blocks(snapshot) });
  const counts = surveySources(blocked.map(open), allowed.map(open), (profile) => profiles.factsOf(profile));
  return { counts, fresh: inputs };
}

/** Keeps what was counted just now, once nothing reads the store any more. */
export function keepFresh({ databaseFile }: Pick<Config, "databaseFile">, survey: Survey | undefined): void {
  if (survey?.fresh !== undefined) keepSurvey(databaseFile, survey.fresh, survey.counts);
}

const daySeconds = 86_400;
const weekDays = 7;

/** Names that came to a source and went from it; averages are by the day. */
export interface Changes {
  readonly addedLastDay: number;
  readonly removedLastDay: number;
  readonly addedPerDay: number;
  readonly removedPerDay: number;
}

/** What changed up to a time (Unix seconds), in the last day and on average over the last seven. */
export function changesOf(id: string, turnovers: Turnovers, now: number): Changes {
  const day = turnovers.since(id, now - daySeconds);
  const week = turnovers.since(id, now - weekDays * daySeconds);
  const average = (count: number): number => Math.round((10 * count) / weekDays) / 10;
  return {
    addedLastDay: day.added,
    removedLastDay: day.removed,
    addedPerDay: average(week.added),
    removedPerDay: average(week.removed),
  };
}
