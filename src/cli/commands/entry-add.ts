/** `entry add`: adds entries to a source that people keep, or changes them, and publishes what comes of it. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { KeptRows } from "../../daemon/keep-entries.ts";
import { type ActContext, addRow, idOfFlags } from "../../feed/ledger/acts.ts";
import { isLive } from "../../feed/ledger/compile.ts";
import { type Scope, scopes } from "../../indicator/role.ts";
import type { Invocation } from "../command.ts";
import { actOnEntries, manualSource, type NamedAct } from "../entry-act.ts";
import { factsGiven, idGiven } from "../given-facts.ts";
import { type GivenName, type NameFault, readNames, refuseNames, shownGiven } from "../given-names.ts";
import type { Io } from "../io.ts";

export async function addEntries(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const source = manualSource(invocation, config);
  const scopeOption = scopeGiven(invocation.value("scope"));
  const scope = scopeOption ?? source.scope;
  const given = factsGiven(invocation);
  const id = idGiven(invocation);
  const options = { scope, keepsUnknownTld: source.unknownTld === "keep" };
  const read = readNames(invocation.operands("NAME"), invocation.value("file"), options, io);
  const { names, faults: contrary } = onceEach(read.names, id);
  const faults = [...read.faults, ...contrary];
  if (faults.length > 0) throw refuseNames("add", source.id, faults, io);
  if (names.length === 0) {
    throw new OperatorError(
      "USAGE",
      `Cannot add to "${source.id}": no name was given`,
      "See `rpzmill entry add --help`",
    );
  }
  for (const { given: text, reason } of read.notes) io.stderr.write(`note: ${shownGiven(text)}: ${reason}\n`);
  const act = (rows: KeptRows, context: ActContext): NamedAct[] => {
    const done = new Set<number>();
    return names.flatMap((name): NamedAct[] => {
      const isPlain = name.isPlain && scopeOption === undefined;
      const all = rows.rowsAt(name.key);
      const live = all.filter((row) => isLive(row, context.at));
      const isAny = isPlain && id === undefined;
      if (isAny && live.length > 1) {
        return [{ given: name.given, acted: { kind: "fault", why: { kind: "several", rows: live } } }];
      }
      const externalId = id ?? idOfFlags(name.flags);
      const old = (isAny ? live[0] : undefined) ?? all.find((row) => row.externalId === externalId);
      // `name` and `*.name` may come to one entry.
      if (old !== undefined && done.has(old.id)) return [];
      if (old !== undefined) done.add(old.id);
      const flags = isPlain && old !== undefined && live.includes(old) ? old.flags : name.flags;
      return [{ given: name.given, acted: addRow({ ...name, flags, id, given }, old, context) }];
    });
  };
  return actOnEntries({ verb: "add", source, config, act }, invocation, io);
}

/** Each name once; one that is there twice and says two things under one id is a fault. */
function onceEach(
  names: readonly GivenName[],
  id: string | undefined,
): { readonly names: readonly GivenName[]; readonly faults: readonly NameFault[] } {
  const first = new Map<string, GivenName>();
  const faults: NameFault[] = [];
  for (const name of names) {
    const place = `${Buffer.from(name.key).toString("latin1")} ${id ?? idOfFlags(name.flags)}`;
    const before = first.get(place);
    if (before === undefined) first.set(place, name);
    else if (before.flags !== name.flags) {
      const [one, other] = [before, name].map(({ flags }) => idOfFlags(flags));
      faults.push({ given: name.given, why: `it is there twice, as ${one} and as ${other}, under one id` });
    }
  }
  return { names: [...first.values()], faults };
}

function scopeGiven(text: string | undefined): Scope | undefined {
  const scope = scopes.find((known) => known === text);
  if (text === undefined || scope !== undefined) return scope;
  throw new OperatorError(
    "USAGE",
    `Cannot read --scope "${text}": it should be ${scopes.join(" or ")}${didYouMean(text, scopes)}`,
    "Nothing was done",
  );
}
