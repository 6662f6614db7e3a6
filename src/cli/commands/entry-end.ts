/** `entry end`: ends entries of a source that people keep; their rows stay as what was. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import type { KeptRows } from "../../daemon/keep-entries.ts";
import { type ActContext, endRow } from "../../feed/ledger/acts.ts";
import { isLive } from "../../feed/ledger/compile.ts";
import type { LedgerRow } from "../../store/ledger.ts";
import type { Invocation } from "../command.ts";
import { actOnEntries, manualSource, type NamedAct } from "../entry-act.ts";
import { idGiven, timeOption } from "../given-facts.ts";
import { type NameFault, readNames, refuseNames } from "../given-names.ts";
import type { Io } from "../io.ts";
import { nameOf } from "../past-source.ts";

export async function endEntries(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const source = manualSource(invocation, config);
  const id = idGiven(invocation);
  const until = timeOption(invocation, "at");
  const options = { scope: undefined, keepsUnknownTld: true };
  const read = readNames(invocation.operands("NAME"), invocation.value("file"), options, io);
  if (read.faults.length > 0) throw refuseNames("end", source.id, read.faults, io);
  if (read.names.length === 0 && id === undefined) {
    throw new OperatorError(
      "USAGE",
      `Cannot end entries of "${source.id}": neither a name nor --id was given`,
      "See `rpzmill entry end --help`",
    );
  }
  const byId = (name: string): NameFault["given"] => ({ text: name, where: undefined });
  const act = (rows: KeptRows, context: ActContext): NamedAct[] => {
    if (read.names.length === 0) {
      const found = rows.rowsOfId(id as string);
      if (found.length === 0)
        return [{ given: byId(id as string), acted: { kind: "fault", why: { kind: "not-there" } } }];
      return chosen(found, context).map((row) => ({
        given: byId(nameOf(row.key)),
        acted: endRow(row, until, context),
      }));
    }
    const done = new Set<string>();
    return read.names.flatMap(({ key, given }): NamedAct[] => {
      const name = nameOf(key);
      if (done.has(name)) return [];
      done.add(name);
      const found = rows.rowsAt(key).filter(({ externalId }) => id === undefined || externalId === id);
      if (found.length === 0) return [{ given, acted: { kind: "fault", why: { kind: "not-there" } } }];
      return chosen(found, context).map((row) => ({ given, acted: endRow(row, until, context) }));
    });
  };
  return actOnEntries({ verb: "end", source, config, act }, invocation, io);
}

/** Rows that have not ended; where all have, the one that did last, to say so. */
function chosen(rows: readonly LedgerRow[], { at }: ActContext): readonly LedgerRow[] {
  const live = rows.filter((row) => isLive(row, at));
  return live.length > 0 ? live : rows.toSorted((a, b) => b.changedAt - a.changedAt).slice(0, 1);
}
