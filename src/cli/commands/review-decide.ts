/** `review accept` and `review reject`: what people decide on entries that wait for them. */
import { counted } from "../../base/counted.ts";
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { isManual } from "../../config/source-kinds.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { Config } from "../../config/types.ts";
import { type DecidedEntry, decideReviews, type GivenReview, type ReviewFault } from "../../daemon/decide-reviews.ts";
import { stateOf } from "../../feed/ledger/states.ts";
import type { Verdict } from "../../store/decisions.ts";
import type { Invocation } from "../command.ts";
import { exitCodeOf } from "../entry-act.ts";
import { effectLines, zoneLines, zoneValue } from "../entry-act-text.ts";
import { keysGiven, pieceOf } from "../entry-rows.ts";
import { labelGiven } from "../given-facts.ts";
import { readTexts } from "../given-names.ts";
import type { Io } from "../io.ts";
import { plainReporter } from "../reporters.ts";
import { acceptsInWords, decisionValue, numberGiven, reviewFaultInWords, shownNumber } from "../review-text.ts";
import { json } from "../text.ts";

/** A build that runs is waited for, for ten minutes. */
const waitMs = 600_000;
const verbs = { accepted: "accept", rejected: "reject" } as const;

export function acceptReviews(invocation: Invocation, io: Io): Promise<number> {
  return decide("accepted", invocation, io);
}

export function rejectReviews(invocation: Invocation, io: Io): Promise<number> {
  return decide("rejected", invocation, io);
}

async function decide(verdict: Verdict, invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const verb = verbs[verdict];
  const [by, reason] = [required(invocation, "by", verb), required(invocation, "reason", verb)];
  const source = sourceGiven(invocation, config);
  const texts = readTexts(invocation.operands("REVIEW"), invocation.value("file"), io);
  if (texts.length === 0) {
    const why = `Cannot ${verb} anything: neither a number nor a name was given`;
    throw new OperatorError("USAGE", why, "`rpzmill review list` has the numbers");
  }
  const given = texts.map(({ text }): GivenReview => {
    const number = numberGiven(text);
    return number === undefined ? { kind: "name", text, keys: keysGiven(text) } : { kind: "number", text, number };
  });
  const dryRun = invocation.flag("dry-run");
  let entries: readonly DecidedEntry[] = [];
  let [changes, more] = [0, 0];
  const zones = await decideReviews({
    config,
    clock: io.clock,
    logger: plainReporter(io.stderr),
    dryRun,
    waitMs,
    given,
    source,
    verdict,
    by,
    reason,
    onFaults: (faults) => {
      throw refusal(verb, faults, io);
    },
    onPlanned: (planned, decided, left) => {
      [entries, changes, more] = [planned, decided, left];
      if (invocation.flag("json")) return;
      for (const entry of planned) io.stdout.write(decidedLines(entry));
      if (more > 0) io.stdout.write(`… and ${counted(more, "more entry", "more entries")}\n`);
    },
  });
  if (invocation.flag("json")) {
    io.stdout.write(json({ dryRun, changes, entries: entries.map(decidedValue), more, zones: zones.map(zoneValue) }));
  } else {
    const sources = [...new Set(entries.map((entry) => entry.source.id))].join(", ");
    io.stdout.write(zoneLines(zones, { source: sources, dryRun, changes }));
  }
  return exitCodeOf(zones);
}

/** @throws OperatorError USAGE where it is not given */
function required(invocation: Invocation, option: "by" | "reason", verb: string): string {
  const label = labelGiven(invocation, option);
  if (label !== undefined) return label;
  const why = option === "by" ? "who decides" : "why";
  throw new OperatorError(
    "USAGE",
    `Cannot ${verb} anything without --${option}: a decision says ${why}`,
    `See \`rpzmill review ${verb} --help\``,
  );
}

/** @throws OperatorError NOT_FOUND where there is no such source */
export function sourceGiven(invocation: Invocation, { sources }: Config): string | undefined {
  const id = invocation.value("source");
  const ids = sources.flatMap((source) => (isManual(source) ? [] : [source.id]));
  if (id === undefined || ids.includes(id)) return id;
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${id}": there is no such source${didYouMean(id, ids)}`,
    "See `rpzmill source list`",
  );
}

function refusal(
  verb: string,
  faults: readonly { readonly text: string; readonly why: ReviewFault }[],
  io: Io,
): OperatorError {
  const [first] = faults as [(typeof faults)[number]];
  if (faults.length > 1) {
    for (const { text, why } of faults) io.stderr.write(`${JSON.stringify(text)}: ${reviewFaultInWords(why)}\n`);
  }
  const others = faults.length === 1 ? "" : `, and ${faults.length - 1} more`;
  return new OperatorError(
    "NOT_FOUND",
    `Cannot ${verb} ${JSON.stringify(first.text)}: ${reviewFaultInWords(first.why)}${others}`,
    "Nothing was done; `rpzmill review list` has what waits",
  );
}

/** `accepted`, `accepted, 1 of 2`, `refused`, `unchanged`. */
function outcomeOf({ decided }: DecidedEntry): "accepted" | "waits" | "refused" {
  return decided.standing.outcome;
}

function shownOf(entry: DecidedEntry) {
  const { source, row, counts, facts, confidenceNow, review } = entry;
  return pieceOf(
    { source: source.id, isKept: false, row, state: stateOf(row, counts, entry), facts, confidenceNow, review },
    "name",
  );
}

function decidedLines(entry: DecidedEntry): string {
  const { decided, source, review } = entry;
  const { standing } = decided;
  const outcome = outcomeOf(entry);
  const done = decided.kind === "none" ? "unchanged" : outcome === "waits" ? "accepted" : outcome;
  const accepts = acceptsInWords(standing, source.trust);
  const so = accepts === undefined ? "" : ` (${accepts})`;
  const front = `${done}${so}: ${shownNumber(review)} of ${source.id}, ${shownOf(entry).line}\n`;
  const waits =
    outcome === "waits" ? ["  another person must accept it before it counts\n"] : effectLines(entry, source.id);
  return [front, ...waits].join("");
}

function decidedValue(entry: DecidedEntry): object {
  const { decided, source, review, effects } = entry;
  const { accepts } = decided.standing;
  const { source: _, ...value } = shownOf(entry).value as Record<string, unknown>;
  return {
    id: shownNumber(review),
    source: source.id,
    changed: decided.kind === "act",
    outcome: outcomeOf(entry),
    accepts: accepts.map(decisionValue),
    ...value,
    zones: effects,
  };
}
