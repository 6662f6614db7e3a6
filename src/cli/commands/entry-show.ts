/** `entry show`: all that sources whose entries have facts ever reported of a name or an address. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import type { Invocation } from "../command.ts";
import { historyOf } from "../entry-history.ts";
import { keyGiven, pieceOf, rowsShownOf } from "../entry-rows.ts";
import type { Io } from "../io.ts";
import { nameOf, writePieces } from "../past-source.ts";
import { readStore } from "../store.ts";

export async function showEntry(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const key = keyGiven(invocation.operand("NAME"));
  const name = nameOf(key);
  readStore(config, (store) => {
    const pieces = store.ledger.sources().flatMap(({ id, name: source }) => {
      const rows = store.ledger.rowsAt(id, key);
      if (rows.length === 0) return [];
      const show = rowsShownOf(source, config, store);
      return rows.map((row) => {
        const history = historyOf(row, store.ledger.past.of(row.id), (profile) => store.profiles.factsOf(profile));
        return pieceOf(show(row), "source", history);
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
