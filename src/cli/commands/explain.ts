/** `explain`: what each zone does with a name or address, because of whom, and what stops it. */
import { loadConfig } from "../../config/load.ts";
import {
  type Explanation,
  explainName,
  type PendingVerdict,
  type VerdictOnHold,
  type ZoneVerdict,
} from "../../mill/explain.ts";
import type { Cause, Outcome } from "../../mill/outcome.ts";
import { servedZone } from "../../mill/served-zone.ts";
import type { RuleTrigger } from "../../rpz/label.ts";
import type { Invocation } from "../command.ts";
import { reportsAround } from "../entry-rows.ts";
import { guardEffectInWords } from "../guard-effect-words.ts";
import type { Io } from "../io.ts";
import { maskOf, masksOf } from "../masks.ts";
import { stopInWords } from "../stop-words.ts";
import { readStore } from "../store.ts";
import { json } from "../text.ts";

export async function explain(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const name = invocation.operand("NAME");
  const { explanation, reports, mask } = readStore(config, (store) => ({
    explanation: explainName(name, config, store.snapshots, (policy) => servedZone(store, policy)),
    reports: reportsAround(name, config, store),
    mask: maskOf(name, masksOf(config, store)),
  }));
  const reported = reports.map(({ value }) => value);
  const lines = reports.map(({ line }) => `  reported by ${line}\n`);
  io.stdout.write(
    invocation.flag("json")
      ? json({ ...explanation, reports: reported, ...(mask === undefined ? {} : { mask }) })
      : inWords(explanation) + lines.join("") + (mask === undefined ? "" : `  masked elsewhere as ${mask}\n`),
  );
  return 0;
}

function inWords({ name, verdicts }: Explanation): string {
  if (verdicts.length === 0) return `${name}: no zone says anything of it\n`;
  return `${name}\n${verdicts.map(verdictInWords).join("")}`;
}

function verdictInWords(verdict: ZoneVerdict): string {
  const { apex, trigger, endedBy, stillHitBy, onHold, pending } = verdict;
  const ended = endedBy === null ? "" : `, but no resolver that asks ${endedBy} first gets here: it lets the name pass`;
  const lines = [
    ...reasonsInWords(verdict),
    ...stillHitBy.flatMap((other) => stillHitInWords[other] ?? []),
    ...(onHold === null ? [] : onHoldInWords(verdict, onHold)),
    ...(pending === null ? [] : pendingInWords(verdict, pending)),
  ];
  return `  ${apex}${asInWords[trigger]}: ${doneInWords(verdict)}${ended}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** As what a verdict is on the name or address, where that does not go without saying. */
const asInWords: Readonly<Record<RuleTrigger, string>> = {
  qname: "",
  "response-ip": "",
  "client-ip": ", to clients of that address, whatever they ask for",
  nsdname: ", for every domain with a name server of that name",
  nsip: ", for every domain with a name server at that address",
};

/** Why an allowed or protected name may be blocked all the same. */
const stillHitInWords: Readonly<Partial<Record<RuleTrigger, string>>> = {
  "response-ip": "rules of this zone on addresses in the answer hit it all the same: allow the address, too",
  "client-ip": "rules of this zone on clients come first, whatever these ask for",
  nsdname:
    "rules of this zone on names of name servers hit it where its own are listed, guarded or not: put it on an allow list, too",
  nsip: "rules of this zone on addresses of name servers hit it where its own are listed, guarded or not: put it on an allow list, too",
};

function doneInWords({ action, localData, stoppedBy }: Outcome): string {
  if (action === null) return `nothing is done${stoppedBy === null ? "" : `: ${stopInWords(stoppedBy)}`}`;
  return localData === undefined ? action : `${action} ${JSON.stringify(localData)}`;
}

function reasonsInWords({ because, guards }: Outcome): string[] {
  return [...because.map(causeInWords), ...guards.map(guardEffectInWords)];
}

const noOutcome: Outcome = { action: null, localData: undefined, because: [], stoppedBy: null, guards: [] };

function onHoldInWords(now: Outcome, { since, reasonsKnown, whenAccepted, ended }: VerdictOnHold): string[] {
  const gone = ended.map(
    ({ source, matched }) => `the entry ${matched} of ${source} has ended since, and blocks no longer, on hold or not`,
  );
  return [...gone, ...nextInWords(now, reasonsKnown, `on hold since ${since}; once accepted`, whenAccepted)];
}

function pendingInWords(now: Outcome, { servedSerial, reasonsKnown, whenBuilt }: PendingVerdict): string[] {
  const what = servedSerial === null ? "not built yet" : `serial ${servedSerial} is behind its lists or configuration`;
  return nextInWords(now, reasonsKnown, `${what}; once built`, whenBuilt);
}

function nextInWords(now: Outcome, reasonsKnown: boolean, when: string, next: Outcome | null): string[] {
  const then = next ?? noOutcome;
  const [done, lines] = [doneInWords(then), reasonsInWords(then)];
  const isSame = done === doneInWords(now) && JSON.stringify(lines) === JSON.stringify(reasonsInWords(now));
  return [
    ...(reasonsKnown ? [] : ["what it was built from is no longer known"]),
    `${when}: ${isSame ? "the same" : done}`,
    ...(isSame ? [] : lines.map((line) => `  ${line}`)),
  ];
}

function causeInWords(cause: Cause): string {
  const { source, scope, firstSeen, lastSeen, matched } = cause;
  const width = scope === "subtree" ? " with all beneath" : "";
  return `${source} lists ${matched}${width} (${factsInWords(cause)}), since ${firstSeen}, last seen ${lastSeen}`;
}

function factsInWords(cause: Cause): string {
  const {
    category,
    confidence,
    tlp,
    pap,
    distribution,
    sharingGroup,
    organisation,
    campaign,
    family,
    event,
    hidesSource,
  } = cause;
  const facts: string[] = [category, `confidence ${confidence}`];
  if (tlp !== undefined) facts.push(`TLP ${tlp}`);
  if (pap !== undefined) facts.push(`PAP ${pap}`);
  if (distribution !== undefined) facts.push(`distribution ${distribution}`);
  if (sharingGroup !== undefined) facts.push(`sharing group ${sharingGroup}`);
  if (organisation !== undefined) facts.push(`reported by ${organisation}`);
  if (campaign !== undefined) facts.push(`campaign ${campaign}`);
  if (family !== undefined) facts.push(`family ${family}`);
  if (event !== undefined) facts.push(`event ${event}`);
  if (hidesSource === true) facts.push("source not to be named");
  return facts.join(", ");
}
