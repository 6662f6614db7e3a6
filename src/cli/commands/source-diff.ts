/** `source diff`: what came, went and changed in a list between two times. */
import { isoTime, nowSeconds } from "../../base/clock.ts";
import { loadConfig } from "../../config/load.ts";
import type { ChangedKey } from "../../indicator/entry/change-lists.ts";
import type { Facts } from "../../indicator/facts/facts.ts";
import type { Role } from "../../indicator/role.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { type Masking, maskedWhereSaid, masksOf } from "../masks.ts";
import { nameOf, nothingKept, type Piece, timeGiven, wordsOf, writePieces } from "../past-source.ts";
import { changeOfSaidInWords, haveFacts, saidInWords, saidOf } from "../statement-words.ts";
import { findList, readStore } from "../store.ts";

export async function diffSource(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const { role, list } = findList(invocation.operand("ID"), config);
  const from = timeGiven(invocation.operand("FROM"));
  const until = invocation.optionalOperand("TO");
  const to = until === undefined ? nowSeconds(io.clock) : timeGiven(until);
  readStore(config, (store) => {
    const { history, profiles } = store;
    const changes = history.changesBetween(list.id, Math.min(from, to), Math.max(from, to));
    if ("why" in changes) throw nothingKept(list.id, Math.min(from, to), changes);
    const head = { id: list.id, from: isoTime(Math.min(from, to)), to: isoTime(Math.max(from, to)) };
    const category = role === "allow" ? undefined : list.category;
    const masking = invocation.flag("unmask") ? undefined : { masks: masksOf(config, store), category };
    const asJson = invocation.flag("json") ? { head, member: "changes" } : undefined;
    writePieces(
      (text) => io.stdout.write(text),
      pieces(changes, role, (profile) => profiles.factsOf(profile), masking),
      asJson,
    );
  });
  return 0;
}

function* pieces(
  changes: Iterable<ChangedKey>,
  role: Role,
  factsOf: (profile: number) => Facts,
  masking: Masking | undefined,
): Generator<Piece> {
  for (const { key, before, after } of changes) {
    const name = nameOf(key);
    const [was, is] = [wordsOf(before, role), wordsOf(after, role)];
    const [saidBefore, saidAfter] = [saidOf(before, role, factsOf), saidOf(after, role, factsOf)];
    const facts = haveFacts([...saidBefore, ...saidAfter]) ? { saidBefore, saidAfter } : {};
    const change = before.count === 0 ? "came" : after.count === 0 ? "went" : "changed";
    const line =
      change === "came"
        ? `+ ${name} ${saidInWords(saidAfter)}`
        : change === "went"
          ? `- ${name} ${saidInWords(saidBefore)}`
          : `~ ${name} ${changeOfSaidInWords(saidBefore, saidAfter)}`;
    const piece = { line, value: { change, name, before: was, after: is, ...facts } };
    yield maskedWhereSaid(piece, name, [...saidBefore, ...saidAfter], masking);
  }
}
