/** `entry show`: all that sources whose entries have facts ever reported of a name or an address, for any trigger or for one. */
import { isoTime } from "../../base/clock.ts";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { decidedId } from "../../feed/ledger/verdict.ts";
import type { Decision } from "../../store/decisions.ts";
import type { EntryAct } from "../../store/entry-acts.ts";
import type { Invocation } from "../command.ts";
import { claimChangesInWords, historyOf } from "../entry-history.ts";
import { keyGiven, keysGiven, pieceOf, rowsShownOf } from "../entry-rows.ts";
import type { Io } from "../io.ts";
import { nameOf, type Piece, writePieces } from "../past-source.ts";
import { decisionInWords, decisionValue } from "../review-text.ts";
import { readStore } from "../store.ts";

export async function showEntry(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const given = invocation.operand("NAME");
  const name = nameOf(keyGiven(given));
  const keys = keysGiven(given);
  readStore(config, (store) => {
    const pieces = store.ledger.sources().flatMap(({ id, name: source }) => {
      const show = rowsShownOf(source, config, store);
      return keys.flatMap((key) => {
        const acts = store.entryActs.at(id, key);
        const decisions = store.ledger.decisions.at(id, key);
        return store.ledger.rowsAt(id, key).map((row) => {
          // What people did says what the entry said before, and more.
          const own = acts.filter(({ externalId }) => externalId === row.externalId);
          const history = historyOf(row, store.ledger.past.of(row.id), (profile) => store.profiles.factsOf(profile));
          const shown = own.length === 0 ? history : { ...history, lines: [] };
          // Of another trigger than asked about, the row has its trigger in front.
          const front = nameOf(row.key) === name ? "source" : "both";
          const decided = decisions.filter(({ externalId }) => externalId === decidedId(row.externalId));
          return withDecisions(withActs(pieceOf(show(row), front, shown), own), decided);
        });
      });
    });
    if (pieces.length === 0) throw nothingReported(name);
    const asJson = invocation.flag("json") ? { head: { name }, member: "entries" } : undefined;
    writePieces((text) => io.stdout.write(text), pieces, asJson);
  });
  return 0;
}

function nothingReported(name: string): OperatorError {
  return new OperatorError(
    "NOT_FOUND",
    `Cannot show "${name}": no source whose entries have facts ever reported it`,
    `\`rpzmill explain ${name}\` has every list and what covers it`,
  );
}

/** What an act was, when and by whom; of one that changed an entry, or ends it later, what is another since. */
function actInWords(act: EntryAct, before: EntryAct | undefined): string {
  const { kind, at, by, reason, said } = act;
  const { validFrom, validUntil } = said;
  const isCancelled =
    kind === "ended" && validFrom !== undefined && validFrom > at && validUntil === before?.said.validUntil;
  const tells = kind === "changed" || (kind === "ended" && validUntil !== at);
  const changes = before === undefined || !tells ? [] : claimChangesInWords(before.said, said);
  return [
    `${isCancelled ? "cancelled" : kind} at ${isoTime(at)}`,
    by === undefined ? "" : ` by ${by}`,
    changes.length === 0 ? "" : ` (${changes.join(", ")})`,
    reason === undefined ? "" : `: ${reason}`,
  ].join("");
}

/** An entry that was reviewed, with what people decided, the first decision first. */
export function withDecisions(piece: Piece, decisions: readonly Decision[]): Piece {
  if (decisions.length === 0) return piece;
  const lines = decisions.map((decision) => `\n  ${decisionInWords(decision)}`);
  const value = { ...(piece.value as object), decisions: decisions.map(decisionValue) };
  return { line: piece.line + lines.join(""), value };
}

/** An entry that people keep, with what they did to it, the first act first. */
function withActs(piece: Piece, acts: readonly EntryAct[]): Piece {
  if (acts.length === 0) return piece;
  const done = acts.map(({ kind, at, by, reason, said }) => {
    const { facts, validFrom, validUntil, reference } = said;
    const time = (seconds: number | undefined): string | null => (seconds === undefined ? null : isoTime(seconds));
    const times = { validFrom: time(validFrom), validUntil: time(validUntil) };
    return {
      act: kind,
      at: isoTime(at),
      by: by ?? null,
      reason: reason ?? null,
      facts,
      ...times,
      reference: reference ?? null,
    };
  });
  const lines = acts.map((act, i) => `\n  ${actInWords(act, acts[i - 1])}`);
  return { line: piece.line + lines.join(""), value: { ...(piece.value as object), acts: done } };
}
