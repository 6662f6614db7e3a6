/** `source approve` and `source reject`: a person decides of what a list's guard holds back. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import type { ListSourceConfig } from "../../config/types.ts";
import { type Decided, decideSource } from "../../daemon/decide-source.ts";
import { holdCounts, reportSourceHold } from "../../daemon/source-hold-report.ts";
import type { HoldVerdict } from "../../store/source-holds.ts";
import type { Invocation, Run } from "../command.ts";
import { exitCodeOf, waitMs } from "../entry-act.ts";
import { zoneLines, zoneValue } from "../entry-act-text.ts";
import { labelGiven } from "../given-facts.ts";
import type { Io } from "../io.ts";
import { plainReporter } from "../reporters.ts";
import { findList } from "../store.ts";
import { json } from "../text.ts";
import { contentDigits } from "./source-on-hold.ts";

export const approveSource: Run = (invocation, io) => decide("approved", invocation, io);
export const rejectSource: Run = (invocation, io) => decide("rejected", invocation, io);

async function decide(verdict: HoldVerdict, invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const { role, list } = findList(invocation.operand("ID"), config);
  if (role === "allow" || list.manual === true) throw notOnHold(list.id);
  const said = { by: needed(invocation, "by"), reason: needed(invocation, "reason") };
  const content = contentGiven(invocation);
  const logger = plainReporter(io.stderr);
  const decided = await decideSource({
    config,
    clock: io.clock,
    logger,
    source: list,
    verdict,
    ...said,
    content,
    waitMs,
  });
  const text = invocation.flag("json") ? json(asJson(list, verdict, decided)) : inWords(list, verdict, decided);
  io.stdout.write(text);
  return exitCode(decided);
}

function notOnHold(id: string): OperatorError {
  return new OperatorError(
    "USAGE",
    `Cannot decide of "${id}": guards hold back lists of malicious names alone`,
    "What an allow list loses is taken with `rpzmill build --accept`",
  );
}

function needed(invocation: Invocation, option: "by" | "reason"): string {
  const label = labelGiven(invocation, option);
  if (label !== undefined) return label;
  throw new OperatorError(
    "USAGE",
    `Cannot note a decision without --${option}`,
    "Say who decides with --by, and why with --reason",
  );
}

function contentGiven(invocation: Invocation): string | undefined {
  const text = invocation.value("content");
  if (text === undefined || /^[0-9a-f]{8,64}$/i.test(text)) return text;
  throw new OperatorError(
    "USAGE",
    `Cannot read --content "${text}": it should be at least 8 of its hexadecimal digits`,
    "`rpzmill source held ID` shows them",
  );
}

/** What came of an approved list. */
function outcomeOf({ refreshed }: Decided): "taken" | "held" | "failed" | "rejected" {
  if (refreshed === undefined) return "rejected";
  if (refreshed.held !== undefined) return "held";
  return refreshed.error === undefined ? "taken" : "failed";
}

function asJson({ id }: ListSourceConfig, verdict: HoldVerdict, decided: Decided): object {
  const { of, refreshed, zones } = decided;
  const error = refreshed?.error;
  return {
    id,
    verdict,
    content: of.hold.content,
    of: reportSourceHold(of),
    outcome: outcomeOf(decided),
    held: reportSourceHold(refreshed?.held),
    zones: zones.map(zoneValue),
    error: error === undefined ? null : { code: error.code, message: error.message, remedy: error.remedy },
  };
}

function inWords({ id }: ListSourceConfig, verdict: HoldVerdict, decided: Decided): string {
  const { of, refreshed, zones } = decided;
  const what = `${verdict} ${of.hold.content.slice(0, contentDigits)} of ${id}: ${holdCounts(of.change)}\n`;
  switch (outcomeOf(decided)) {
    case "rejected":
      return `${what}it is left out until the list changes\n`;
    case "held":
      return `${what}the list has changed since, and is on hold anew: ${refreshed?.error?.message ?? "it was rejected"}\n`;
    case "failed":
      return `${what}${refreshed?.error?.message}; the next build that can read it takes it\n`;
    case "taken":
      return `${what}${zoneLines(zones, { source: id, dryRun: false, changes: 1 })}`;
  }
}

/** 1 where the list or a zone could not be taken, 3 where one waits on hold, else 0. */
function exitCode(decided: Decided): 0 | 1 | 3 {
  const outcome = outcomeOf(decided);
  if (outcome === "failed") return 1;
  return outcome === "held" ? 3 : exitCodeOf(decided.zones);
}
