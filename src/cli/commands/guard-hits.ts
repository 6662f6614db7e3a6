/** `guard hits`: what guards stop and narrow, entry by entry. */
import { OperatorError } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { Config } from "../../config/types.ts";
import { foldName } from "../../dns/name.ts";
import { type GuardEffect, guardHits } from "../../mill/guard-hits.ts";
import { openCurrent } from "../../mill/inputs.ts";
import type { NameMasks } from "../../mill/name-masks.ts";
import { policyOf } from "../../mill/policy.ts";
import type { ZoneStore } from "../../mill/served-zone.ts";
import { writeInChunks } from "../chunks.ts";
import type { Invocation } from "../command.ts";
import { guardEffectInWords } from "../guard-effect-words.ts";
import type { Io } from "../io.ts";
import { maskedEffect, masksOf } from "../masks.ts";
import { readStore } from "../store.ts";

interface ZoneHit extends GuardEffect {
  readonly zone: string;
}

export async function listGuardHits(invocation: Invocation, io: Io): Promise<number> {
  const config = loadConfig(invocation.config, { env: io.env });
  const wanted = {
    zone: known(
      "zone",
      invocation.value("zone"),
      config.zones.map(({ apex }) => apex),
    ),
    source: known(
      "source",
      invocation.value("source"),
      config.sources.map(({ id }) => id),
    ),
    guard: known(
      "guard",
      invocation.value("guard"),
      config.guards.map(({ id }) => id),
    ),
  };
  const limit = invocation.count("limit");
  const none = readStore(config, (store) => {
    const masks = masksOf(config, store);
    const all = hitsOf(config, store, wanted, limit);
    const hits = invocation.flag("unmask") ? all : maskedHits(all, masks);
    const texts = invocation.flag("json") ? jsonPieces(hits) : lines(hits);
    return writeInChunks((text) => io.stdout.write(text), texts) === 0;
  });
  if (none) io.stderr.write("No guard stops or narrows anything of these\n");
  return 0;
}

function* maskedHits(hits: Iterable<ZoneHit>, masks: NameMasks): Generator<ZoneHit> {
  for (const hit of hits) yield maskedEffect(hit, masks);
}

/** A name given to an option, if it is one that there is. @throws OperatorError NOT_FOUND */
function known(
  what: "zone" | "source" | "guard",
  given: string | undefined,
  all: readonly string[],
): string | undefined {
  const name = what === "zone" ? given && foldName(given) : given;
  if (name === undefined || all.includes(name)) return name;
  throw new OperatorError(
    "NOT_FOUND",
    `Cannot find "${name}": there is no such ${what} in the configuration${didYouMean(name, all)}`,
    "See what `rpzmill config check` reads",
  );
}

function* hitsOf(
  config: Config,
  { snapshots }: ZoneStore,
  wanted: { readonly [name in "zone" | "source" | "guard"]: string | undefined },
  limit: number | undefined,
): Generator<ZoneHit> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (const zone of config.zones) {
    if (wanted.zone !== undefined && zone.apex !== wanted.zone) continue;
    const policy = policyOf(zone, config);
    const sources = policy.sources.filter(({ id }) => wanted.source === undefined || id === wanted.source);
    const options = { guard: wanted.guard, limit: left };
    for (const hit of guardHits({ ...policy, sources }, openCurrent(snapshots), options)) {
      yield { zone: zone.apex, ...hit };
      left -= 1;
    }
  }
}

function* lines(hits: Iterable<ZoneHit>): Generator<string> {
  for (const hit of hits) yield `${hit.zone}: ${guardEffectInWords(hit)}\n`;
}

/** One object, written as it comes, since there may be very many. */
function* jsonPieces(hits: Iterable<ZoneHit>): Generator<string> {
  yield '{"hits":[';
  let separator = "";
  for (const { matched, ...hit } of hits) {
    yield `${separator}${JSON.stringify({ ...hit, name: matched })}`;
    separator = ",";
  }
  yield "]}\n";
}
