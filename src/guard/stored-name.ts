/** The name under which the store keeps the snapshots of a guard list. */

/** No source and no allow list has such a name: a colon may stand in none of theirs but `allow:1` and its kind. */
export function storedNameOfGuard(id: string): string {
  return `guard:${id}`;
}
