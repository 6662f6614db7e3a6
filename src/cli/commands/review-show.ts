/** `review show`: all that is known of an entry that waits for a person or was decided on, with every decision. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import type { WaitingReview } from "../../store/reviews.ts";
import type { Invocation } from "../command.ts";
import { keysGiven } from "../entry-rows.ts";
import type { Io } from "../io.ts";
import { type Piece, writePieces } from "../past-source.ts";
import { numberGiven, reviewFaultInWords } from "../review-text.ts";
import { readStore, type Store } from "../store.ts";
import { withDecisions } from "./entry-show.ts";
import { ReviewPieces } from "./review-list.ts";

export async function showReview(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const given = invocation.operand("REVIEW");
  readStore(config, (store) => {
    const show = new ReviewPieces(config, store, invocation.flag("unmask"));
    const pieces = reviewsGiven(given, store).map((review): Piece => {
      return withDecisions(show.piece(review), store.ledger.decisions.at(review.source, review.key));
    });
    const asJson = invocation.flag("json") ? { head: { review: given }, member: "entries" } : undefined;
    writePieces((text) => io.stdout.write(text), pieces, asJson);
  });
  return 0;
}

/** @throws OperatorError NOT_FOUND, USAGE */
function reviewsGiven(given: string, { ledger }: Store): readonly WaitingReview[] {
  const number = numberGiven(given);
  const { reviews } = ledger;
  const found =
    number === undefined
      ? ledger
          .sources()
          .flatMap(({ id }) => keysGiven(given).flatMap((key) => ledger.rowsAt(id, key)))
          .flatMap((row) => {
            const review = reviews.of(row.id);
            return (review && reviews.byId(review.id)) ?? [];
          })
      : [reviews.byId(number) ?? []].flat();
  if (found.length > 0) return found;
  const why = number === undefined ? "not-waiting" : reviews.wasGiven(number) ? "gone" : "unknown";
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot show "${given}": ${reviewFaultInWords(why)}`,
    "`rpzmill review list` has what waits; `rpzmill entry show NAME` has all that is reported of a name",
  );
}
