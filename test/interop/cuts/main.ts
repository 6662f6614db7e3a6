/**
 * `npm run cuts -- --tries 200 --seed 1`: breaks transfers to a real BIND off at random octets, in random manners, and
 * prints how many times BIND had every rule again. Exit 1 where it was once lost for good.
 */
import { parseArgs } from "node:util";
import { CutLab, type Round } from "./lab.ts";
import type { Cut } from "./relay.ts";

const { values } = parseArgs({
  options: {
    tries: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    names: { type: "string", default: "8000" },
  },
});
const [tries, seed, names] = [values.tries, values.seed, values.names].map(Number) as [number, number, number];
if (![tries, seed, names].every((value) => Number.isInteger(value) && value > 0)) {
  process.stderr.write("Usage: npm run cuts -- [--tries N] [--seed N] [--names N]\n");
  process.exit(2);
}

/** Numbers from 0 up to 1, the same for each seed. */
function seeded(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = seeded(seed);
const manners = ["reset", "fin", "swallow", "pause"] as const;

/** A cut of a full zone of some 50 octets a name, anywhere in it. */
function randomCut(): Cut {
  const how = manners[Math.floor(random() * manners.length)] as Cut["how"];
  return { afterOctets: Math.floor(random() * names * 40), how };
}

/** The difference breaks off, the full zone behind it, and in two of three rounds one or two of those that repair it. */
function randomRound(): Round {
  const first: Cut = { afterOctets: 20_000 + Math.floor(random() * 80_000), how: random() < 0.5 ? "reset" : "fin" };
  const cuts = [first, randomCut()];
  for (let more = Math.floor(random() * 3); more > 0; more--) cuts.push(randomCut());
  return { cuts, end: random() < 0.5 ? "kill" : "drain-limit" };
}

const inWords = ({ cuts, end }: Round): string =>
  cuts.map(({ how, afterOctets }) => `${how === "pause" ? end : how} at ${afterOctets}`).join(", ");

const lab = await CutLab.start({ names, isOwnProcess: true });
const times: number[] = [];
let lost = 0;
try {
  for (let i = 1; i <= tries; i++) {
    const round = randomRound();
    const ms = await lab.run(round);
    process.stdout.write(`${i}: ${ms === undefined ? "LOST" : `healed in ${Math.round(ms)} ms`} (${inWords(round)})\n`);
    if (ms === undefined) {
      lost += 1;
      await lab.replaceBind();
    } else times.push(ms);
  }
} finally {
  await lab.stop();
}
times.sort((a, b) => a - b);
const at = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0);
process.stdout.write(
  `${times.length} of ${tries} healed, ${lost} lost for good; median ${at(0.5)} ms, slowest ${at(1)} ms\n`,
);
process.exitCode = lost === 0 ? 0 : 1;
