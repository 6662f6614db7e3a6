/** `explain`: what each zone does with a name or address, because of whom, and what stops it. */
import { loadConfig } from "../../config/load.ts";
import { type Cause, type Explanation, explainName, type Stop, type Verdict } from "../../mill/explain.ts";
import type { Invocation } from "../command.ts";
import { guardStopInWords } from "../guard-stop-words.ts";
import type { Io } from "../io.ts";
import { readStore } from "../store.ts";
import { json } from "../text.ts";

export async function explain(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const name = invocation.operand("NAME");
  const explanation = readStore(config, ({ snapshots }) => explainName(name, config, snapshots));
  io.stdout.write(invocation.flag("json") ? json(explanation) : inWords(explanation));
  return 0;
}

function inWords({ name, verdicts }: Explanation): string {
  if (verdicts.length === 0) return `${name}: no zone says anything of it\n`;
  return `${name}\n${verdicts.map(verdictInWords).join("")}`;
}

function verdictInWords({ apex, action, localData, because, stoppedBy, endedBy, guards }: Verdict): string {
  const data = localData === undefined ? "" : ` ${JSON.stringify(localData)}`;
  const stopped = stoppedBy === null ? "" : `: ${stopInWords(stoppedBy)}`;
  const what = action === null ? `nothing is done${stopped}` : `${action}${data}`;
  const ended = endedBy === null ? "" : `, but no resolver that asks ${endedBy} first gets here: it lets the name pass`;
  const lines = [...because.map(causeInWords), ...guards.map(guardStopInWords)];
  return `  ${apex}: ${what}${ended}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

function causeInWords({ source, category, confidence, scope, firstSeen, lastSeen, matched }: Cause): string {
  const width = scope === "subtree" ? " with all beneath" : "";
  return `${source} lists ${matched}${width} (${category}, confidence ${confidence}), since ${firstSeen}, last seen ${lastSeen}`;
}

function stopInWords({ by, source, matched }: Stop): string {
  switch (by) {
    case "allow":
      return `the allow list ${source} holds ${matched}`;
    case "exception":
      return `${source} itself exempts ${matched}`;
    case "public-suffix":
      return `${matched} is a public suffix, or holds one, under which many others have their names`;
    case "guard":
      return `a guard stops ${matched}`;
  }
}
