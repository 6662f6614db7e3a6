/** Words for what a guard did to an entry of a source, for people. */
import { widePrefixesId } from "../guard/computed.ts";
import type { GuardEffect } from "../mill/guard-hits.ts";

const places: Readonly<Record<GuardEffect["how"], string>> = {
  at: "",
  above: ", which is beneath",
  beneath: ", which is above",
};

/** `guard popular (popular) narrows example with all beneath of phish to the name alone: …`, and the way past it. */
export function guardEffectInWords(effect: GuardEffect): string {
  const { guard, class: guardClass, listed, verdict, how, source, matched, scope, range } = effect;
  const part = range === undefined ? "" : ` in ${range}`;
  const entry = `${matched}${scope === "subtree" ? " with all beneath" : ""}${part} of ${source}`;
  const what = verdict === "stop" ? `stops ${entry}` : `narrows ${entry} to the name alone`;
  const why =
    guard === widePrefixesId ? `it is wider than /${listed.split("/")[1]}` : `it lists ${listed}${places[how]}`;
  return `guard ${guard} (${guardClass}) ${what}: ${why}; \`overrideGuards: [${guard}]\` at ${source} lets it pass`;
}
