/** `zone diff`: the records that two serials of a zone do not share. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { keyOfText } from "../../dns/name.ts";
import type { NameMasks } from "../../mill/name-masks.ts";
import type { ZoneStore } from "../../mill/served-zone.ts";
import { type ChangedRecord, changedRecords } from "../../mill/zone-difference.ts";
import type { ZoneVersionRow } from "../../store/zones.ts";
import { writeInChunks } from "../chunks.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { masksOf } from "../masks.ts";
import { type FoundZone, findVersion, findZone, readStoreLoosely } from "../store.ts";

export async function diffZone(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  readStoreLoosely(config, (store) => {
    const zone = findZone(invocation.operand("APEX"), config, store);
    const { from, to } = versionsOf(zone, invocation, store);
    const all = changedRecords(store.zones, zone.apex, from, to);
    const masks = masksOf(config, store);
    const shown = invocation.flag("unmask") || !masks.areAny ? undefined : masks;
    const changes = shown === undefined ? all : maskedRecords(all, shown);
    const pieces = invocation.flag("json") ? jsonPieces(zone.apex, from, to, changes) : lines(zone.apex, changes);
    writeInChunks((text) => io.stdout.write(text), pieces);
  });
  return 0;
}

function* maskedRecords(changes: Iterable<ChangedRecord>, masks: NameMasks): Generator<ChangedRecord> {
  // A name and its wildcard come together.
  let [name, isMasked] = ["", false];
  for (const change of changes) {
    const { owner } = change;
    const own = owner.replace(/^\*\./, "");
    if (own !== name) [name, isMasked] = [own, own !== "@" && masks.isMasked(keyOfText(own))];
    yield isMasked ? { ...change, owner: `${owner.slice(0, owner.length - own.length)}${masks.mask(own)}` } : change;
  }
}

function versionsOf(
  zone: FoundZone,
  invocation: Invocation,
  store: ZoneStore,
): { from: ZoneVersionRow; to: ZoneVersionRow } {
  const given = { from: invocation.optionalOperand("FROM"), to: invocation.optionalOperand("TO") };
  const to = given.to === undefined ? zone.current : findVersion(given.to, zone, store);
  if (given.from !== undefined) return { from: findVersion(given.from, zone, store), to };
  const from = store.zones.version(zone.id, to.version - 1);
  if (from !== undefined) return { from, to };
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot compare "${zone.apex}": ${to.serial} is the only serial that is kept`,
    "Build again when a list has changed; `rpzmill zone export` prints the zone as it is",
  );
}

function* lines(apex: string, changes: Iterable<ChangedRecord>): Generator<string> {
  for (const { change, owner, type, rdata } of changes) {
    yield `${change === "removed" ? "-" : "+"} ${owner === "@" ? apex : `${owner}.${apex}`}. ${type} ${rdata}\n`;
  }
}

/** One object, written as it comes, since a difference may be as large as the zone. */
function* jsonPieces(
  apex: string,
  from: ZoneVersionRow,
  to: ZoneVersionRow,
  changes: Iterable<ChangedRecord>,
): Generator<string> {
  yield `{"apex":${JSON.stringify(apex)},"from":${from.serial},"to":${to.serial},"changes":[`;
  let separator = "";
  for (const change of changes) {
    yield `${separator}${JSON.stringify(change)}`;
    separator = ",";
  }
  yield "]}\n";
}
