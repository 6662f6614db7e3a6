/** How many names of a reading are new, by the organisation that reports them. */
import type { ListSourceConfig } from "../../config/types.ts";
import { organisationId } from "../../indicator/facts/organisation.ts";
import type { OrganisationCounts } from "../../store/source-turnover.ts";
import type { ProfileNumbers } from "./compile.ts";

/** `addedUnder`: new names by profile. A name that several organisations report counts for each; nothing where no bound asks. */
export function newByOrganisation(
  { guard }: Pick<ListSourceConfig, "guard">,
  addedUnder: ReadonlyMap<number, number>,
  profiles: Pick<ProfileNumbers, "factsOf">,
): OrganisationCounts {
  const counts = new Map<string, number>();
  if (guard?.newPerDayByOrganisation === undefined) return {};
  for (const [profile, count] of addedUnder) {
    const { organisation } = profiles.factsOf(profile);
    if (organisation === undefined) continue;
    const id = organisationId(organisation);
    counts.set(id, (counts.get(id) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}
