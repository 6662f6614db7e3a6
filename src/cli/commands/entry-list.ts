/** `entry list`: what a source whose entries have facts ever reported. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import { isManualFeed } from "../../feed/ledger/manual.ts";
import { type EntryState, entryStates } from "../../feed/ledger/states.ts";
import type { LedgerRow } from "../../store/ledger.ts";
import type { Invocation } from "../command.ts";
import { pieceOf, rowsShownOf, type ShownRow } from "../entry-rows.ts";
import type { Io } from "../io.ts";
import { type Masking, maskedWhereSaid, masksOf } from "../masks.ts";
import { nameOf, type Piece, writePieces } from "../past-source.ts";
import { findList, readStore } from "../store.ts";

export async function listEntries(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const id = invocation.operand("SOURCE");
  const wanted = { state: stateGiven(invocation.value("state")), max: invocation.count("limit") };
  readStore(config, (store) => {
    const { ledger } = store;
    // One that became plain, or left the configuration, has its rows until they go.
    const source = ledger.sourceOf(id)?.source ?? ledger.sources().find(({ name }) => name === id)?.id;
    if (source === undefined || (ledger.sourceOf(id) === undefined && !ledger.hasRows(source))) {
      throw noRows(id, isManualFeed(findList(id, config)));
    }
    const category = config.sources.find((list) => list.id === id)?.category;
    const masking = invocation.flag("unmask") ? undefined : { masks: masksOf(config, store), category };
    const pieces = shownPieces(ledger.walk(source), rowsShownOf(id, config, store), wanted, masking);
    const asJson = invocation.flag("json") ? { head: { id }, member: "entries" } : undefined;
    writePieces((text) => io.stdout.write(text), pieces, asJson);
  });
  return 0;
}

function* shownPieces(
  rows: Iterable<LedgerRow>,
  show: (row: LedgerRow) => ShownRow,
  {
    state,
    max = Number.POSITIVE_INFINITY,
  }: { readonly state: EntryState | undefined; readonly max?: number | undefined },
  masking: Masking | undefined,
): Generator<Piece> {
  let left = max;
  for (const row of rows) {
    const shown = show(row);
    if (state !== undefined && shown.state !== state) continue;
    yield maskedWhereSaid(pieceOf(shown, "name"), nameOf(row.key), [shown], masking);
    left -= 1;
    if (left === 0) return;
  }
}

function stateGiven(text: string | undefined): EntryState | undefined {
  const state = entryStates.find((known) => known === text);
  if (text === undefined || state !== undefined) return state;
  throw new OperatorError(
    "USAGE",
    `Cannot read --state "${text}": it is no state of an entry${didYouMean(text, entryStates)}`,
    `Give one of ${entryStates.join(", ")}`,
  );
}

function noRows(id: string, isManual: boolean): OperatorError {
  const remedy = isManual
    ? `\`rpzmill entry add NAME --source ${id}\` adds the first`
    : `Where its columns have facts, say so with \`fields\` and build; \`rpzmill source show ${id} --at TIME\` lists names`;
  return new OperatorError("NOT_FOUND", `Cannot list entries of "${id}": the ledger has none of it`, remedy);
}
