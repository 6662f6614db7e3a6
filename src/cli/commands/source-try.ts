/** `source try`: what a list is and what it would bring, before anybody adds it. Nothing is written but a temporary folder. */
import { existsSync } from "node:fs";
import { nowSeconds } from "../../base/clock.ts";
import { loadConfig } from "../../config/load.ts";
import { isManual } from "../../config/source-kinds.ts";
import type { Config, ListSourceConfig } from "../../config/types.ts";
import { type TriedList, tryList } from "../../feed/try-list.ts";
import { allowFlag, blockSelfBits } from "../../indicator/entry/collector.ts";
import { hitsByClass, Overlap, type Shared, sourceBits, tryZone } from "../../mill/try-source.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json } from "../text.ts";
import { amongLists, type TriedAmong } from "../try-lists.ts";
import { type TrialSetUp, withTrial } from "../try-set-up.ts";
import { type Trial, trialLines, trialValue } from "../try-text.ts";

export async function trySource(invocation: Invocation, io: Io): Promise<number> {
  const known = knownConfig(invocation, io);
  return withTrial(invocation, io, async (setUp) => {
    const now = nowSeconds(io.clock);
    const say = (what: string): void => io.stderr.write(`${what}\n`);
    say("reading it");
    const tried = await tryList(setUp.source, now);
    const config = known ?? setUp.config;
    const source = { ...setUp.source, id: freeId(setUp.source.id, known) };
    const trial = await amongLists(
      config,
      source.id,
      tried,
      (among): Trial => ({
        setUp,
        source,
        tried,
        now,
        hasConfig: known !== undefined,
        ...compare({ source, tried, known, config, setUp, say }, among),
      }),
    );
    io.stdout.write(invocation.flag("json") ? json(trialValue(trial)) : trialLines(trial));
    return 0;
  });
}

/** The configuration; undefined where there is none yet. @throws ConfigError where it cannot be used */
function knownConfig(invocation: Invocation, io: Io): Config | undefined {
  if (!existsSync(invocation.config) && invocation.config === "rpzmill.yaml") return undefined;
  return loadConfig(invocation.config, { env: io.env });
}

/** An id that no list of the configuration has. */
function freeId(id: string, config: Config | undefined): string {
  const taken = new Set([...(config?.sources ?? []), ...(config?.allow ?? [])].map((list) => list.id));
  for (let n = 1; ; n++) {
    const free = n === 1 ? id : `${id.slice(0, 60)}-${n}`;
    if (!taken.has(free)) return free;
  }
}

interface Comparing {
  readonly source: ListSourceConfig;
  readonly tried: TriedList;
  readonly known: Config | undefined;
  readonly config: Config;
  readonly setUp: TrialSetUp;
  readonly say: (what: string) => void;
}

function compare(
  { source, tried, known, config, setUp, say }: Comparing,
  { snapshots, reader }: TriedAmong,
): Pick<Trial, "shared" | "alone" | "allowed" | "guards" | "zones" | "zonesLeft" | "categories"> {
  const overlap = new Overlap(() => tried.open(), tried.entries);
  const shared: Shared[] = [];
  for (const { id } of known?.sources ?? []) {
    if (snapshots?.current(id) === undefined) continue;
    say(`comparing it with ${id}`);
    const one = overlap.compare(id, reader.open(id), sourceBits.self, sourceBits.beneath);
    if (one.same + one.beneath > 0) shared.push(one);
  }
  const { alone } = overlap;
  const allowed = (known?.allow ?? []).flatMap(({ id }) => {
    const one = overlap.compare(id, reader.open(id), blockSelfBits, allowFlag.beneath);
    return one.same + one.beneath > 0 ? [one] : [];
  });
  const [own] = setUp.config.zones;
  if (own === undefined) throw new RangeError("A trial has no zone");
  say("asking guards");
  const ownZone = { ...own, take: { ...own.take, sources: [source.id] } };
  const guards = hitsByClass(source, config, ownZone, reader);
  const others = (known?.sources ?? []).filter((other) => isManual(other) || other.id !== source.id);
  const zones = (known?.zones ?? []).flatMap((zone) => {
    say(`merging ${zone.apex}`);
    return tryZone(zone, { ...config, sources: others }, source, reader) ?? [];
  });
  const zonesLeft = (known?.zones ?? []).filter(({ apex }) => !zones.some((zone) => zone.apex === apex));
  const categories = [...new Set((known?.zones ?? []).flatMap(({ take }) => take.categories))].toSorted();
  return { shared, alone, allowed, guards, zones, zonesLeft: zonesLeft.map(({ apex }) => apex), categories };
}
