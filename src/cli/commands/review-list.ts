/** `review list`: entries that wait for a person, the one that has waited longest first. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { counted, number } from "../../base/counted.ts";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { isManual } from "../../config/source-kinds.ts";
import type { Config, Trust } from "../../config/types.ts";
import { standingOf } from "../../feed/ledger/verdict.ts";
import type { NameMasks } from "../../mill/name-masks.ts";
import type { WaitingReview } from "../../store/reviews.ts";
import type { Invocation } from "../command.ts";
import { pieceOf, rowsShownOf } from "../entry-rows.ts";
import type { Io } from "../io.ts";
import { maskedWhereSaid, masksOf } from "../masks.ts";
import { nameOf, type Piece, writePieces } from "../past-source.ts";
import { acceptsInWords, decisionValue, detailInWords, numberGiven } from "../review-text.ts";
import { readStore, type Store } from "../store.ts";
import { sourceGiven } from "./review-decide.ts";

/** How many wait, by source and reason. */
type Counts = ReturnType<Store["ledger"]["reviews"]["counts"]>;

export async function listReviews(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const source = sourceGiven(invocation, config);
  const reason = invocation.value("reason");
  const max = invocation.count("limit") as number;
  const after = afterGiven(invocation.value("after"));
  const now = nowSeconds(io.clock);
  readStore(config, (store) => {
    const counts = store.ledger.reviews.counts(now).filter(isWanted);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const show = new ReviewPieces(config, store, invocation.flag("unmask"));
    const pieces: Piece[] = [];
    let last = after;
    for (const review of store.ledger.reviews.waiting(now, after)) {
      if (pieces.length === max) break;
      if (!isWanted({ source: show.nameOf(review), reason: review.reason })) continue;
      pieces.push(show.piece(review));
      last = review.id;
    }
    const isMore = pieces.length === max && total > max;
    if (invocation.flag("json")) {
      const shown = counts.map((one) => ({ ...one, since: isoTime(one.since) }));
      const head = { waiting: total, counts: shown, next: isMore ? `r${last}` : null };
      writePieces((text) => io.stdout.write(text), pieces, { head, member: "entries" });
      return;
    }
    writePieces((text) => io.stdout.write(text), pieces, undefined);
    io.stdout.write(countLines(counts, total));
    if (isMore) io.stdout.write(`those behind: --after r${last}\n`);
  });
  return 0;

  function isWanted(one: { readonly source: string; readonly reason: string }): boolean {
    return (source === undefined || one.source === source) && (reason === undefined || one.reason === reason);
  }
}

function countLines(counts: Counts, total: number): string {
  if (total === 0) return "nothing waits for review\n";
  const lines = counts.map(
    ({ source, reason, count, since }) => `  ${source}: ${number(count)} ${reason}, since ${isoTime(since)}\n`,
  );
  return `${counted(total, "entry waits", "entries wait")} for review\n${lines.join("")}`;
}

function afterGiven(text: string | undefined): number {
  if (text === undefined) return 0;
  const given = numberGiven(text);
  if (given !== undefined) return given;
  throw new OperatorError(
    "USAGE",
    `Cannot read --after "${text}": it is no number of a review`,
    "Give one such as r12",
  );
}

/** Reviews as lines and objects. */
export class ReviewPieces {
  readonly #config: Config;
  readonly #store: Store;
  readonly #names: ReadonlyMap<number, string>;
  readonly #shows = new Map<string, ReturnType<typeof rowsShownOf>>();

  readonly #masks: NameMasks | undefined;

  /** Without `unmask` names of the category that is masked are not shown. */
  constructor(config: Config, store: Store, unmask: boolean) {
    this.#config = config;
    this.#store = store;
    this.#masks = unmask ? undefined : masksOf(config, store);
    this.#names = new Map(store.ledger.sources().map(({ id, name }) => [id, name]));
  }

  nameOf({ source }: Pick<WaitingReview, "source">): string {
    return this.#names.get(source) ?? "";
  }

  trustOf(source: string): Trust {
    const list = this.#config.sources.find(({ id }) => id === source);
    return list === undefined || isManual(list) ? "automatic" : list.trust;
  }

  piece(review: WaitingReview): Piece {
    const { ledger } = this.#store;
    const source = this.nameOf(review);
    let show = this.#shows.get(source);
    if (show === undefined) this.#shows.set(source, (show = rowsShownOf(source, this.#config, this.#store)));
    const row = ledger.rowsAt(review.source, review.key).find(({ id }) => id === review.entry);
    if (row === undefined) throw new RangeError("A review has no row");
    const trust = this.trustOf(source);
    const standing = standingOf(
      ledger.decisions.at(review.source, review.key),
      { ...row, digest: review.digest },
      trust,
    );
    const accepts = acceptsInWords(standing, trust);
    const shown = show(row);
    const { line, value } = pieceOf(shown, "both");
    const detail = review.detail === undefined ? "" : `\n  ${detailInWords(review.detail)}`;
    const piece = {
      line: `${line}${accepts === undefined ? "" : `; ${accepts}`}${detail}`,
      value: { ...(value as object), accepts: standing.accepts.map(decisionValue) },
    };
    if (this.#masks === undefined) return piece;
    const category = this.#config.sources.find(({ id }) => id === source)?.category;
    return maskedWhereSaid(piece, nameOf(row.key), [shown], { masks: this.#masks, category });
  }
}
