/** What is worth a word when a list that must not lose names unnoticed was accepted: the names that went off it. */
import type { Feed } from "./feed.ts";
import type { SnapshotPart } from "./snapshot-writer.ts";

export interface Remark {
  readonly level: "info" | "warn";
  readonly message: string;
}

/** Names that a remark shows. */
const shownMax = 5;

/** What to say of a list's changes, which are in force. Ranks change every day, and no one takes names off them. */
export function remarksOn(
  feed: Feed,
  { missing, missingNames }: Pick<SnapshotPart, "missing" | "missingNames">,
): Remark[] {
  const isWatched = feed.role === "allow" || (feed.role === "guard" && feed.list.format !== "ranks");
  if (!isWatched || missing === 0) return [];
  const kind = feed.role === "allow" ? "allow list" : "guard";
  const shown = missingNames.slice(0, shownMax).join(", ");
  const more = missing > shownMax ? ", …" : "";
  const count = missing === 1 ? "1 name" : `${missing} names`;
  return [{ level: "info", message: `Took ${count} off the ${kind} "${feed.list.id}": ${shown}${more}` }];
}
