/** Which organisation is meant: several spell one name in several ways, and one has one UUID wherever it is named. */

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/i;

/** What stands for an organisation as `facts.organisation` names it: the UUID in it, else the name in lower case. */
export function organisationId(organisation: string): string {
  return (uuid.exec(organisation)?.[0] ?? organisation).toLowerCase();
}
